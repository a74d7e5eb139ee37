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
from llmx_data.synth.engines.rules import GENERATOR, Rules
from llmx_data.synth.generate import generate, read_requests, write_requests
from llmx_data.synth.ledger import answers, tally
from llmx_data.synth.requests import Generator, Request, Sampling
from llmx_data.synth_plan import RULES, SynthPlan

COLUMNS = ["id", "title", "text", "date", "url", "attribution", "license", "license_db", "terms",
           "accepted_by", "generator"]  # fmt: skip
TEMPLATE = "rules-v1"


def synthesize(plan: SynthPlan, run: Run, *, workers: int | None, talk: Talk) -> dict[str, Any]:
    """Run a synth recipe to the end; gives the summary of the data set.

    Errors: LicenseDenied or ReviewNeeded before anything is generated; EnvironmentTrouble where no
    engine can run; all leave a run that the same command continues.
    """
    engine = engine_of(plan)
    documents = read_documents(plan, run, workers=workers, talk=talk)
    folder = run.store / "synth"
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
        made = write_answers(requests, documents, folder)
    recipe = folder / "screen.json"
    write_json(recipe, plan.screening(made))
    summary = curate(read_plan(recipe), Run(run.path), workers=workers, limit=None, talk=talk)
    return summary | {"generator": engine.name, "requests": tally(folder / "ledger")}


def preview(plan: SynthPlan, run: Run, *, workers: int | None, talk: Talk) -> dict[str, Any]:
    """Tell what a recipe would ask, and what the licences say; generates nothing."""
    documents = read_documents(plan, run, workers=workers, talk=talk)
    verdicts = judge(_subjects(documents), plan.purpose, plan.facts)
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
        "characters_out": tokens,
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


def engine_of(plan: SynthPlan) -> Engine:
    """Choose the engine. Errors: EnvironmentTrouble, with the ways out, where there is none."""
    if plan.top.generator.model == RULES:
        return Rules()
    raise EnvironmentTrouble(
        f"no engine for {plan.top.generator.model} here: no GPU was found\n"
        "    without one: a server (generator: {engine: openai, ...}), a batch file for another\n"
        "    machine, or rules, which need no language model (generator: {model: rules})"
    )


def read_documents(plan: SynthPlan, run: Run, *, workers: int | None, talk: Talk) -> pl.DataFrame:
    """Read the documents of a finished run, or make the run by its recipe first; sorted by id.

    Errors: DataError for a run without documents.
    """
    where = plan.top.documents
    if where.run is not None:
        source = plan.beside(where.run)
    else:
        source = run.path / "documents"
        recipe = read_plan(plan.beside(str(where.recipe)))
        curate(recipe, Run(source), workers=workers, limit=None, talk=talk)
    files = sorted((source / "dataset").glob("document*/train-*.parquet"))
    if not files:
        raise DataError(f"{source}: holds no documents (dataset/document*/)\n    llmx curate")
    return pl.concat([pl.read_parquet(f, columns=COLUMNS) for f in files]).sort("id")


def gate(plan: SynthPlan, documents: pl.DataFrame) -> list[Verdict]:
    """Judge what would be made before anything is: reworked documents, the generator's terms.

    Errors: LicenseDenied (exit 5) or ReviewNeeded (exit 4) unless the recipe drops.
    """
    verdicts = judge(_subjects(documents), plan.purpose, plan.facts)
    if plan.top.on_denied == "stop" and worst(verdicts) > Result.ALLOW_WITH:
        enforce(verdicts)
    return verdicts


def _subjects(documents: pl.DataFrame) -> list[Tuple]:
    """Make one case of all documents that agree in what a verdict rests on."""
    by = ["license", "license_db", "terms", "accepted_by", "generator"]
    cases = documents.with_columns(pl.col("terms").list.sort()).group_by(by).len().sort(by[0])
    return [
        Tuple(
            f"documents under {row['license']}",
            license_declared=row["license"],
            license_db=row["license_db"],
            terms=tuple(row["terms"] or ()),
            accepted_by=row["accepted_by"] or "unknown",
            adaptation="generated",
            generator=row["generator"],
            license_basis="computed",
            records=row["len"],
        )
        for row in cases.iter_rows(named=True)
    ]


