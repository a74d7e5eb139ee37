"""Run the steps of a recipe over all shards: local units shard by shard, global ones over all."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby, pairwise
from pathlib import Path

import numpy as np
import polars as pl

from llmx_data import __version__
from llmx_data.blending import blend
from llmx_data.core.execute import Executor
from llmx_data.core.part import content_key
from llmx_data.core.parts import Spec
from llmx_data.core.progress import Talk
from llmx_data.core.run import Run
from llmx_data.core.storage import read_json, read_parquet, write_json, write_parquet
from llmx_data.core.store import Measures, Shard
from llmx_data.dedup.corpus import Corpus
from llmx_data.dedup.minhash import Minhash
from llmx_data.dedup.stage import deduplicate
from llmx_data.filter.stage import measures_for
from llmx_data.ledger import State, told_path
from llmx_data.named import read_named
from llmx_data.plan import Plan
from llmx_data.select.stage import select
from llmx_data.steps import Step
from llmx_data.work import (
    Measuring,
    Outcome,
    Task,
    Unit,
    build,
    by_reason,
    dropped_rows,
    measure,
    save,
    totals,
    unit_path,
    work,
)

WHOLE = ("dedup", "select", "mix")
"""Rooms that look at all records before they can decide about one."""


def decide(plan: Plan, run: Run, pool: Executor, state: State, talk: Talk) -> None:
    """Run the units: neighbours that need one shard only go over it together, others one by one."""
    units = [unit for step in plan.steps for unit in units_of(step)]
    following = {id(unit): after for unit, after in pairwise(units)}
    for is_global, group in groupby(units, key=lambda u: u.is_global):
        for batch in [[u] for u in group] if is_global else [list(group)]:
            names = ", ".join(dict.fromkeys(u.step for u in batch))
            with run.timed("+".join(dict.fromkeys(u.step for u in batch))):
                talk.stage(names, sum(len(r) for r in state.rows))
                if is_global and batch[0].room == "dedup":
                    ahead = _wanted_next(batch[0], following.get(id(batch[0])))
                    _dedup(batch[0], plan, run, pool, state, talk, ahead)
                elif batch[0].room == "select":
                    _select(batch[0], run, pool, state, talk)
                elif batch[0].room == "mix":
                    _mix(batch[0], plan, run, pool, state, talk)
                else:
                    _local(batch, run, pool, state, talk)
                talk.end()


@dataclass(frozen=True)
class Draft:
    """A unit before its key is known."""

    step: str
    room: str
    parts: tuple[Spec, ...]
    only: tuple[str, ...] = ()
    is_global: bool = False

    def concerns(self, shard: Shard) -> bool:
        """Whether the step is meant for the records of this shard."""
        return not self.only or shard.source in self.only or shard.kind in self.only


def units_of(step: Step) -> list[Draft]:
    """Cut a step where one of its filters needs to see all records before it can decide."""
    if step.room != "filter":
        return [Draft(step.name, step.room, step.parts, step.only, step.room in WHOLE)]
    drafts: list[Draft] = []
    for is_global, group in groupby(step.parts, key=_has_cut):
        parts = tuple(group)
        if is_global:
            drafts += [Draft(step.name, "filter", (part,), step.only, True) for part in parts]
        else:
            drafts.append(Draft(step.name, "filter", parts, step.only))
    return drafts


def _has_cut(spec: Spec) -> bool:
    return spec.build().global_cut() is not None


def _chained(before: str, draft: Draft, cut: float | None = None) -> str:
    """Key of a unit's result in a shard: all that was done before, and what is done now."""
    facts = {
        "before": before,
        "step": draft.step,
        "room": draft.room,
        "cut": cut,
        "parts": [build(spec).digest() for spec in draft.parts],
        "llmx": __version__,
    }
    return content_key(facts)


def _local(drafts: list[Draft], run: Run, pool: Executor, state: State, talk: Talk) -> None:
    cut = _find_cut(drafts[0], run, pool, state) if drafts[0].is_global else None
    tasks: list[Task] = []
    for i, shard in enumerate(state.shards):
        units = []
        for draft in drafts:
            if not draft.concerns(shard):
                units.append(Unit(draft.step, draft.room))
                continue
            state.keys[i] = _chained(state.keys[i], draft, cut)
            units.append(Unit(draft.step, draft.room, state.keys[i], draft.parts, cut))
        tasks.append(Task(shard, state.rows[i], tuple(units), str(run.store)))
    found: list[list[Outcome]] = []
    for i, outcomes in enumerate(pool.map(work, tasks)):
        found.append(outcomes)
        talk.advance(len(state.rows[i]))
        for unit in tasks[i].units:
            if not unit.key:
                continue
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
    chosen = [
        (shard, rows)
        for shard, rows in zip(state.shards, state.rows, strict=True)
        if len(rows) and draft.concerns(shard)
    ]
    tasks = [Measuring(shard, rows, ((spec, part.on),), str(run.store)) for shard, rows in chosen]
    for _ in pool.map(measure, tasks):
        pass
    scores = []
    for shard, rows in chosen:
        ids = read_parquet(Path(shard.sizes), ["id"])["id"].gather(rows)
        for one in measures_for(part):
            if column in one.gives():
                frame = run.features.read(one, part.on, shard)
                living = pl.DataFrame({"id": ids}).join(frame, on="id", how="left")
                scores.append(living.get_column(living.columns[-1]).drop_nulls().to_numpy())
    together = np.sort(np.concatenate(scores)) if scores else np.zeros(0)
    if not len(together):
        return None
    return float(together[len(together) - max(1, int(np.ceil(share * len(together))))])


