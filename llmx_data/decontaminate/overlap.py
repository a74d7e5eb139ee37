"""Which evaluation sets a record may not quote, and how much of a question is too much."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import polars as pl
from pydantic import BaseModel, ConfigDict

from llmx_data.core.part import Part
from llmx_data.decontaminate import index
from llmx_data.decontaminate.evaluations import read_evaluation

if TYPE_CHECKING:
    from llmx_data.kernels.overlap import GramIndex


class Against(BaseModel):
    """One evaluation file."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    name: str
    """Name in drops and reports; a drop is evidenced by `name#row`."""

    path: str
    """JSON, JSON lines, CSV or TSV (.gz and .zst too)."""

    fields: list[str] | None = None
    """Fields that hold the question (`data.paragraphs.qas.question` for nested ones); None tries
    the usual names. A context or an answer is better left out: it may be common knowledge."""


class Overlap(Part):
    """Drop records that hold questions of evaluation sets, by shared character n-grams."""

    cost: ClassVar[float] = 20.0
    files: ClassVar[tuple[str, ...]] = ("against.path",)

    against: list[Against]
    """Evaluation sets to keep clear of."""

    n: int = 13
    """Size of a gram in characters of folded text (GPT-3's 13, counted in characters)."""

    short_n: int = 8
    """Size for questions under 2 n characters (ours; JCommonsenseQA's have 14 in the middle)."""

    max_share: float = 0.5
    """Most of a question's grams allowed, 0..1 (ours: half a question is no accident)."""

    min_hits: int = 4
    """Fewest shared grams that count (ours: shorter runs are set phrases)."""

    @cached_property
    def grams(self) -> GramIndex:
        """Index of the questions, built once."""
        return self.build()

    def build(self) -> GramIndex:
        """Read the evaluation sets and index their questions."""
        questions = [
            question
            for one in self.against
            for question in read_evaluation(Path(one.path), name=one.name, fields=one.fields)
        ]
        return index(questions, n=self.n, short_n=self.short_n)

    def contaminated(self, found: pl.DataFrame) -> pl.DataFrame:
        """Rows of `probe` that are reason to drop (`contaminated`), the worst item of each row."""
        bad = (pl.col("share") > self.max_share) & (pl.col("hits_count") >= self.min_hits)
        return found.filter(bad).unique("row", keep="first", maintain_order=True)
