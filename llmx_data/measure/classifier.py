"""Score of a trained classifier, read from the whole text."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import polars as pl
from pydantic import Field

from llmx_data.measure import Measure, Texts

if TYPE_CHECKING:
    from llmx_data.kernels.fasttext_model import Collapsed


class Classifier(Measure):
    """Probability that a fastText model with two labels gives one of them.

    Gives: `<name>_score`, 0..1, rounded to 4 decimals; null for empty text. The package fasttext is
    not needed. Cost: 25 us per 1,000 characters. Errors: DataError for a model of another kind.
    """

    cost: ClassVar[float] = 25.0
    files: ClassVar[tuple[str, ...]] = ("model",)

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    """Beginning of the column."""

    model: str
    """The .bin file, told from the recipe's folder; `llmx classifier train` makes one."""

    label: str = "yes"
    """The label whose probability is the score (without `__label__`)."""

    @cached_property
    def collapsed(self) -> Collapsed:
        """The model as a table, read once."""
        from llmx_data.kernels.fasttext_model import read_model

        return read_model(Path(self.model))

    def gives(self) -> dict[str, pl.DataType]:
        """One score."""
        return {f"{self.name}_score": pl.Float64()}

    def measure(self, texts: Texts) -> pl.DataFrame:
        """Score the folded texts."""
        folded = texts.folded
        scores = pl.Series(self.collapsed.scores(folded, self.label)).round(4)
        empty = pl.Series(folded.offsets[1:] == folded.offsets[:-1])
        frame = pl.DataFrame({"score": scores, "empty": empty})
        return frame.select(
            pl.when(~pl.col("empty")).then(pl.col("score")).alias(f"{self.name}_score")
        )
