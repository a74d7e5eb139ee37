"""Filters: one file per filter; each is data over features and measures nothing itself."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

import polars as pl
from pydantic import Field

from llmx_data.core.part import Part

On = Literal["all", "prompt", "answer"]
Share = Annotated[float, Field(ge=0, le=1)]
"""A share of something: 0 to 1, so that a percentage is a mistake and not a filter for all."""


@dataclass(frozen=True)
class Need:
    """A measure that a filter wants, by name and options (rooms do not import each other)."""

    measure: str
    options: dict[str, Any] = field(default_factory=dict)
    folder: str = "."

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
    """Which text is judged: the whole record, the user's side, or the assistant's side."""

    def global_cut(self) -> tuple[str, str, float] | None:
        """(reason, column, share kept) if the threshold is a quantile over all living records."""
        return None

    @abstractmethod
    def needs(self) -> list[Need]:
        """Measures whose columns `reasons()` reads."""

    @abstractmethod
    def reasons(self) -> Iterator[Reason]:
        """Grounds for dropping, in the order in which the first one wins."""
