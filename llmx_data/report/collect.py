"""Gather what the report shows: histograms around thresholds, samples per reason, costs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from llmx_data.core.storage import read_parquet
from llmx_data.core.store import FeatureStore, Measures, Rows, Shard, text_prefix

BINS = 40
SAMPLES = 4
EXCERPT = 280
"""Bins of a histogram, samples per reason, characters of a sample. Ours: a page stays readable."""


class Fate(NamedTuple):
    """Positions in a shard that came to a step, and those of them that it dropped."""

    shard: Shard
    came: Rows
    gone: Rows


def histograms(
    store: FeatureStore, measure: Measures, on: str, columns: Sequence[str], fates: Iterable[Fate]
) -> dict[str, dict[str, Any]]:
    """Kept and dropped counts of a measure's features over the records that came to a step.

    A feature that nobody has is left out. Each shard's features are read once.
    """
    prefix = text_prefix(on)
    kept: dict[str, list[NDArray[np.float64]]] = {c: [np.zeros(0)] for c in columns}
    dropped: dict[str, list[NDArray[np.float64]]] = {c: [np.zeros(0)] for c in columns}
    for shard, came, gone in fates:
        if not len(came) or not store.path(measure, on, shard).exists():
            continue
        ids = read_parquet(Path(shard.sizes), ["id"])
        frame = store.read(measure, on, shard, ["id", *(prefix + c for c in columns)])
        values = ids.join(frame, on="id", how="left", maintain_order="left")
        stayed = np.setdiff1d(came, gone)
        for column in columns:
            numbers = values[prefix + column].cast(pl.Float64)
            kept[column].append(numbers.gather(stayed).drop_nulls().to_numpy())
            dropped[column].append(numbers.gather(gone).drop_nulls().to_numpy())
    return {
        column: _binned(
            np.concatenate(kept[column]),
            np.concatenate(dropped[column]),
            log=column.endswith("_count"),
        )
        for column in columns
        if sum(len(v) for v in (*kept[column], *dropped[column]))
    }


def _binned(
    kept: NDArray[np.float64], dropped: NDArray[np.float64], *, log: bool
) -> dict[str, Any]:
    both = np.concatenate([kept, dropped])
    low, high = float(both.min()), float(both.max())
    if low == high:
        high = low + 1
    if log and high - low < BINS:
        log, edges = False, np.arange(low, high + 2) - 0.5
    elif log:
        kept, dropped, low = np.maximum(kept, 0.5), np.maximum(dropped, 0.5), max(low, 0.5)
        edges = np.unique(np.round(np.geomspace(max(low, 1), max(high, 2), BINS + 1)))
        edges[0] = low
        edges[-1] = max(edges[-1], high)
    else:
        edges = np.linspace(low, high, BINS + 1)
    return {
        "edges": [round(float(e), 6) for e in edges],
        "log": log,
        "kept": np.histogram(kept, edges)[0].tolist(),
        "dropped": np.histogram(dropped, edges)[0].tolist(),
    }


def dropped_samples(
    shards: Sequence[Shard], drops: Iterator[tuple[int, pl.DataFrame]]
) -> dict[str, list[dict[str, Any]]]:
    """Pick a few dropped records per reason, chosen by smallest id, with the head of their text.

    `drops` gives (shard number, drop rows with `row`), step by step.
    """
    best: dict[str, pl.DataFrame] = {}
    for shard, frame in drops:
        for (reason,), part in frame.partition_by("reason", as_dict=True).items():
            some = part.sort("id").head(SAMPLES).with_columns(shard=pl.lit(shard, pl.Int32))
            had = best.get(str(reason))
            merged = some if had is None else pl.concat([had, some])
            best[str(reason)] = merged.sort("id").head(SAMPLES)
    every = [row for reason in sorted(best) for row in best[reason].iter_rows(named=True)]
    found: dict[str, list[dict[str, Any]]] = {reason: [] for reason in sorted(best)}
    names = ("id", "source", "step", "value", "threshold", "kept_id", "also")
    for row, record in zip(every, _records(shards, every), strict=True):
        sample = {name: row[name] for name in names} | {"text": excerpt(record["text"])}
        found[row["reason"]].append(sample)
    return found


def _records(shards: Sequence[Shard], places: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Text and licence at each (shard, row), in order; a shard is read once."""
    found: dict[tuple[int, int], dict[str, Any]] = {}
    for k in sorted({place["shard"] for place in places}):
        rows = sorted({place["row"] for place in places if place["shard"] == k})
        frame = read_parquet(Path(shards[k].path), ["text", "license_declared"])[rows]
        found |= {(k, row): frame.row(i, named=True) for i, row in enumerate(rows)}
    return [found[place["shard"], place["row"]] for place in places]


def unreadable_samples(frames: Iterator[pl.DataFrame]) -> list[dict[str, Any]]:
    """Pick the first unreadable rows: their place and what was wrong; their text is not kept."""
    rows = [row for frame in frames for row in frame.head(SAMPLES).iter_rows(named=True)]
    return [
        {
            "id": None,
            "source": r["source"],
            "step": r["step"],
            "value": None,
            "threshold": None,
            "kept_id": None,
            "also": r["also"],
            "text": r["place"],
        }
        for r in rows[: 2 * SAMPLES]
    ]


def kept_samples(shards: Sequence[Shard], rows: Sequence[Rows]) -> list[dict[str, Any]]:
    """Two kept records of each source, by smallest id."""
    found: dict[str, pl.DataFrame] = {}
    for k, (shard, some) in enumerate(zip(shards, rows, strict=True)):
        if not len(some):
            continue
        ids = pl.read_parquet(shard.sizes, columns=["id"])["id"].gather(some)
        frame = pl.DataFrame({"id": ids, "row": some}).with_columns(
            shard=pl.lit(k, pl.Int32), source=pl.lit(shard.source)
        )
        had = found.get(shard.source)
        merged = frame.sort("id").head(2) if had is None else pl.concat([had, frame])
        found[shard.source] = merged.sort("id").head(2)
    every = [row for source in sorted(found) for row in found[source].iter_rows(named=True)]
    return [
        {
            "id": row["id"],
            "source": row["source"],
            "license": record["license_declared"],
            "text": excerpt(record["text"]),
        }
        for row, record in zip(every, _records(shards, every), strict=True)
    ]


def excerpt(text: str) -> str:
    """Head of a text for the report."""
    return text if len(text) <= EXCERPT else text[:EXCERPT] + "…"


def costs(ledger: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """CPU seconds of every measure and step, dearest first."""
    seconds: dict[str, float] = {}
    texts: dict[str, int] = {}
    chars: dict[str, int] = {}
    for entry in ledger:
        for name, value in entry["cpu_seconds"].items():
            if name != "_all":
                seconds[name] = seconds.get(name, 0.0) + value
        for name, value in entry["measured"].items():
            texts[name] = texts.get(name, 0) + value
        for name, value in entry.get("measured_chars", {}).items():
            chars[name] = chars.get(name, 0) + value
    return [
        {
            "what": name,
            "cpu_seconds": round(seconds[name], 3),
            "texts": texts.get(name, 0),
            "us_per_1000_chars": round(seconds[name] * 1e9 / chars[name], 1)
            if chars.get(name)
            else None,
        }
        for name in sorted(seconds, key=lambda n: (-seconds[n], n))
    ]
