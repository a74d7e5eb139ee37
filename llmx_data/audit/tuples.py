"""Group living records by what their licence rests on; the law judges these groups, not rows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from llmx_data.core.edits import raised
from llmx_data.core.storage import read_parquet
from llmx_data.core.store import Rows, Shard
from llmx_data.core.tables import LICENSE_COLUMNS as COLUMNS
from llmx_data.core.tuples import CASE
from llmx_data.license.gate import Tuple

EDITED = "edited"


def count_tuples(
    shards: Sequence[Shard], rows: Sequence[Rows], edits: Sequence[Sequence[Path]]
) -> pl.DataFrame:
    """Distinct tuples (COLUMNS) with their records, chars and tokens, sorted.

    `terms` is joined to one string. Reads numbers only: 10 million records in 200 shards take 2 s.
    """
    frames = [
        _cases(shard, _counted(living_cases(shard, some, paths)))
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
            "origin",
            descending=[False, True, *[False] * 7],
            nulls_last=True,
        )
    )


def living_cases(shard: Shard, rows: Rows, edits: Sequence[Path]) -> pl.DataFrame:
    """Spine of the living of a shard: case_number, chars_count, tokens_count, edited."""
    columns = [CASE, "chars_count", "tokens_count", *(["id"] if edits else [])]
    spine = read_parquet(Path(shard.sizes), columns)
    living = spine if len(rows) == spine.height else spine[rows]
    ids = [i for path in edits for i in pl.read_parquet(path, columns=["id"])["id"]]
    if not ids:
        return living.select(CASE, "chars_count", "tokens_count", pl.lit(False).alias(EDITED))
    edited = pl.Series(ids, dtype=pl.String).unique().implode()
    return living.with_columns(pl.col("id").is_in(edited).alias(EDITED)).drop("id")


def living_tuples(shard: Shard, rows: Rows, edits: Sequence[Path]) -> pl.DataFrame:
    """COLUMNS of the living of a shard as they go out, a row each in order."""
    return _cases(shard, living_cases(shard, rows, edits)).select(COLUMNS)


def _counted(living: pl.DataFrame) -> pl.DataFrame:
    return living.group_by(CASE, EDITED).agg(
        pl.len().cast(pl.Int64).alias("records"),
        pl.col("chars_count").sum().cast(pl.Int64).alias("chars"),
        pl.col("tokens_count").sum().cast(pl.Int64).alias("tokens"),
    )


def _cases(shard: Shard, frame: pl.DataFrame) -> pl.DataFrame:
    """Put the columns of the cases beside their numbers, raised where records are edited."""
    cases = read_parquet(Path(shard.cases))[frame[CASE]]
    told = pl.concat([cases, frame.drop(CASE)], how="horizontal")
    return told.with_columns(raised(pl.col(EDITED))).drop(EDITED)


def to_tuple(row: dict[str, object], card: str | None = None) -> Tuple:
    """Row of `count_tuples` as the law sees it; `card` is the data set's in the catalogue."""
    facts = {k: row[k] for k in COLUMNS if k not in ("kind", "terms", "origin")}
    origin = str(row["origin"]) if row.get("origin") else card
    terms = tuple(str(row["terms"]).split("\n")) if row["terms"] else ()
    return Tuple(terms=terms, origin=origin, records=int(str(row["records"])), **facts)  # type: ignore[arg-type]
