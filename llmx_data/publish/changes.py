"""What llmx changed in the records that go out: by source, step and kind of edit."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from llmx_data.core.storage import read_parquet

if TYPE_CHECKING:
    from llmx_data.publish.stage import Order

Edited = dict[str, dict[tuple[str, str], int]]


def edited_records(order: Order) -> Edited:
    """Count the records edited, by source, then by step and what was edited (email, phone).

    Only records that go out count, each once per step and kind. Reads ids of shards with edits.
    """
    found: Edited = {}
    for shard, rows, paths in zip(order.shards, order.rows, order.edits, strict=True):
        if not paths or not len(rows):
            continue
        ids = read_parquet(Path(shard.sizes), ["id"])["id"].gather(rows)
        edits = pl.concat([read_parquet(path, ["id", "step", "what"]) for path in paths])
        living = edits.filter(pl.col("id").is_in(ids.implode())).unique()
        own = found.setdefault(shard.source, {})
        for step, what, count in living.group_by("step", "what").len().iter_rows():
            own[step, what] = own.get((step, what), 0) + count
    return {source: dict(sorted(own.items())) for source, own in found.items()}


def said(edits: dict[tuple[str, str], int]) -> list[str]:
    """Say the edits of one source: `06-pii: email in 8 records`."""
    return [f"{step}: {what} in {count:,} records" for (step, what), count in edits.items()]
