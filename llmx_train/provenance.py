"""What a model was trained on, record by record: `provenance.parquet`, and its sums by source."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from llmx_data.core.errors import DataError
from llmx_data.core.storage import read_json, read_parquet
from llmx_train.prepare import files
from llmx_train.tokenfile import Kind

FILE = "provenance.parquet"
KEYS = ["record_id", "source", "license", "generator", "times_seen", "supervised_seen"]


def provenance(run: Path, mix: Path) -> pl.DataFrame:
    """Tell how often training saw every record, sorted by source and id.

    Gives record_id, source, license (concluded), generator (the model that wrote it, as its row
    says; null else), times_seen (weight x epochs trained; where the epochs are no whole number it
    is the mean: which rows the last part held is not kept) and supervised_seen (tokens learned
    from it, over all times). Rows of weight 0 are left out: they were never seen.
    Cost: two columns of the mix in memory. Errors: DataError where the run is not trained, or was
    prepared from another mix.
    """
    told = _read(run / "train.json")
    rows = read_parquet(
        run / "tokens" / "train.parquet",
        ["record_id", "source", "license", "weight", "supervised_count"],
    )
    kind: Kind = told["kind"]
    written = _writers(mix, kind)
    strange = rows.join(written, on="record_id", how="anti")
    if strange.height:
        first = strange["record_id"][0]
        raise DataError(
            f"{mix}: not the mix that this run was prepared from: it lacks {strange.height:,} of "
            f"its records, the first is {first}\n    give the mix of the run"
        )
    times = pl.col("weight").cast(pl.Float64) * float(told["epochs"])
    seen = rows.join(written, on="record_id", how="left").with_columns(times_seen=times)
    seen = seen.with_columns(supervised_seen=pl.col("supervised_count") * pl.col("times_seen"))
    return seen.filter(pl.col("times_seen") > 0).select(KEYS).sort("source", "record_id")


def by_source(seen: pl.DataFrame) -> pl.DataFrame:
    """Sum the records by source and licence, in their order.

    Gives source, license, records, times_seen, supervised_seen, and written_by_models: the records
    whose rows name a generator.
    """
    return (
        seen.group_by("source", "license")
        .agg(
            records=pl.len().cast(pl.Int64),
            times_seen=pl.col("times_seen").sum(),
            supervised_seen=pl.col("supervised_seen").sum(),
            written_by_models=pl.col("generator").is_not_null().sum().cast(pl.Int64),
        )
        .sort("source", "license")
    )


def _writers(mix: Path, kind: Kind) -> pl.DataFrame:
    """Model that wrote each record of the mix, by its id."""
    frames = [
        read_parquet(path, ["id", "generator"]).cast(pl.String)
        for path in files(mix, kind, "train")
    ]
    if not frames:
        raise DataError(f"{mix}: no records of a {kind} run\n    give the mix of the run")
    joined = pl.concat(frames).rename({"id": "record_id"})
    return joined.unique("record_id", keep="first", maintain_order=True)


def _read(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise DataError(f"{path}: no such file\n    only a trained run can be packaged")
    found: dict[str, Any] = read_json(path)
    return found
