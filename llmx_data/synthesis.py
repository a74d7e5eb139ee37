"""`llmx synth`: plan, gate, generate, screen, publish; each stage goes on where it was killed."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import polars as pl

from llmx_data.core.errors import DataError, EnvironmentTrouble
from llmx_data.core.part import content_key
from llmx_data.core.progress import Talk
from llmx_data.core.run import Run
from llmx_data.core.storage import read_json, sha256_file, whole, write_json
from llmx_data.license.expression import both
from llmx_data.license.findings import Tuple, Verdict
from llmx_data.license.gate import enforce, judge, worst
from llmx_data.license.schema import Result
from llmx_data.plan import read_plan
from llmx_data.road import curate
from llmx_data.synth.engines import Engine
from llmx_data.synth.engines.batch_file import BatchFile
from llmx_data.synth.engines.openai import OpenAI
from llmx_data.synth.engines.rules import GENERATOR, Rules
from llmx_data.synth.generate import ATTEMPTS, generate, progress, read_requests, write_requests
from llmx_data.synth.ledger import answers, responses, tally
from llmx_data.synth_methods import read_records, requests_of, version
from llmx_data.synth_plan import BATCH, OPENAI, RULES, SynthPlan


def synthesize(plan: SynthPlan, run: Run, *, workers: int | None, talk: Talk) -> dict[str, Any]:
    """Run a synth recipe to the end; gives the summary of the data set.

    Errors: LicenseDenied or ReviewNeeded before anything is generated; EnvironmentTrouble where no
    engine can run; all leave a run that the same command continues.
    """
    folder = run.store / "synth"
    engine = engine_of(plan, folder)
    documents = read_documents(plan, run, workers=workers, talk=talk)
    with run.locked():
        gate(plan, documents)
        requests = plan_requests(plan, documents, folder)
        count = _lines(requests)
        talk.stage("generate", count)
        generate(
            requests, folder / "ledger", engine, run_seed=plan.top.seed,
            advance=lambda _: talk.advance(1),
        )  # fmt: skip
        talk.end()
        waiting = _waiting(plan, folder, count)
        if waiting is not None:
            return {"name": plan.name, "waiting": waiting} | tally(folder / "ledger")
        made = write_answers(requests, documents, folder)
        failed = write_failed(requests, folder)
    recipe = folder / "screen.json"
    write_json(recipe, plan.screening(made))
    summary = curate(read_plan(recipe), Run(run.path), workers=workers, limit=None, talk=talk)
    told = tally(folder / "ledger") | {"given_up": failed}
    return summary | {"generator": engine.name, "requests": told}


def preview(plan: SynthPlan, run: Run, *, workers: int | None, talk: Talk) -> dict[str, Any]:
    """Tell what a recipe would ask, and what the licences say; generates nothing."""
    documents = read_documents(plan, run, workers=workers, talk=talk)
    verdicts = judge(_subjects(plan, documents), plan.purpose, plan.facts)
    with run.locked():
        path = plan_requests(plan, documents, run.store / "synth")
    kinds: dict[str, int] = {}
    tokens = 0
    for request in read_requests(path):
        kind = str(request.facts.get("kind"))
        kinds[kind] = kinds.get(kind, 0) + 1
        tokens += request.sampling.max_tokens
    return {
        "name": plan.name,
        "generator": plan.top.generator.model,
        "documents": documents.height,
        "requests": sum(kinds.values()),
        "kinds": dict(sorted(kinds.items())),
        "max_tokens": tokens,
        "verdict": worst(verdicts).name,
        "reasons": sorted({r.en for v in verdicts for r in v.deciding()}),
    }


def preview_page(found: dict[str, Any]) -> str:
    """Tell it for people."""
    total = max(1, found["requests"])
    lines = [
        f"{found['name']}: {found['requests']:,} requests to {found['generator']} from "
        f"{found['documents']:,} documents; licences: {found['verdict']}"
    ]
    lines += [f"  {kind:<28}{n:>7,}  {n / total:6.1%}" for kind, n in found["kinds"].items()]
    return "\n".join([*lines, *(f"  {reason}" for reason in found["reasons"])])


def status(run: Run) -> dict[str, Any]:
    """How far a run is, read from its ledger while another process writes it."""
    requests = run.store / "synth" / "requests.jsonl"
    if not requests.exists():
        raise DataError(f"{run.path}: nothing was planned here\n    llmx synth RECIPE")
    total = _lines(requests)
    found = tally(run.store / "synth" / "ledger")
    rate = found["requests_per_second"]
    left = total - found["done"]
    return found | {"total": total, "left": left, "eta_s": round(left / rate) if rate else None}


def _lines(path: Path) -> int:
    with path.open("rb") as handle:
        return sum(1 for _ in handle)


def engine_of(plan: SynthPlan, folder: Path) -> Engine:
    """Choose the engine. Errors: EnvironmentTrouble, with the ways out, where there is none."""
    given = plan.top.generator
    if given.model == RULES:
        return Rules()
    served = plan.generator.repo or given.model
    if given.engine == OPENAI and given.endpoint is not None:
        there = given.endpoint
        return OpenAI(
            there.base_url.rstrip("/"), there.served_as or served, there.key_variable,
            there.concurrency, there.timeout_s,
        )  # fmt: skip
    if given.engine == BATCH:
        return BatchFile(folder / "batch", served)
    raise EnvironmentTrouble(
        f"no engine runs {given.model} in this process\n"
        "    ways out: a server (engine: openai, endpoint: {base_url: ...}), a file for\n"
        "    another machine (engine: batch_file), or rules, which need no language model\n"
        "    (model: rules)"
    )


def _waiting(plan: SynthPlan, folder: Path, count: int) -> str | None:
    """Say what to do with a batch file, while requests in it are not answered."""
    if plan.top.generator.engine != BATCH:
        return None
    file, now = folder / "batch" / "requests.jsonl", progress(folder / "ledger")
    left = sum(not now.over(r.id, ATTEMPTS) for r in read_requests(folder / "requests.jsonl"))
    if not left:
        return None
    return (
        f"{left:,} of {count:,} requests wait in {file}\n"
        f"    elsewhere: vllm run-batch -i requests.jsonl -o answers.jsonl --model "
        f"{plan.generator.repo or plan.top.generator.model}\n"
        f"    then put answers*.jsonl into {file.parent} and run the same command again"
    )


def read_documents(plan: SynthPlan, run: Run, *, workers: int | None, talk: Talk) -> pl.DataFrame:
    """Read the records of a finished run, or make the run by its recipe first; sorted by id.

    Errors: DataError for a run without records of the kinds that the methods ask about.
    """
    where = plan.top.documents
    if where.run is not None:
        source = plan.beside(where.run)
    else:
        source = run.path / "documents"
        recipe = read_plan(plan.beside(str(where.recipe)))
        curate(recipe, Run(source), workers=workers, limit=None, talk=talk)
    return read_records(source, plan.methods, plan.facts)


def gate(plan: SynthPlan, documents: pl.DataFrame) -> list[Verdict]:
    """Judge what would be made before anything is: reworked documents, the generator's terms.

    Errors: LicenseDenied (exit 5) or ReviewNeeded (exit 4) unless the recipe drops.
    """
    verdicts = judge(_subjects(plan, documents), plan.purpose, plan.facts)
    if plan.top.on_denied == "stop" and worst(verdicts) > Result.ALLOW_WITH:
        enforce(verdicts)
    return verdicts


def _subjects(plan: SynthPlan, documents: pl.DataFrame) -> list[Tuple]:
    """Make one case of all documents that agree in what a verdict rests on."""
    by = ["license", "source", "origin", "license_db", "terms", "accepted_by", "generator"]
    cases = documents.with_columns(pl.col("terms").list.sort()).group_by(by).len().sort(by[:3])
    model = None if plan.top.generator.model == RULES else plan.generator.model
    return [
        Tuple(
            f"{row['source']} ({row['license']})",
            license_declared=row["license"],
            license_db=row["license_db"],
            terms=tuple(row["terms"] or ()),
            accepted_by="self" if model is not None else row["accepted_by"],
            adaptation="generated",
            generator=model or row["generator"],
            origin=row["origin"],
            license_basis="computed",
            records=row["len"],
        )
        for row in cases.iter_rows(named=True)
    ]


def plan_requests(plan: SynthPlan, documents: pl.DataFrame, folder: Path) -> Path:
    """Write the requests, unless they are there for the same recipe and documents."""
    path, state = folder / "requests.jsonl", folder / "requests.json"
    key = content_key(
        {
            "texts": [sha256(t.encode()).hexdigest() for t in documents["text"]],
            "ids": documents["id"].to_list(),
            "recipe": plan.top.model_dump(exclude={"screen", "output", "documents"}),
            "version": version(plan),
        }
    )
    if state.exists() and read_json(state) == {"key": key, "sha256": sha256_file(path)}:
        return path
    folder.mkdir(parents=True, exist_ok=True)
    write_requests(path, requests_of(plan, documents))
    write_json(state, {"key": key, "sha256": sha256_file(path)})
    return path


def write_answers(requests: Path, documents: pl.DataFrame, folder: Path) -> Path:
    """Write a row per answered request, in their order, with licence and credit of its parents."""
    said = {r.request_id: r.text for r in answers(folder / "ledger")}
    known = {row["id"]: row for row in documents.iter_rows(named=True)}
    path = folder / "answers.jsonl"
    with whole(path) as temporary, temporary.open("wb") as out:
        for row in _rows(requests, said, known):
            out.write(msgspec.json.encode(row, order="sorted") + b"\n")
    return path


def write_failed(requests: Path, folder: Path) -> int:
    """Write a row per request that was given up, with its prompt and last error."""
    done = {r.request_id for r in answers(folder / "ledger")}
    errors = {r.request_id: r.error for r in responses(folder / "ledger") if r.state == "failed"}
    gone = [r for r in read_requests(requests) if r.id not in done]
    with whole(folder / "failed.jsonl") as temporary, temporary.open("wb") as out:
        for one in gone:
            row = {"request_id": one.id, "error": errors.get(one.id), "parents": one.parents,
                   "prompt": one.messages[-1]["content"]}  # fmt: skip
            out.write(msgspec.json.encode(row, order="sorted") + b"\n")
    return len(gone)


def _rows(
    requests: Path, said: dict[str, str | None], known: dict[str, dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    for request in read_requests(requests):
        text = said.get(request.id)
        if text is None:
            continue
        parents = [known[i] for i in request.parents]
        databases = [p["license_db"] for p in parents if p["license_db"]]
        model = request.generator.model != GENERATOR
        asked = [turn for turn in request.messages if turn["role"] != "system"]
        yield {
            "request_id": request.id,
            "messages": [*asked, {"role": "assistant", "content": text}],
            "license_declared": both([p["license"] for p in parents]),
            "license_db": both(databases) if databases else None,
            "terms": sorted({t for p in parents for t in p["terms"] or ()}),
            "accepted_by": "self" if model else parents[0]["accepted_by"],
            "generator": request.generator.name if model else parents[0]["generator"],
            "origin": parents[0]["origin"],
            "parents": list(request.parents),
            "title": parents[0]["title"],
            "url": parents[0]["url"],
            "attribution": parents[0]["attribution"],
            "meta": {"method": request.method, "kind": request.facts.get("kind"),
                     "phrasing": request.facts.get("phrasing"),
                     "made_by": request.generator.name},
        }  # fmt: skip
