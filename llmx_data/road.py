"""The map: the ordered stages of `llmx curate`, what each takes and what it gives.

    inputs --ingest--> shards --units--> living rows + drops + edits --audit--> verdicts
           --publish--> dataset/ --report--> report.html

Only publish lets rows go. Everything before it writes under store/, by content key, so that a run
can be killed anywhere and a second run does what is missing and nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from itertools import groupby
from typing import Any

import numpy as np
import polars as pl

from llmx_data import __version__
from llmx_data.audit.stage import Audited, audit
from llmx_data.core.errors import DataError
from llmx_data.core.execute import Executor
from llmx_data.core.part import content_key
from llmx_data.core.parts import Spec
from llmx_data.core.progress import Talk
from llmx_data.core.recipe import resolved_yaml
from llmx_data.core.run import Run
from llmx_data.core.storage import read_json, write_json, write_text
from llmx_data.core.store import Rows, Shard
from llmx_data.dedup.corpus import Corpus
from llmx_data.dedup.stage import deduplicate
from llmx_data.filter.stage import measures_for
from llmx_data.closing import manifest_key, order, report_facts, write_drops
from llmx_data.harvest import Harvest, harvest, input_facts
from llmx_data.plan import Plan, Step
from llmx_data.publish.stage import publish
from llmx_data.report.stage import write_report
from llmx_data.work import (
    Measuring, Outcome, Task, Unit, by_reason, build, dropped_rows, measure, save, totals,
    unit_path, work,
)  # fmt: skip


@dataclass
class State:
    """Where the road is: shards, their living rows, and the key of all that was done to each."""

    shards: list[Shard]
    rows: list[Rows]
    keys: list[str]
    units: list[list[str]] = field(default_factory=list)
    """For each finished unit its key in every shard."""
    steps: list[str] = field(default_factory=list)
    """For each finished unit the step it belongs to."""
    outcomes: list[list[Outcome]] = field(default_factory=list)


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
        done = _unchanged(run, key)
        if done is not None:
            talk.note(f"nothing to do: {run.path} is complete and neither recipe nor inputs changed")
            return done | {"changed": False}
        write_text(run.path / "recipe.resolved.yaml", resolved_yaml(plan.resolved(), plan.origins))
        with run.timed("ingest"):
            harvested = harvest(plan, run, pool, inputs, limit, talk)
        state = State(harvested.shards, [np.arange(s.records) for s in harvested.shards],
                      [s.key for s in harvested.shards])  # fmt: skip
        _decide(plan, run, pool, state, talk)
        with run.timed("audit"):
            audited = audit(plan, state.shards, state.rows, run.path / "audit",
                            tokens=plan.tokenizer is not None)  # fmt: skip
        summary = _finish(plan, run, state, harvested, audited, key, talk)
    return summary | {"changed": True}


def _unchanged(run: Run, key: str) -> dict[str, Any] | None:
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
    return manifest["summary"] if manifest["key"] == key and whole else None  # type: ignore[no-any-return]


def _decide(plan: Plan, run: Run, pool: Executor, state: State, talk: Talk) -> None:
    """Run the units: neighbours that need one shard only go over it together, others one by one."""
    units = [unit for step in plan.steps for unit in units_of(step)]
    for is_global, group in groupby(units, key=lambda u: u.is_global):
        for batch in [[u] for u in group] if is_global else [list(group)]:
            names = ", ".join(dict.fromkeys(u.step for u in batch))
            with run.timed("+".join(dict.fromkeys(u.step for u in batch))):
                talk.stage(names, sum(len(r) for r in state.rows))
                if is_global and batch[0].room == "dedup":
                    _dedup(batch[0], plan, run, pool, state, talk)
                else:
                    _local(batch, run, pool, state, talk)
                talk.end()


@dataclass(frozen=True)
class Draft:
    """A unit before its key is known."""

    step: str
    room: str
    parts: tuple[Spec, ...]
    is_global: bool = False


def units_of(step: Step) -> list[Draft]:
    """Cut a step where one of its filters needs to see all records before it can decide."""
    if step.room != "filter":
        return [Draft(step.name, step.room, step.parts, step.room == "dedup")]
    drafts: list[Draft] = []
    for is_global, group in groupby(step.parts, key=_has_cut):
        parts = tuple(group)
        if is_global:
            drafts += [Draft(step.name, "filter", (part,), True) for part in parts]
        else:
            drafts.append(Draft(step.name, "filter", parts))
    return drafts


def _has_cut(spec: Spec) -> bool:
    return spec.build().global_cut() is not None


def _chained(before: str, draft: Draft, cut: float | None = None) -> str:
    """Key of a unit's result in a shard: all that was done before, and what is done now."""
    facts = {"before": before, "step": draft.step, "room": draft.room, "cut": cut,
             "parts": [build(spec).digest() for spec in draft.parts], "llmx": __version__}  # fmt: skip
    return content_key(facts)


