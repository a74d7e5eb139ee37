"""What a mix recipe says of sizes, shares and the dev split, as strict records."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from llmx_data.core.errors import nearest
from llmx_data.core.parts import column_owners

Unit = Literal["rows", "chars", "tokens"]
Use = Literal["train", "dev", "both"]
Kind = Literal["document", "instruction", "conversation", "preference"]

UNITS: tuple[Unit, ...] = ("rows", "chars", "tokens")
CHATS: tuple[Kind, ...] = ("instruction", "conversation", "preference")
"""Kinds with messages: what a run gives to a mix unless told."""


class Strict(BaseModel):
    """Unknown keys and wrong types are mistakes."""

    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, use_attribute_docstrings=True
    )


class Size(Strict):
    """A number of records, characters or tokens; one of them."""

    rows: int | None = Field(default=None, ge=1)
    """Records."""
    chars: int | None = Field(default=None, ge=1)
    """Characters of `text`."""
    tokens: int | None = Field(default=None, ge=1)
    """Tokens of `text` by the recipe's tokenizer, without those of a template."""

    @model_validator(mode="after")
    def _one(self) -> Size:
        if sum(getattr(self, unit) is not None for unit in UNITS) != 1:
            raise ValueError("say one of rows, chars and tokens")
        return self

    @property
    def unit(self) -> Unit:
        """What is counted."""
        return next(unit for unit in UNITS if getattr(self, unit) is not None)

    @property
    def count(self) -> int:
        """How many of the unit."""
        return int(getattr(self, self.unit))


class Select(Strict):
    """Which records are taken first where not all are."""

    prefer: str
    """A numeric column of a measure without options, or `meta.NAME`; highest first, null last."""
    on: Literal["all", "prompt", "answer"] = "all"
    """Side of the record on which the column is measured."""

    @field_validator("prefer")
    @classmethod
    def _is_a_number(cls, column: str) -> str:
        owners = column_owners()
        if not column.startswith("meta.") and column not in owners:
            raise ValueError(f"no measure gives '{column}': {nearest(column, list(owners))}")
        return column


class Share(Strict):
    """What one run of a mix may give, and how."""

    name: str | None = None
    """Name in tables; the run's unless told."""
    weight: float | None = Field(default=None, gt=0, le=1)
    """Share of an epoch, 0..1. Runs without one divide what is left by their size."""
    cap: Size | None = None
    """Most that is taken of it, before upsampling."""
    upsample: int = Field(default=1, ge=1)
    """Times that each of its records is seen in an epoch; in training only."""
    select: Select | None = None
    """Which of its records are taken first; by a hash of seed and id unless told."""
    use: Use = "both"
    """Whether it is trained on, held out as dev, or both."""


class Entry(Share):
    """One run of a mix as the recipe names it."""

    run: str | None = None
    """Directory of a finished run."""
    recipe: str | None = None
    """A curate or synth recipe that is run first."""
    kinds: list[Kind] = Field(default_factory=lambda: [*CHATS], min_length=1)
    """Kinds of record that are taken."""
    only: list[str] = Field(default_factory=list)
    """Sources that are taken; all unless told."""

    def share(self) -> dict[str, object]:
        """Give the options that decide how much is taken."""
        return self.model_dump(mode="json", include=set(Share.model_fields))


class Dev(Strict):
    """How many records are held out, and what must not be on both sides."""

    rows: int | None = Field(default=None, ge=1)
    """Records held out, at most."""
    share: float | None = Field(default=None, gt=0, lt=1)
    """Records held out for each that the budget takes, 0..1, at most."""
    per_source_max: int | None = Field(default=None, ge=1)
    """Most records held out of one source."""
    similar: float = Field(default=0.7, gt=0, le=1)
    """Least Jaccard of two texts that stay on one side. Ours: below it MinHash sees under half."""

    @model_validator(mode="after")
    def _one(self) -> Dev:
        if self.rows is not None and self.share is not None:
            raise ValueError("say rows or share, not both")
        return self


def exact(number: float) -> Fraction:
    """Give a decimal number as written: 0.1 is one tenth."""
    return Fraction(repr(number))


def fault_of(weights: Sequence[float | None]) -> str | None:
    """Say what is wrong with the weights together; None if nothing is."""
    told = [exact(weight) for weight in weights if weight is not None]
    total, is_open = sum(told, Fraction(0)), len(told) < len(weights)
    if total > 1 or (total == 1 and is_open):
        return f"weights add up to {float(total):g}: " + (
            "nothing is left for the others" if total == 1 else "more than the whole"
        )
    if told and not is_open and total != 1:
        return f"weights add up to {float(total):g}, and no run takes the rest"
    return None
