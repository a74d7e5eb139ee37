"""Carry recovered origins into records: each row's own licence, terms, generator and author."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from llmx_data.core.errors import DataError
from llmx_data.core.tables import ORIGINS
from llmx_data.license.facts import UNKNOWN

TAKEN = ("origin", "license", "license_db", "terms", "generator", "attribution")
"""Columns of origins that a record takes over."""


def recovered(frame: pl.DataFrame, origins: str | None) -> pl.DataFrame:
    """Give records the licence of their origin; without one it is unknown, whatever was declared.

    `origins` is the table that `llmx license recover` wrote for the same source, read with the
    same name, key and columns: ids are hashes of these. Without it nothing changes. Terms add up.
    Errors: DataError for a file that is no such table, or that knows none of the records.
    """
    if origins is None or not frame.height:
        return frame
    found = frame.select("id").join(
        _table(Path(origins), frame["id"]), on="id", how="left", maintain_order="left"
    )
    known = found["license"].is_not_null()
    if not found["here"].any():
        raise DataError(
            f"{origins}: holds none of the records of source '{frame['source'][0]}'\n    its name, "
            "key, columns and rows must be those of the run that the origins were recovered from"
        )
    terms = pl.col("terms").list.set_union(found["terms"].fill_null([])).list.sort()
    return frame.with_columns(
        pl.when(known).then(found["license"]).otherwise(pl.lit(UNKNOWN)).alias("license_declared"),
        found["origin"],
        pl.lit("computed").alias("license_basis"),
        pl.coalesce(found["license_db"], "license_db").alias("license_db"),
        terms.alias("terms"),
        pl.coalesce(found["generator"], "generator").alias("generator"),
        pl.coalesce("attribution", found["attribution"]).alias("attribution"),
    )


def _table(path: Path, ids: pl.Series) -> pl.DataFrame:
    table = pl.scan_parquet(path, glob=False)
    lacking = [name for name in ORIGINS if name not in table.collect_schema()]
    if lacking:
        raise DataError(
            f"{path}: no table of origins ('{lacking[0]}' is missing)\n    llmx license recover RUN"
        )
    mine = table.filter(pl.col("id").is_in(ids.implode())).select("id", *TAKEN)
    return mine.with_columns(here=pl.lit(True)).collect()