def _local(drafts: list[Draft], run: Run, pool: Executor, state: State, talk: Talk) -> None:
    cut = _find_cut(drafts[0], run, pool, state) if drafts[0].is_global else None
    tasks: list[Task] = []
    for i, shard in enumerate(state.shards):
        units = []
        for draft in drafts:
            state.keys[i] = _chained(state.keys[i], draft, cut)
            units.append(Unit(draft.step, draft.room, draft.parts, state.keys[i], cut))
        tasks.append(Task(shard, state.rows[i], tuple(units), str(run.store)))
    found: list[list[Outcome]] = []
    for i, outcomes in enumerate(pool.map(work, tasks)):
        found.append(outcomes)
        talk.advance(len(state.rows[i]))
        for unit in tasks[i].units:
            gone = dropped_rows(run.store, unit.key)
            state.rows[i] = np.setdiff1d(state.rows[i], gone, assume_unique=True)
    for u, draft in enumerate(drafts):
        _note(state, draft.step, [t.units[u].key for t in tasks], [o[u] for o in found])


def _note(state: State, step: str, keys: list[str], outcomes: list[Outcome]) -> None:
    state.units.append(keys)
    state.steps.append(step)
    state.outcomes.append(outcomes)


def _find_cut(draft: Draft, run: Run, pool: Executor, state: State) -> float | None:
    """Threshold above which the asked share of all living records lies; null scores stay out."""
    spec = draft.parts[0]
    part = build(spec)
    _, column, share = part.global_cut()
    tasks = [Measuring(s, r, ((spec, part.on),), str(run.store))
             for s, r in zip(state.shards, state.rows, strict=True)]  # fmt: skip
    for _ in pool.map(measure, tasks):
        pass
    scores = []
    for shard, rows in zip(state.shards, state.rows, strict=True):
        for one in measures_for(part):
            if column in one.gives() and len(rows):
                frame = run.features.read(one, part.on, shard)
                ids = pl.read_parquet(shard.sizes, columns=["id"])["id"].gather(rows)
                living = pl.DataFrame({"id": ids}).join(frame, on="id", how="left")
                scores.append(living.get_column(living.columns[-1]).drop_nulls().to_numpy())
    together = np.sort(np.concatenate(scores)) if scores else np.zeros(0)
    if not len(together):
        return None
    return float(together[len(together) - max(1, int(np.ceil(share * len(together))))])


def _dedup(
    draft: Draft, plan: Plan, run: Run, pool: Executor, state: State, talk: Talk
) -> None:
    """Find duplicates over all shards; the result is kept under the keys of all of them."""
    all_before = content_key(state.keys)
    keys = [_chained(f"{all_before}-{key}", draft) for key in state.keys]
    finished = all(unit_path(run.store, key, "json").exists() for key in keys)
    if not finished:
        corpus = Corpus(state.shards, state.rows, run.store, pool, plan.facts,
                        {spec.build().source_name: spec.build().priority
                         for spec in plan.sources})  # fmt: skip
        drops = deduplicate(build(draft.parts[0]), draft.step, corpus, content_key(keys), talk)
        for key, shard, rows, gone in zip(keys, state.shards, state.rows, drops, strict=True):
            sizes = pl.read_parquet(shard.sizes)
            outcome = Outcome(draft.step, totals(sizes, rows), by_reason(sizes, gone))
            save(run.store, key, gone, outcome)
    else:
        talk.advance(sum(len(r) for r in state.rows))
    outcomes = [Outcome(**read_json(unit_path(run.store, key, "json"))) for key in keys]
    for i, key in enumerate(keys):
        state.rows[i] = np.setdiff1d(state.rows[i], dropped_rows(run.store, key))
    state.keys = keys
    _note(state, draft.step, keys, outcomes)