def plan_requests(plan: SynthPlan, documents: pl.DataFrame, folder: Path) -> Path:
    """Write the requests, unless they are there for the same recipe and documents."""
    from llmx_data.synth.rules import Document, balanced, verify

    path, state, version = folder / "requests.jsonl", folder / "requests.json", rules_version()
    key = content_key(
        {
            "documents": [sha256(t.encode()).hexdigest() for t in documents["text"]],
            "ids": documents["id"].to_list(),
            "count": plan.top.count,
            "seed": plan.top.seed,
            "rules": version,
        }
    )
    if state.exists() and read_json(state) == {"key": key, "sha256": sha256_file(path)}:
        return path
    given = {
        r["id"]: Document(r["id"], r["text"], r["title"], str(r["date"] or "") or None)
        for r in documents.iter_rows(named=True)
    }
    tasks = balanced(list(given.values()), plan.top.count, plan.top.seed)
    wrong = [(t, why) for t in tasks if (why := verify(t, given[t.document])) is not None]
    if wrong:
        task, why = wrong[0]
        raise DataError(
            f"{len(wrong)} of {len(tasks)} computed answers do not hold, the first a {task.kind} "
            f"of document {task.document}: {why}\n    a bug in llmx; please report it"
        )
    folder.mkdir(parents=True, exist_ok=True)
    write_requests(path, (_request(task, version) for task in tasks))
    write_json(state, {"key": key, "sha256": sha256_file(path)})
    return path


def rules_version() -> str:
    """Content hash of the rules and their wordings, so that changed rules make other requests."""
    folder = Path(__file__).parent / "synth" / "rules"
    files = sorted(p for p in folder.rglob("*") if p.suffix in (".py", ".yaml"))
    return content_key([(p.name, sha256_file(p)) for p in files])


def _request(task: Any, version: str) -> Request:
    return Request(
        method="rules",
        template=f"{TEMPLATE}/{task.kind}/{task.phrasing}",
        template_sha256=version,
        messages=({"role": "user", "content": task.prompt},),
        sampling=Sampling(max_tokens=max(1, len(task.answer))),
        generator=Generator(GENERATOR, revision=version[:12]),
        parents=(task.document,),
        facts={"answer": task.answer, "kind": task.kind, "phrasing": task.phrasing} | task.facts,
    )


def write_answers(requests: Path, documents: pl.DataFrame, folder: Path) -> Path:
    """Write a row per answered request, in their order, with licence and credit of its parents."""
    said = {r.request_id: r.text for r in answers(folder / "ledger")}
    known = {row["id"]: row for row in documents.iter_rows(named=True)}
    path = folder / "answers.jsonl"
    with whole(path) as temporary, temporary.open("wb") as out:
        for row in _rows(requests, said, known):
            out.write(msgspec.json.encode(row, order="sorted") + b"\n")
    return path


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
        yield {
            "request_id": request.id,
            "messages": [*request.messages, {"role": "assistant", "content": text}],
            "license_declared": both([p["license"] for p in parents]),
            "license_db": both(databases) if databases else None,
            "terms": sorted({t for p in parents for t in p["terms"] or ()}),
            "accepted_by": parents[0]["accepted_by"],
            "generator": request.generator.name if model else None,
            "parents": list(request.parents),
            "title": parents[0]["title"],
            "url": parents[0]["url"],
            "attribution": parents[0]["attribution"],
            "meta": {"method": request.method, "kind": request.facts.get("kind"),
                     "phrasing": request.facts.get("phrasing"),
                     "made_by": request.generator.name},
        }  # fmt: skip
