"""What a worker does with one shard: run a segment of steps over its living records, once."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from llmx_data.core.batch import Living
from llmx_data.core.parts import Spec
from llmx_data.core.storage import read_json, read_parquet, write_json, write_parquet
from llmx_data.core.store import FeatureStore, Rows, Shard
from llmx_data.core.tables import DROPS, EDITS
from llmx_data.filter.stage import decide, measures_for
from llmx_data.kernels.text import Texts

DROP_ROWS = pl.Schema({"row": pl.UInt32, **DROPS})


@dataclass(frozen=True)
class Unit:
    """The smallest thing that decides: some parts of one step, under the key of all before it."""

    step: str
    room: str
    parts: tuple[Spec, ...]
    key: str
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
    """Where a unit's result lies: `drops.parquet`, `edits.parquet` or `json` (written last)."""
    return store / "steps" / unit_key[:2] / f"{unit_key}.{kind}"


def work(task: Task) -> list[Outcome]:
    """Run the units of a task over its shard; finished units are taken from the store."""
    store = Path(task.store)
    living = Living(task.shard, FeatureStore(store / "features"), Texts, task.rows)
    outcomes = []
    for unit in task.units:
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
    parts = [build(spec) for spec in unit.parts]
    edits: pl.DataFrame | None = None
    if unit.room == "filter":
        after, drops = decide(parts, unit.step, living, unit.cut)
    elif unit.room == "pii":
        from llmx_data.pii.stage import run

        after, drops, edits = run(parts[0], unit.step, living)
    else:
        from llmx_data.decontaminate.stage import probe_living

        after, drops = probe_living(parts[0], unit.step, living)
    seconds = {k: round(v, 4) for k, v in before.seconds.items()}
    seconds["_all"] = round(time.process_time() - began, 4)
    outcome = Outcome(unit.step, totals(living.sizes, living.rows),
                      by_reason(living.sizes, drops), seconds, dict(before.measured), dict(before.chars))  # fmt: skip
    save(store, unit.key, drops, outcome, edits)
    return after, outcome


def save(
    store: Path, key: str, drops: pl.DataFrame, outcome: Outcome, edits: pl.DataFrame | None = None
) -> None:
    """Write a unit's result; the JSON last, so what exists is whole."""
    write_parquet(drops.select(DROP_ROWS.names()).cast(dict(DROP_ROWS)),
                  unit_path(store, key, "drops.parquet"))  # fmt: skip
    if edits is not None:
        write_parquet(edits.select(EDITS.names()), unit_path(store, key, "edits.parquet"))
        outcome.edited = {w: n for w, n in edits["what"].value_counts().sort("what").iter_rows()}
    facts = {k: v for k, v in outcome.__dict__.items() if k != "fresh"}
    write_json(unit_path(store, key, "json"), facts)


def dropped_rows(store: Path, key: str) -> Rows:
    """Positions in the shard that a unit dropped."""
    frame = read_parquet(unit_path(store, key, "drops.parquet"), ["row"])
    return frame["row"].to_numpy().astype(np.int64)


def totals(sizes: pl.DataFrame, rows: Rows) -> dict[str, int]:
    """Records, characters and tokens at positions of a shard; tokens only if they were counted."""
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
