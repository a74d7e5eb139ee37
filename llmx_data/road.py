"""The map: the ordered stages of `llmx curate`, what each takes and what it gives.

    inputs --ingest--> shards --units--> living rows + drops + edits --audit--> verdicts
           --publish--> dataset/ --report--> report.html

Only publish lets rows go. Everything before it writes under store/, by content key, so that a run
can be killed anywhere and a second run does what is missing and nothing else.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from llmx_data import __version__
from llmx_data.audit.groups import Audited
from llmx_data.audit.stage import audit, look
from llmx_data.closing import manifest_key, order, report_facts, source_facts, write_drops
from llmx_data.core.execute import Executor
from llmx_data.core.part import content_key
from llmx_data.core.parts import Spec
from llmx_data.core.progress import Talk
from llmx_data.core.recipe import resolved_yaml
from llmx_data.core.run import Run
from llmx_data.core.storage import read_json, write_json, write_text
from llmx_data.decide import decide
from llmx_data.dedup.stage import twins_path
from llmx_data.filter.stage import measures_for
from llmx_data.harvest import Harvest, harvest, input_facts
from llmx_data.kernels import compiled
from llmx_data.ledger import State, check_ledger
from llmx_data.plan import Plan
from llmx_data.publish.stage import publish
from llmx_data.report.stage import write_report
from llmx_data.work import (
    build,
)


def curate(
    plan: Plan, run: Run, *, workers: int | None, limit: int | None, talk: Talk
) -> dict[str, Any]:
    """Run a recipe to the end; gives the run's summary (the `--json` object).

    Errors: DataError, LicenseDenied, ReviewNeeded, EnvironmentTrouble; all leave a run that the
    same command continues.
    """
    with run.locked(), Executor(workers) as pool:
        with run.timed("inputs"):
            inputs = input_facts(plan, run)
        key = manifest_key(plan, inputs, limit)
        done = unchanged(run, key)
        if done is not None:
            talk.note(
                f"nothing to do: {run.path} is complete and neither recipe nor inputs changed"
            )
            return done | {"changed": False}
        if not compiled():
            talk.note("first run here: the kernels are compiled, which takes a minute, once")
        write_text(run.path / "recipe.resolved.yaml", resolved_yaml(plan.resolved(), plan.origins))
        with run.timed("ingest"):
            harvested = harvest(plan, run, pool, inputs, limit, talk)
        state = _start(harvested)
        decide(plan, run, pool, state, talk)
        with run.timed("audit"):
            audited = audit(
                plan,
                state.shards,
                state.rows,
                state.edits(run.store),
                run.path / "audit",
                tokens=plan.tokenizer is not None,
                twins=[twins_path(run.store, content_key(keys)) for keys in state.units],
            )
        summary = _finish(plan, run, state, harvested, audited, key, talk)
    return summary | {"changed": True}


def unchanged(run: Run, key: str) -> dict[str, Any] | None:
    """Summary of the run if it is finished and was made of the same things."""
    path = run.path / "manifest.json"
    if not path.exists():
        return None
    manifest = read_json(path)
    files = manifest.get("outputs", {})
    whole = all(
        (run.path / name).is_file() and (run.path / name).stat().st_size == facts["bytes"]
        for name, facts in files.items()
    )
    return manifest["summary"] if manifest["key"] == key and whole else None


def _finish(
    plan: Plan, run: Run, state: State, harvested: Harvest, audited: Audited, key: str, talk: Talk
) -> dict[str, Any]:
    """Publish, write ledger and drops, report, and the manifest last."""
    ledger = check_ledger(state, harvested.entry())
    ledger.append(audited.entry())
    for entry in ledger:
        write_json(run.path / "steps" / f"{entry['step']}.json", entry)
    with run.timed("publish"):
        talk.stage("publish", sum(len(r) for r in audited.rows))
        product = publish(
            order(plan, run, state, audited, ledger), run.path / "dataset", talk.advance
        )
        write_drops(run, state, harvested, audited)
        talk.end()
    with run.timed("report"):
        facts = report_facts(plan, run, state, harvested, audited, product, ledger)
        write_report(facts, run.path)
    run.save_timings()
    names = ("name", "verdict", "kept", "configs")
    summary = {k: facts[k] for k in names} | {"run": str(run.path)}
    manifest = {
        "key": key,
        "llmx": __version__,
        "summary": summary,
        "outputs": product.files,
        "inputs": harvested.inputs,
        "shards": [asdict(s) | {"path": _below(run, s.path)} for s in state.shards],
        "units": [{"step": s, "keys": k} for s, k in zip(state.steps, state.units, strict=True)],
        "facts": plan.facts.hash,
        "purpose": plan.purpose.name,
        "sources": source_facts(plan),
    }
    write_json(run.path / "manifest.json", manifest)
    return summary


def _below(run: Run, path: str) -> str:
    """Path told from the run directory, so that a run can be moved."""
    return Path(path).relative_to(run.path).as_posix()


def rehearse(plan: Plan, run: Run, *, workers: int | None, talk: Talk) -> tuple[State, Audited]:
    """Ingest, decide and judge; publishes nothing. What is decided is kept for the run itself."""
    with run.locked(), Executor(workers) as pool:
        found = harvest(plan, run, pool, input_facts(plan, run), None, talk)
        state = _start(found)
        decide(plan, run, pool, state, talk)
        edits, out = state.edits(run.store), run.store / "rehearsed"
        tokens = plan.tokenizer is not None
        return state, look(plan, state.shards, state.rows, edits, out, tokens=tokens)


def _start(found: Harvest) -> State:
    """Stand at the beginning: every record is alive."""
    rows = [np.arange(shard.records) for shard in found.shards]
    return State(found.shards, rows, [shard.key for shard in found.shards])


def audit_only(
    plan: Plan, run: Run, *, workers: int | None, limit: int | None, talk: Talk
) -> Audited:
    """Ingest and judge; writes audit/ and publishes nothing."""
    with run.locked(), Executor(workers) as pool:
        found = harvest(plan, run, pool, input_facts(plan, run), limit, talk)
        rows = [np.arange(shard.records) for shard in found.shards]
        edits: list[list[Path]] = [[] for _ in rows]
        tokens = plan.tokenizer is not None
        return look(plan, found.shards, rows, edits, run.path / "audit", tokens=tokens)


def cost_of(spec: Spec) -> float:
    """Microseconds per 1,000 characters of a part, measured; a filter costs what it needs."""
    part = build(spec)
    if spec.room == "filter":
        return sum(float(m.cost) for m in measures_for(part))
    return float(getattr(part, "cost", 0.0))
