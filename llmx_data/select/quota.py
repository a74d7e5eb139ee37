"""A quota: how many records may share a key, how many stay in all, and which ones."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationInfo, field_validator

from llmx_data.core.errors import nearest
from llmx_data.core.part import Part
from llmx_data.core.parts import column_owners, find

Limit = Annotated[int, Field(ge=1)]


class Quota(Part):
    """Keep at most N records per value of a key, and at most `count` in all.

    Reasons: over_cap, over_count. Records are taken in the order of a hash of seed and id, best
    first where `prefer` says so; one is taken unless a group of it is full. So neither the order
    of files nor the number of workers changes what stays.
    Errors: RecipeError for a quota without a limit, or a column that no measure gives.
    """

    cap: dict[str, Limit] = Field(default_factory=dict)
    """Most records per value of a key: {method: 500, parent: 3}. Keys: source, kind, license,
    generator, parent, or a name in meta (meta.kind where both have it). A record without the
    key is never capped."""
    count: Limit | None = Field(None, validate_default=True)
    """Most records in all, of those that no cap holds back."""
    seed: int = 1
    """Another seed, other records of the same worth."""
    prefer: str | None = None
    """Feature whose highest values stay, of a measure without options; null comes last, ties are
    broken by the hash. None takes records by the hash alone."""
    on: Literal["all", "prompt", "answer"] = "all"
    """Side of the record on which `prefer` is measured; a measure of pairs reads both."""

    @field_validator("count")
    @classmethod
    def _limits_something(cls, count: int | None, info: ValidationInfo) -> int | None:
        if count is None and not info.data.get("cap", True):
            raise ValueError("nothing is limited: say cap, count or both")
        return count

    @field_validator("prefer")
    @classmethod
    def _is_a_number(cls, column: str | None) -> str | None:
        owners = column_owners()
        if column is not None and column not in owners:
            raise ValueError(f"no measure gives '{column}': {nearest(column, list(owners))}")
        if column is not None and not _measure(column).gives()[column].is_numeric():
            raise ValueError(f"'{column}' is no number, so there is no highest")
        return column

    @property
    def cost(self) -> float:
        """Microseconds per 1,000 characters: 7 us a record with two keys, and what is measured."""
        return 7.0 + (float(self.measure().cost) if self.prefer is not None else 0.0)

    def measure(self) -> Any:
        """Build the measure that gives the column `prefer`."""
        assert self.prefer is not None
        return _measure(self.prefer)

    @property
    def side(self) -> str:
        """Side that the measure reads: `pair` for one that compares a prompt with its answer."""
        return "pair" if getattr(self.measure(), "reads_pairs", False) else self.on

    def digest(self, **more: object) -> str:
        """Content key; that of the measure has a share in it."""
        if self.prefer is not None:
            more |= {"measure": self.measure().digest()}
        return super().digest(**more)


def _measure(column: str) -> Any:
    return find("measure", column_owners()[column], Path())()
