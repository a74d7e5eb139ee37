"""Who stays: freest licence, then source priority, human before generated, longest, smallest id."""

from __future__ import annotations

import polars as pl

from llmx_data.license.facts import Facts
from llmx_data.license.freedom import license_rank

ORDER = ["license_rank", "priority_rank", "generated", "shortness", "id"]
"""Columns a survivor is chosen by, each smallest first."""


KEPT = [
    pl.col("id").first().alias("kept_id"),
    pl.col("source").first().alias("kept_source"),
    pl.col("license_declared").first().alias("kept_license"),
]
"""What is told of the one who stays, the first of its group."""


def ranked(described: pl.DataFrame, facts: Facts, priorities: dict[str, int]) -> pl.DataFrame:
    """Add the columns of ORDER to `id, source, license_declared, generator, chars_count`."""
    licenses = described["license_declared"].unique().to_list()
    ranks = {license: license_rank(license, facts) for license in licenses}
    return described.with_columns(
        license_rank=pl.col("license_declared").replace_strict(ranks, return_dtype=pl.Int8),
        priority_rank=-pl.col("source").replace_strict(
            priorities, default=0, return_dtype=pl.Int64
        ),
        generated=pl.col("generator").is_not_null(),
        shortness=-pl.col("chars_count").cast(pl.Int64),
    )