def _wanted_next(draft: Draft, after: Draft | None) -> list[Measures]:
    """Fingerprints that the next step wants of the same texts, if it is a dedup too."""
    if after is None or after.room != "dedup" or after.only != draft.only:
        return []
    this, that = build(draft.parts[0]), build(after.parts[0])
    return [that.fingerprint()] if isinstance(that, Minhash) and this.on == that.on else []


def _dedup(
    draft: Draft,
    plan: Plan,
    run: Run,
    pool: Executor,
    state: State,
    talk: Talk,
    ahead: list[Measures],
) -> None:
    """Find duplicates over all shards; the result is kept under the keys of all of them."""
    chosen = [i for i, shard in enumerate(state.shards) if draft.concerns(shard)]
    before = content_key([state.keys[i] for i in chosen])
    keys = [""] * len(state.shards)
    for i in chosen:
        keys[i] = _chained(f"{before}-{state.keys[i]}", draft)
    if all(unit_path(run.store, keys[i], "json").exists() for i in chosen):
        talk.advance(sum(len(rows) for rows in state.rows))
    else:
        shards, rows = [state.shards[i] for i in chosen], [state.rows[i] for i in chosen]
        priorities = {s.source_name: s.priority for s in (p.build() for p in plan.sources)}
        part, key = build(draft.parts[0]), content_key(keys)
        named = read_named(part, plan, run, pool) if isinstance(part, Minhash) else []
        shards += [shard for _, shard in named]
        rows += [np.arange(shard.records) for _, shard in named]
        names = tuple(name for name, _ in named)
        corpus = Corpus(shards, rows, run.store, pool, plan.facts, priorities, names)
        found = deduplicate(part, draft.step, corpus, key, talk, ahead)
        for i, drops in zip(chosen, found, strict=True):
            sizes = read_parquet(Path(state.shards[i].sizes))
            outcome = Outcome(draft.step, totals(sizes, state.rows[i]), by_reason(sizes, drops))
            save(run.store, keys[i], outcome, drops)
    outcomes = []
    for i, key in enumerate(keys):
        if not key:
            sizes = read_parquet(Path(state.shards[i].sizes))
            outcomes.append(Outcome(draft.step, totals(sizes, state.rows[i]), {}))
            continue
        outcomes.append(Outcome(**read_json(unit_path(run.store, key, "json"))))
        state.rows[i] = np.setdiff1d(state.rows[i], dropped_rows(run.store, key))
        state.keys[i] = key
    _note(state, draft.step, keys, outcomes)


def _select(draft: Draft, run: Run, pool: Executor, state: State, talk: Talk) -> None:
    """Keep so many per group and in all; the result is kept under the keys of all shards."""
    chosen, keys = _together(draft, state)
    if all(unit_path(run.store, keys[i], "json").exists() for i in chosen):
        talk.advance(sum(len(state.rows[i]) for i in chosen))
    else:
        shards, rows = [state.shards[i] for i in chosen], [state.rows[i] for i in chosen]
        part = build(draft.parts[0])
        found = select(part, draft.step, shards, rows, run.store, pool, talk)
        for i, (drops, capped) in zip(chosen, found, strict=True):
            sizes = read_parquet(Path(state.shards[i].sizes))
            outcome = Outcome(draft.step, totals(sizes, state.rows[i]), by_reason(sizes, drops))
            write_parquet(capped, unit_path(run.store, keys[i], "caps.parquet"))
            save(run.store, keys[i], outcome, drops)
    _take(draft, run, state, keys)


def _mix(draft: Draft, plan: Plan, run: Run, pool: Executor, state: State, talk: Talk) -> None:
    """Take so much of each run and hold some out; what is taken is kept beside the drops."""
    chosen, keys = _together(draft, state)
    if all(unit_path(run.store, keys[i], "json").exists() for i in chosen):
        talk.advance(sum(len(state.rows[i]) for i in chosen))
    else:
        shards, rows = [state.shards[i] for i in chosen], [state.rows[i] for i in chosen]
        corpus = Corpus(shards, rows, run.store, pool, plan.facts)
        found, told = blend(build(draft.parts[0]), draft.step, corpus, talk)
        write_json(told_path(run.store, keys), told)
        for i, (drops, taken) in zip(chosen, found, strict=True):
            sizes = read_parquet(Path(state.shards[i].sizes))
            outcome = Outcome(draft.step, totals(sizes, state.rows[i]), by_reason(sizes, drops))
            write_parquet(taken, unit_path(run.store, keys[i], "mixed.parquet"))
            save(run.store, keys[i], outcome, drops)
    _take(draft, run, state, keys)


def _together(draft: Draft, state: State) -> tuple[list[int], list[str]]:
    """Shards that a step is meant for, and the key of its result in each; all rest on all."""
    chosen = [i for i, shard in enumerate(state.shards) if draft.concerns(shard)]
    before = content_key([state.keys[i] for i in chosen])
    keys = [""] * len(state.shards)
    for i in chosen:
        keys[i] = _chained(f"{before}-{state.keys[i]}", draft)
    return chosen, keys


def _take(draft: Draft, run: Run, state: State, keys: list[str]) -> None:
    """Move on by a result in the store; a shard without a key passes untouched."""
    outcomes = []
    for i, key in enumerate(keys):
        if not key:
            sizes = read_parquet(Path(state.shards[i].sizes))
            outcomes.append(Outcome(draft.step, totals(sizes, state.rows[i]), {}))
            continue
        outcomes.append(Outcome(**read_json(unit_path(run.store, key, "json"))))
        state.rows[i] = np.setdiff1d(state.rows[i], dropped_rows(run.store, key))
        state.keys[i] = key
    _note(state, draft.step, keys, outcomes)
