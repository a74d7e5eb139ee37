"""What a worker does with one shard: run a segment of steps over its living records, once."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from llmx_data.core.batch import Decision, Living
from llmx_data.core.parts import Spec
from llmx_data.core.storage import read_json, read_parquet, write_json, write_parquet
from llmx_data.core.store import FeatureStore, Rows, Shard
from llmx_data.core.tables import DROP_ROWS, EDITS
from llmx_data.filter.stage import decide, measures_for
from llmx_data.kernels.text import Texts


@dataclass(frozen=True)
class Unit:
    """The smallest thing that decides: some parts of one step, under the key of all before it.

    A unit without a key lets all records of the shard pass: its step is not meant for them.
    """

    step: str
    room: str
    key: str = ""
    parts: tuple[Spec, ...] = ()
    cut: float | None = None


@dataclass(frozen=True)
class Task:
    """A shard, its living rows, and the units to run over them in order."""

    shard: Shard
    rows: Rows
    units: tuple[Unit, ...]
    store: str


@dataclass
class Outcome:
    """What a unit did to a shard: counts in, counts dropped by reason, cost. Saved as JSON."""

    step: str
    came: dict[str, int]
    dropped: dict[str, dict[str, int]]
    seconds: dict[str, float] = field(default_factory=dict)
    measured: dict[str, int] = field(default_factory=dict)
    chars: dict[str, int] = field(default_factory=dict)
    edited: dict[str, int] = field(default_factory=dict)
    fresh: bool = True


def unit_path(store: Path, unit_key: str, kind: str) -> Path:
    """Where a unit's result lies: drops, edits or evidence `.parquet`, or `json` (written last)."""
    return store / "steps" / unit_key[:2] / f"{unit_key}.{kind}"


def work(task: Task) -> list[Outcome]:
    """Run the units of a task over its shard; finished units are taken from the store."""
    store = Path(task.store)
    living = Living(task.shard, FeatureStore(store / "features"), Texts, task.rows)
    outcomes = []
    for unit in task.units:
        if not unit.key:
            outcomes.append(Outcome(unit.step, totals(living.sizes, living.rows), {}))
            continue
        saved = unit_path(store, unit.key, "json")
        if saved.exists():
            outcomes.append(Outcome(**(read_json(saved) | {"fresh": False})))
            gone = dropped_rows(store, unit.key)
            living = living.without(gone) if len(gone) else living
            continue
        living, outcome = _run(unit, living, store)
        outcomes.append(outcome)
    return outcomes


def _run(unit: Unit, living: Living, store: Path) -> tuple[Living, Outcome]:
    began = time.process_time()
    before = living
    for counter in (living.measured, living.chars, living.seconds):
        counter.clear()
    decision = _decided(unit, living)
    seconds = {k: round(v, 4) for k, v in before.seconds.items()}
    seconds["_all"] = round(time.process_time() - began, 4)
    outcome = Outcome(
        unit.step,
        totals(living.sizes, before.rows),
        by_reason(living.sizes, decision.drops),
        seconds,
        dict(before.measured),
        dict(before.chars),
    )
    save(store, unit.key, outcome, decision.drops, decision.edits, decision.evidence)
    return decision.after, outcome


def _decided(unit: Unit, living: Living) -> Decision:
    parts = [build(spec) for spec in unit.parts]
    if unit.room == "pii":
        from llmx_data.pii.stage import hide

        return hide(parts[0], unit.step, living)
    if unit.room == "decontaminate":
        from llmx_data.decontaminate.stage import clean

        return clean(parts[0], unit.step, living)
    return decide(parts, unit.step, living, unit.cut)


def save(
    store: Path,
    key: str,
    outcome: Outcome,
    drops: pl.DataFrame,
    edits: pl.DataFrame | None = None,
    evidence: pl.DataFrame | None = None,
) -> None:
    """Write a unit's result; the JSON last, so what exists is whole."""
    write_parquet(
        drops.select(DROP_ROWS.names()).cast(DROP_ROWS), unit_path(store, key, "drops.parquet")
    )
    if edits is not None:
        write_parquet(edits.select(EDITS.names()), unit_path(store, key, "edits.parquet"))
        outcome.edited = dict(edits["what"].value_counts().sort("what").iter_rows())
    if evidence is not None:
        write_parquet(evidence, unit_path(store, key, "evidence.parquet"))
    facts = {k: v for k, v in outcome.__dict__.items() if k != "fresh"}
    write_json(unit_path(store, key, "json"), facts)


@lru_cache(maxsize=4096)
def dropped_rows(store: Path, key: str) -> Rows:
    """Read positions in the shard that a unit dropped; a unit's file never changes."""
    frame = read_parquet(unit_path(store, key, "drops.parquet"), ["row"])
    return frame["row"].to_numpy().astype(np.int64)


def totals(sizes: pl.DataFrame, rows: Rows) -> dict[str, int]:
    """Count records, characters and (if they were counted) tokens at positions of a shard."""
    some = sizes[rows] if len(rows) < sizes.height else sizes
    counts = {"records": some.height, "chars": int(some["chars_count"].sum() or 0)}
    if sizes["tokens_count"].null_count() < sizes.height:
        counts["tokens"] = int(some["tokens_count"].sum() or 0)
    return counts


def by_reason(sizes: pl.DataFrame, drops: pl.DataFrame) -> dict[str, dict[str, int]]:
    """Totals of drop rows by reason."""
    reasons = sorted(drops["reason"].unique().to_list())
    return {
        reason: totals(sizes, drops.filter(pl.col("reason") == reason)["row"].to_numpy())
        for reason in reasons
    }


_built: dict[str, Any] = {}


def build(spec: Spec) -> Any:
    """Build a part once per process: a part may hold a tagger, a word list, a model."""
    key = repr(spec)
    if key not in _built:
        _built[key] = spec.build()
    return _built[key]


@dataclass(frozen=True)
class Measuring:
    """Measure some parts over the living of a shard and keep the features; decides nothing."""

    shard: Shard
    rows: Rows
    measures: tuple[tuple[Spec, str], ...]
    store: str


def measure(task: Measuring) -> dict[str, float]:
    """Fill in missing features of a shard; gives CPU seconds by measure."""
    living = Living(task.shard, FeatureStore(Path(task.store) / "features"), Texts, task.rows)
    for spec, on in task.measures:
        part = build(spec)
        for one in measures_for(part) if spec.room == "filter" else [part]:
            living.features(one, on)
    return living.seconds
