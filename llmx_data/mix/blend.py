"""A blend: shares of runs, budget and dev split of a mix, as one part with one key."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from llmx_data.core.part import Part
from llmx_data.mix.options import Dev, Share, Size, Unit


class Blend(Part):
    """Take so much of each run, hold a share out, and say how often each record is seen.

    Reasons: over_cap, over_budget, held_out. Two records of one cluster are never on both sides.
    """

    files: ClassVar[tuple[str, ...]] = ("members",)
    cost: ClassVar[float] = 15.0

    members: str
    """Table of what each run brings: id and number of the run."""
    shares: list[Share]
    """What each run may give, in the recipe's order."""
    budget: Size | None = None
    """Size of an epoch of training; None takes all that caps and weights allow."""
    dev: Dev = Field(default_factory=Dev)
    """What is held out."""
    seed: int = 1
    """Another seed, other records of the same worth and another order."""
    count_tokens: bool = False
    """Whether tokens were counted; sizes are told in them then."""

    @property
    def unit(self) -> Unit:
        """What shares of an epoch are counted in: the budget's unit, else tokens or characters."""
        if self.budget is not None:
            return self.budget.unit
        return "tokens" if self.count_tokens else "chars"
