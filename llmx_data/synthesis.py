"""`llmx synth`: plan, gate, generate, screen, publish; each stage goes on where it was killed."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import polars as pl

from llmx_data.core.errors import DataError
from llmx_data.core.part import content_key
from llmx_data.core.progress import Talk
from llmx_data.core.run import Run
from llmx_data.core.storage import read_json, sha256_file, shipped, write_json
from llmx_data.plan import read_plan
from llmx_data.road import curate
from llmx_data.synth.generate import ATTEMPTS, generate, read_requests
from llmx_data.synth.ledger import Response, tally
from llmx_data.synth.rounds import Seat, merged, play, round_files
from llmx_data.synth.writing import (
    method_facts,
    write_facts,
    write_failed,
    write_made,
    write_rejected,
)
from llmx_data.synth_desks import read_records, seats
from llmx_data.synth_engines import Cast, cast
from llmx_data.synth_gate import allowed, gate
from llmx_data.synth_plan import DEFAULTS, SynthPlan


def synthesize(
    plan: SynthPlan, run: Run, *, workers: int | None, talk: Talk, again: bool = False
) -> dict[str, Any]:
    """Run a synth recipe to the end; gives the summary of the data set.

    `again` asks once more for what was given up before.

    Errors: LicenseDenied or ReviewNeeded before anything is generated; EnvironmentTrouble where no
    engine can run; all leave a run that the same command continues.
    """
    folder = run.store / "synth"
    players = cast(plan, folder)
    source = documents_of(plan, run, workers=workers, talk=talk)
    records = read_records(source, plan.methods, plan.facts)
    with run.locked():
        gate(plan, records)
        state, key = folder / "made.json", made_key(plan, players, records)
        if again or not finished(state, key):
            left = _generate(plan, players, records, folder, talk, again=again)
            if left:
                return {"name": plan.name, "waiting": _waiting(plan, players, folder, left)}
            write_json(state, {"key": key, "files": _files(folder)})
    made = sorted((folder / "made").glob("*.jsonl"))
    if not made:
        raise DataError(_nothing(folder))
    recipe = folder / "screen.json"
    write_json(recipe, plan.screening(made, source / "dataset"))
    summary = curate(read_plan(recipe), Run(run.path), workers=workers, limit=None, talk=talk)
    facts = read_json(folder / "made" / "synthesis.json")
    return summary | {"generator": facts["engine"], "methods": facts["methods"]}


def documents_of(plan: SynthPlan, run: Run, *, workers: int | None, talk: Talk) -> Path:
    """Give the finished run that the documents come from; a recipe is run first."""
    where = plan.top.documents
    if where.run is not None:
        return plan.beside(where.run)
    source = run.path / "documents"
    recipe = read_plan(plan.beside(str(where.recipe)))
    curate(recipe, Run(source), workers=workers, limit=None, talk=talk)
    return source


def _generate(
    plan: SynthPlan,
    players: Cast,
    records: pl.DataFrame,
    folder: Path,
    talk: Talk,
    *,
    again: bool,
) -> int:
    """Play all rounds and write what was made; gives the number of requests still waiting."""
    folder.mkdir(parents=True, exist_ok=True)
    placed = seats(plan, players, [allowed(plan, records, m) for m in plan.methods])
    if plan.judging and players.judge in (None, players.generator):
        talk.note("the judge is the generator itself: models prefer their own answers")

    def answer(path: Path) -> int:
        return _answer(plan, players, path, folder, talk, again=again)

    try:
        played = play(placed, folder, answer)
    finally:
        players.engine.close()
    if played.waiting:
        return played.waiting
    made = merged(placed, played)
    known = {row["id"]: row for row in records.iter_rows(named=True)}
    write_made(made, known, folder / "made")
    write_failed(folder)
    write_rejected([desk for _, desk in placed], folder)
    write_facts(folder / "made", _facts(plan, players, placed, folder, made))
    return 0


def _answer(
    plan: SynthPlan, players: Cast, path: Path, folder: Path, talk: Talk, *, again: bool
) -> int:
    """Have a round answered; gives how many of it cannot be now (a batch file is out)."""
    total = _lines(path)
    talk.stage(f"generate, {path.stem}", total, "requests")

    def advance(response: Response) -> None:
        trouble = (response.error or "error").partition(":")[0]
        failed = {f"failed ({trouble})": 1} if response.state == "failed" else {}
        talk.advance(response.state == "done", {"tokens": response.tokens_out} | failed)

    now = generate(
        path,
        folder / "ledger",
        players.engine,
        run_seed=plan.top.seed,
        again=again,
        advance=advance,
    )
    talk.end()
    return sum(not now.over(request.id, ATTEMPTS) for request in read_requests(path))


def _facts(
    plan: SynthPlan, players: Cast, placed: Sequence[Seat], folder: Path, made: Any
) -> dict[str, Any]:
    """Everything that the card and the report tell of how records were made."""
    methods, prompts = method_facts(folder, placed, made)
    judge = (players.judge or players.generator) if plan.judging else None
    named = [("generator", players.generator), ("judge", judge)]
    used = {role for _, desk in placed for role in desk.sampling}
    return {
        "generators": [
            {"role": role, "model": one.model, "repo": one.repo, "revision": one.revision,
             "quantization": one.quantization}
            for role, one in named if one is not None
        ],
        "engine": players.engine.name,
        "rules": plan.by_rules,
        "seed": plan.top.seed,
        "prompts": prompts,
        "sampling": {} if plan.by_rules else {
            role: plan.sampling(role).__dict__ for role in DEFAULTS if role in used
        },
        "methods": methods,
        "tokens_in": sum(m["tokens_in"] for m in methods.values()),
        "tokens_out": sum(m["tokens_out"] for m in methods.values()),
    }  # fmt: skip


def made_key(plan: SynthPlan, players: Cast, records: pl.DataFrame) -> str:
    """Key of everything that the made records follow from, which screening is no part of."""
    code = sorted((Path(__file__).parent / "synth").rglob("*.*"))
    material = sorted((shipped("recipes") / "synth" / "material").rglob("*.*"))
    return content_key(
        {
            "texts": [sha256(t.encode()).hexdigest() for t in records["text"]],
            "ids": records["id"].to_list(),
            "recipe": plan.top.model_dump(exclude={"screen", "output", "documents", "description"}),
            "own": [
                sha256_file(Path(spec.folder) / spec.use)
                for spec in plan.specs
                if spec.use.endswith(".py")
            ],
            "players": [players.generator.name, players.judge and players.judge.name],
            "files": [
                (path.name, sha256_file(path))
                for path in [*code, *material]
                if path.suffix in (".py", ".yaml", ".md")
            ],
        }
    )


def _files(folder: Path) -> dict[str, str]:
    made = [folder / "failed.jsonl", folder / "rejected.jsonl", *(folder / "made").iterdir()]
    return {path.relative_to(folder).as_posix(): sha256_file(path) for path in sorted(made)}


def finished(state: Path, key: str) -> bool:
    """Whether records were made for this key, and every file of them is as it was written."""
    if not state.exists() or read_json(state)["key"] != key:
        return False
    told = read_json(state)["files"]
    present = {name for name in told if (state.parent / name).exists()}
    return present == set(told) and _files(state.parent) == told


def _nothing(folder: Path) -> str:
    facts = read_json(folder / "made" / "synthesis.json")["methods"]
    why = [
        f"{name}: {m['requests']:,} requests, {m['failed']:,} failed, rejected "
        + (", ".join(f"{n:,} {reason}" for reason, n in m["rejected"].items()) or "none")
        for name, m in facts.items()
    ]
    told = "\n    ".join(why)
    return f"{folder}: no record was made\n    {told}\n    see rejected.jsonl and failed.jsonl"


def _waiting(plan: SynthPlan, players: Cast, folder: Path, left: int) -> str:
    """Say what to do with a batch file, while requests in it are not answered."""
    batches = sorted(folder.glob("batch*/requests.jsonl"))
    last = round_files(folder)[-1]
    where = ", ".join(map(str, batches))
    lines = [f"{left:,} of {_lines(last):,} requests wait, {last.stem}: in {where}"]
    for path in batches:
        who = players.judge if path.parent.name == "batch-judge" else players.generator
        model = (who and who.repo) or plan.top.generator.model
        lines += [
            f"    elsewhere: vllm run-batch -i requests.jsonl -o answers.jsonl --model {model}",
            f"    then put answers*.jsonl into {path.parent} and run the same command again",
        ]
    return "\n".join(lines)


def status(run: Run) -> dict[str, Any]:
    """How far a run is, read from its ledger while another process writes it."""
    folder = run.store / "synth"
    rounds = round_files(folder)
    if not rounds:
        raise DataError(f"{run.path}: nothing was planned here\n    llmx synth RECIPE")
    wanted = {request.id for path in rounds for request in read_requests(path)}
    total = len(wanted)
    found = tally(folder / "ledger", wanted=wanted)
    rate = found["requests_per_second"]
    left = total - found["done"]
    eta = round(left / rate) if rate else None
    finished = (folder / "made.json").exists()
    return found | {
        "rounds": len(rounds), "total": total, "left": left, "eta_s": eta, "finished": finished,
    }  # fmt: skip


def _lines(path: Path) -> int:
    with path.open("rb") as handle:
        return sum(1 for _ in handle)
