"""What the report tells of a generated source: how it was made, yields per method, diversity."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import polars as pl

from llmx_data.core.storage import read_parquet
from llmx_data.core.store import Shard
from llmx_data.report.diversity import diversity, piles, sides

METHOD = pl.col("meta").str.json_path_match("$.method").fill_null("unknown")


def yields(
    made: dict[str, Any] | None,
    shards: Mapping[int, Shard],
    drops: Iterable[tuple[int, pl.DataFrame]],
) -> dict[str, dict[str, Any]]:
    """Count what became of each method's requests: asked, answered, made, screened out, kept.

    `drops` gives (shard number, drop rows with `row`). Of a source without synthesis.json only
    `made`, `screened` (records by reason) and `kept` are known; the others are None.
    Cost: a read of the column meta.
    """
    of_shard = {
        k: read_parquet(Path(shard.path), ["meta"]).select(METHOD)["meta"]
        for k, shard in shards.items()
    }
    came: dict[str, int] = {}
    for names in of_shard.values():
        for name, count in names.value_counts().iter_rows():
            came[name] = came.get(name, 0) + count
    gone: dict[str, dict[str, int]] = {}
    for k, frame in drops:
        named = frame.select("reason", method=of_shard[k].gather(frame["row"]))
        for method, reason, count in (
            named.group_by("method", "reason").len().sort("reason").iter_rows()
        ):
            reasons = gone.setdefault(method, {})
            reasons[reason] = reasons.get(reason, 0) + count
    told = made["methods"] if made is not None else {}
    return {
        name: _yield(told.get(name), came.get(name, 0), gone.get(name, {}))
        for name in sorted({*came, *told})
    }


def _yield(told: dict[str, Any] | None, came: int, gone: dict[str, int]) -> dict[str, Any]:
    known = told or {}
    names = ("requests", "answered", "failed", "tokens_in", "tokens_out")
    return {
        **{name: known.get(name) for name in names},
        "rejected": dict(sorted(known.get("rejected", {}).items())),
        "made": came,
        "screened": dict(sorted(gone.items())),
        "kept": came - sum(gone.values()),
    }


def synthesis(
    sources: list[str],
    made: dict[str, Any] | None,
    methods: dict[str, dict[str, Any]],
    published: Iterable[pl.DataFrame],
) -> dict[str, Any]:
    """Put a section together; `published` gives the records of its sources, shard by shard."""
    found = piles(sides(frame) for frame in published)
    return {
        "sources": sources,
        "made": made,
        "methods": methods,
        "total": _total(methods),
        "diversity": diversity(found) if found else None,
    }


def _total(methods: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Sum over methods; None where a part is not known, for no sum is better than a small one."""
    rows = list(methods.values())
    sums: dict[str, Any] = {}
    for name in ("requests", "answered", "failed", "tokens_in", "tokens_out", "made", "kept"):
        values = [row[name] for row in rows]
        sums[name] = None if None in values else sum(values)
    for name in ("rejected", "screened"):
        counts: dict[str, int] = {}
        for row in rows:
            for reason, count in row[name].items():
                counts[reason] = counts.get(reason, 0) + count
        sums[name] = dict(sorted(counts.items(), key=lambda p: (-p[1], p[0])))
    return sums
