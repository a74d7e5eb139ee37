"""Who stays: freest licence, then source priority, human before generated, longest, smallest id."""

from __future__ import annotations

from functools import lru_cache

import polars as pl

from llmx_data.license.expression import branches
from llmx_data.license.facts import UNKNOWN, UNKNOWN_VERSION, Facts

ORDER = ["license_rank", "priority_rank", "generated", "shortness", "id"]
"""Columns a survivor is chosen by, each smallest first."""


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


@lru_cache(maxsize=1024)
def license_rank(expression: str, facts: Facts) -> int:
    """Rank by freedom: 0 no condition, 1 notice, 2 share-alike, 3 limited, 4 unknown.

    Of alternatives (OR) the freest counts, of licences that all apply (AND) the strictest.
    """
    return min(max(_rank(atom, facts) for atom in branch) for branch in branches(expression))


def _rank(license: str, facts: Facts) -> int:
    terms = facts.terms.get(license)
    if terms is None or license in (UNKNOWN, UNKNOWN_VERSION):
        return 4
    if terms.limitations:
        return 3
    if terms.share_alike is not None:
        return 2
    return 1 if terms.conditions else 0
