"""Keep what a classifier finds good: above a score, or the best share of all records."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pydantic import Field, model_validator

from llmx_data.filter import Filter, Need, Reason, Share, below


class Classifier(Filter):
    """A cut on `<name>_score`. Reason: `low_<name>_score`.

    `min_score` is a fixed cut; `keep_top` is a quantile over all living records, whose threshold
    the stage finds when every shard is scored (`global_cut`). One of the two must be given.
    """

    files: ClassVar[tuple[str, ...]] = ("model",)

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    """Beginning of the column, and middle of the reason."""

    model: str
    """The .bin file, told from the recipe's folder."""

    label: str = "yes"
    """The label whose probability is the score."""

    min_score: Share | None = None
    """Lowest score kept, 0..1. A model's scores mean what its training data meant."""

    keep_top: float | None = Field(default=None, gt=0, le=1)
    """Share of the living records kept, the best first; 0.5 where nothing better is known."""

    @model_validator(mode="after")
    def _has_a_cut(self) -> Classifier:
        if self.min_score is None and self.keep_top is None:
            raise ValueError("give min_score or keep_top (keep_top: 0.5 keeps the better half)")
        return self

    def needs(self) -> list[Need]:
        """Ask for the score."""
        options = {"name": self.name, "model": self.model, "label": self.label}
        return [Need("classifier", options)]

    def reasons(self) -> Iterator[Reason]:
        """Yield low_<name>_score for the fixed cut."""
        yield from below(f"low_{self.name}_score", f"{self.name}_score", self.min_score)

    def global_cut(self) -> tuple[str, str, float] | None:
        """Reason, column and share kept."""
        if self.keep_top is None:
            return None
        return f"low_{self.name}_score", f"{self.name}_score", self.keep_top