def check_ledger(state: State, harvested: Harvest) -> list[dict[str, Any]]:
    """Totals of every step, and the proof that in = kept + dropped at each of them."""
    ledger = [harvested.entry()]
    came = sum(s.records for s in state.shards)
    for step, group in groupby(zip(state.steps, state.outcomes, strict=True), key=lambda x: x[0]):
        merged = _merged(step, [outcomes for _, outcomes in group])
        dropped = sum(v["records"] for v in merged["dropped"].values())
        if merged["came"]["records"] != came:
            raise DataError(f"ledger broken at {step}: {came} due, {merged['came']} came in")
        came -= dropped
        ledger.append(merged)
    alive = sum(len(r) for r in state.rows)
    if alive != came:
        raise DataError(f"ledger broken at the end: {came} due, {alive} alive")
    return ledger


def _merged(step: str, units: Sequence[Sequence[Outcome]]) -> dict[str, Any]:
    came: dict[str, int] = {}
    dropped: dict[str, dict[str, int]] = {}
    seconds: dict[str, float] = {}
    measured: dict[str, int] = {}
    chars: dict[str, int] = {}
    edited: dict[str, int] = {}
    for u, outcomes in enumerate(units):
        for outcome in outcomes:
            if u == 0:
                _add(came, outcome.came)
            for reason, counts in outcome.dropped.items():
                _add(dropped.setdefault(reason, {}), counts)
            _add(edited, outcome.edited)
            _add(seconds, outcome.seconds)
            _add(measured, outcome.measured)
            _add(chars, outcome.chars)
    return {"step": step, "came": came, "dropped": dict(sorted(dropped.items())),
            "edited": edited, "cpu_seconds": seconds, "measured": measured,
            "measured_chars": chars}  # fmt: skip


def _add(total: dict[str, Any], more: dict[str, Any]) -> None:
    for name, value in more.items():
        total[name] = round(total.get(name, 0) + value, 4)


def _finish(
    plan: Plan, run: Run, state: State, harvested: Harvest, audited: Audited, key: str, talk: Talk
) -> dict[str, Any]:
    """Publish, write ledger and drops, report, and the manifest last."""
    ledger = check_ledger(state, harvested)
    ledger.append(audited.entry())
    for entry in ledger:
        write_json(run.path / "steps" / f"{entry['step']}.json", entry)
    with run.timed("publish"):
        talk.stage("publish", sum(len(r) for r in audited.rows))
        product = publish(order(plan, run, state, audited, ledger), run.path / "dataset",
                          talk.advance)  # fmt: skip
        write_drops(run, state, harvested, audited)
        talk.end()
    with run.timed("report"):
        facts = report_facts(plan, run, state, harvested, audited, product, ledger)
        write_report(facts, run.path)
    run.save_timings()
    names = ("name", "verdict", "kept", "configs")
    summary = {k: facts[k] for k in names} | {"run": str(run.path)}
    manifest = {"key": key, "llmx": __version__, "summary": summary, "outputs": product.files,
                "inputs": harvested.inputs, "shards": [asdict(s) for s in state.shards],
                "units": [{"step": s, "keys": k}
                          for s, k in zip(state.steps, state.units, strict=True)],
                "folders": [[n, str(p)] for n, p in harvested.folders],
                "facts": plan.facts.hash, "purpose": plan.purpose.name}  # fmt: skip
    write_json(run.path / "manifest.json", manifest)
    return summary


def audit_only(
    plan: Plan, run: Run, *, workers: int | None, limit: int | None, talk: Talk, as_json: bool
) -> Any:
    """Ingest and judge; writes audit/ and gives the audit as text or, for `--json`, as facts."""
    with run.locked(), Executor(workers) as pool:
        harvested = harvest(plan, run, pool, input_facts(plan, run), limit, talk)
        rows = [np.arange(s.records) for s in harvested.shards]
        audit(plan, harvested.shards, rows, run.path / "audit", tokens=plan.tokenizer is not None)
    if as_json:
        return read_json(run.path / "audit" / "audit.json")
    return (run.path / "audit" / "AUDIT.md").read_text(encoding="utf-8")


def cost_of(spec: Spec) -> float:
    """Microseconds per 1,000 characters of a part, measured; a filter costs what it needs."""
    part = build(spec)
    if spec.room == "filter":
        return sum(float(m.cost) for m in measures_for(part))
    return float(getattr(part, "cost", 0.0))
