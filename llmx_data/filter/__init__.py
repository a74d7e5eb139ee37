"""Filters: one file per filter; each is data over features and measures nothing itself."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import polars as pl
from pydantic import Field, model_validator

from llmx_data.core.part import Part
from llmx_data.core.parts import column_owners, find

On = Literal["all", "prompt", "answer", "pair"]
Share = Annotated[float, Field(ge=0, le=1)]
"""A share of something: 0 to 1, so that a percentage is a mistake and not a filter for all."""


@dataclass(frozen=True)
class Need:
    """A measure that a filter wants, by name and options (rooms do not import each other)."""

    measure: str
    options: dict[str, Any] = field(default_factory=dict)
    folder: str = "."

    def reads_pairs(self) -> bool:
        """Whether the measure compares a prompt with its answer, and reads no single text."""
        name = self.measure or column_owners()[self.options["column"]]
        return bool(getattr(find("measure", name, Path(self.folder)), "reads_pairs", False))

    @classmethod
    def of_column(cls, column: str) -> Need:
        """Ask for whichever measure gives `column` without options."""
        return cls("", {"column": column})


@dataclass(frozen=True)
class Reason:
    """One ground for dropping a record: `bad` is true where the record must go.

    `value` and `threshold` are written into the drop row. Null in `bad` never drops.
    """

    word: str
    bad: pl.Expr
    value: pl.Expr
    threshold: float | None


def above(word: str, column: str, limit: float | None) -> Iterator[Reason]:
    """Drop where `column` is greater than `limit`; None switches the reason off."""
    if limit is not None:
        yield Reason(word, pl.col(column) > limit, pl.col(column), limit)


def below(word: str, column: str, limit: float | None) -> Iterator[Reason]:
    """Drop where `column` is smaller than `limit`; None switches the reason off."""
    if limit is not None:
        yield Reason(word, pl.col(column) < limit, pl.col(column), limit)


class Filter(Part):
    """Thresholds over features: `needs()` names the measures, `reasons()` the grounds in order."""

    on: On = "all"
    """Which text is judged: the whole record, the user's side, the assistant's side; or the pair of
    the last answer and its prompt, by measures that compare the two."""

    @model_validator(mode="after")
    def _side_fits_measures(self) -> Self:
        """Pairs are read by measures of pairs and by no others."""
        for need in self.needs():
            if need.reads_pairs() != (self.on == "pair"):
                name = need.measure or need.options["column"]
                wanted = "on: pair" if need.reads_pairs() else "another side than on: pair"
                raise ValueError(f"'{name}' needs {wanted}")
        return self

    def global_cut(self) -> tuple[str, str, float] | None:
        """(reason, column, share kept) if the threshold is a quantile over all living records."""
        return None

    @abstractmethod
    def needs(self) -> list[Need]:
        """Measures whose columns `reasons()` reads."""

    @abstractmethod
    def reasons(self) -> Iterator[Reason]:
        """Grounds for dropping, in the order in which the first one wins."""
