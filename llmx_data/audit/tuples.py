"""Group living records by what their licence rests on; the law judges these groups, not rows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from llmx_data.core.edits import raised
from llmx_data.core.store import Rows, Shard
from llmx_data.core.tables import LICENSE_COLUMNS as COLUMNS
from llmx_data.license.gate import Tuple


def count_tuples(
    shards: Sequence[Shard], rows: Sequence[Rows], edits: Sequence[Sequence[Path]]
) -> pl.DataFrame:
    """Distinct tuples (COLUMNS) with their records, chars and tokens, sorted."""
    frames = [
        living_tuples(shard, some, paths)
        .group_by(COLUMNS)
        .agg(
            pl.len().cast(pl.Int64).alias("records"),
            pl.col("chars_count").sum().cast(pl.Int64).alias("chars"),
            pl.col("tokens_count").sum().cast(pl.Int64).alias("tokens"),
        )
        for shard, some, paths in zip(shards, rows, edits, strict=True)
        if len(some)
    ]
    if not frames:
        return pl.DataFrame(schema=dict.fromkeys([*COLUMNS, "records", "chars", "tokens"], pl.Null))
    return (
        pl.concat(frames)
        .group_by(COLUMNS)
        .agg(pl.sum("records", "chars", "tokens"))
        .sort(
            pl.col("source"),
            pl.col("records"),
            *COLUMNS[1:5],
            "adaptation",
            "generator",
            descending=[False, True, *[False] * 6],
            nulls_last=True,
        )
    )


def living_tuples(shard: Shard, rows: Rows, edits: Sequence[Path]) -> pl.DataFrame:
    """COLUMNS and sizes of the living of a shard as they go out; `terms` joined to one string."""
    records = pl.read_parquet(shard.path, columns=COLUMNS)[rows]
    sizes = pl.read_parquet(shard.sizes, columns=["id", "chars_count", "tokens_count"])[rows]
    edited = pl.Series([i for path in edits for i in pl.read_parquet(path)["id"]], dtype=pl.String)
    return (
        pl.concat([records, sizes], how="horizontal")
        .with_columns(
            raised(pl.col("id").is_in(edited.unique().implode())),
            terms=pl.col("terms").list.sort().list.join("\n"),
        )
        .select(*COLUMNS, "chars_count", "tokens_count")
    )


def to_tuple(row: dict[str, object], card: str | None = None) -> Tuple:
    """Row of `count_tuples` as the law sees it; `card` is the data set's in the catalogue."""
    facts = {k: row[k] for k in COLUMNS if k not in ("kind", "terms")}
    terms = tuple(str(row["terms"]).split("\n")) if row["terms"] else ()
    return Tuple(terms=terms, origin=card, records=int(str(row["records"])), **facts)  # type: ignore[arg-type]
