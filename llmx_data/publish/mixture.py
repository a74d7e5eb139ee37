"""A mix as it goes out: records in the order drawn for them, and what the card tells of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from llmx_data.core.storage import read_parquet
from llmx_data.publish.materialize import published

if TYPE_CHECKING:
    from llmx_data.publish.stage import Order

PART_CHARS = 100_000_000
"""Characters of records that are brought into order at once: about 1 GB of memory. Ours."""


def drawn(order: Order, groups: pl.DataFrame, on: list[str]) -> Iterator[pl.DataFrame]:
    """Give what a mix takes, with `license`, `config`, `split`, `weight` and `cluster`.

    Every shard is read once for each PART_CHARS of all together.
    """
    taken = [
        read_parquet(path).filter(pl.col("row").is_in(pl.Series(rows, dtype=pl.UInt32).implode()))
        for path, rows in zip(order.mixed, order.rows, strict=True)
    ]
    places = np.sort(np.concatenate([frame["place"].to_numpy() for frame in taken]))
    parts = 1 + sum(shard.chars for shard in order.shards) // PART_CHARS
    for part in np.array_split(places, parts):
        if len(part):
            yield _part(order, taken, (int(part[0]), int(part[-1])), groups, on)


def _part(
    order: Order,
    taken: list[pl.DataFrame],
    ends: tuple[int, int],
    groups: pl.DataFrame,
    on: list[str],
) -> pl.DataFrame:
    frames = []
    for shard, edits, table in zip(order.shards, order.edits, taken, strict=True):
        here = table.filter(pl.col("place").is_between(*ends)).sort("row")
        if not here.height:
            continue
        frame = published(shard, here["row"].to_numpy(), edits, groups, on)
        frames.append(frame.with_columns(here.select("split", "weight", "cluster", "place")))
    return pl.concat(frames).sort("place")


def mix_lines(table: dict[str, Any]) -> list[str]:
    """Section of the data card: what each run gives, and how the splits were made."""
    unit = "records" if table["unit"] == "rows" else table["unit"]
    lines = [
        "",
        "## The mix",
        "",
        f"| run | source | train | times seen | an epoch, {unit} | dev |",
        "|---|---|--:|--:|--:|--:|",
    ]
    for run in table["runs"]:
        for source in run["sources"]:
            lines.append(
                f"| {run['name']} | {source['source']} | {source['train']['records']:,} | "
                f"{run['upsample']} | {source['epoch'][unit]:,} | {source['dev']['records']:,} |"
            )
    lines += [
        f"| all | | {table['train']['records']:,} | | {table['epoch'][unit]:,} | "
        f"{table['dev']['records']:,} |",
        "",
        f"| run | share of an epoch asked, {unit} | reached |",
        "|---|--:|--:|",
        *(f"| {r['name']} | {r['asked']:.1%} | {r['reached']:.1%} |" for r in table["runs"]),
        "",
        "`weight` says how often a record is seen in an epoch of training; in dev it is 1. Records "
        "whose texts are near duplicates, that were made of one another or of the same records, or "
        "that answer the same words share a `cluster`; no cluster is in both splits. Rows are in "
        "an order drawn by hash, so that the first rows of a split are a sample of it.",
    ]
    return lines
