"""Normalizers: one file each, applied in the recipe's order in the same pass as ingest."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import Literal

import polars as pl

from llmx_data.core.part import Part


class Normalizer(Part):
    """A pure rewrite of a column of texts; null stays null."""

    def adaptation(self) -> Literal["technical", "normalized"]:
        """Say what a change by this part makes of a verbatim record (licences ask)."""
        return "technical"

    @abstractmethod
    def apply(self, texts: pl.Series) -> pl.Series:
        """Rewrite every text."""


def only(texts: pl.Series, hit: pl.Series, rewrite: Callable[[pl.Series], pl.Series]) -> pl.Series:
    """Rewrite the texts that `hit` marks; with none marked the same series comes back.

    A cheap look first saves most of the cost: few texts hold what a normalizer looks for.
    """
    at = hit.fill_null(False).arg_true()
    if not len(at):
        return texts
    if len(at) == len(texts):
        return rewrite(texts)
    return texts.clone().scatter(at, rewrite(texts.gather(at)))
