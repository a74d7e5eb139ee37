"""Measures: one file per feature family; each gives columns and decides nothing."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

import polars as pl

from llmx_data.core.part import Part
from llmx_data.kernels.text import Texts

__all__ = ["Measure", "Texts"]


class Measure(Part):
    """A feature family: texts in, one row of features per text out.

    The result has exactly the columns of `gives()`, in order, one row per text. Null means "not
    measurable" (an empty text has no shares); NaN never occurs. Columns are unique over all
    measures and carry their unit: `chars_count`, `kana_share`.
    """

    cost: ClassVar[float] = 0.0
    """Microseconds per 1,000 characters on one core, measured; orders cheap before dear."""

    @abstractmethod
    def gives(self) -> dict[str, pl.DataType]:
        """Columns of the result and their types."""

    @abstractmethod
    def measure(self, texts: Texts) -> pl.DataFrame:
        """Measure every text of a batch."""
