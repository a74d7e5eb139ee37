"""Did tuning help: paired bootstrap of tuned minus base, always with its interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from llmx_data.core.part import content_key
from llmx_train.evaluate.requests import Direction

RESAMPLES = 10_000
"""Draws of the bootstrap; the ends of the interval then vary by about 1 % of its width."""

LEVEL = 0.95
"""Share of draws inside the interval."""

_CHUNK = 1 << 22
"""Most numbers drawn at once: 32 MB."""

Verdict = Literal["better", "worse", "undecided"]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Pairs:
    """Values of one metric for the same items of both models, and the weights of the items."""

    base: Floats
    tuned: Floats
    weight: Floats

    @property
    def difference(self) -> Floats:
        """Tuned minus base, per item."""
        return self.tuned - self.base


@dataclass(frozen=True)
class Told:
    """Difference of a mean, its interval, and what may be said of it."""

    n: int
    base: float | None
    tuned: float | None
    difference: float | None
    low: float | None
    high: float | None
    verdict: Verdict
    why: str
    """Empty for a verdict by interval; else why nothing can be decided."""

    def row(self) -> dict[str, Any]:
        """As a JSON object."""
        return asdict(self)


def compare(
    strata: Sequence[Pairs], direction: Direction, *, seed: int = 0, resamples: int = RESAMPLES
) -> Told:
    """Compare the mean over strata (tasks of an aspect; one for a task) of weighted item means.

    Items are drawn with replacement inside each stratum, both models by the same draw; the
    interval is that of percentiles. better or worse only where it lies on one side of 0; metrics
    without a direction are never judged. Fewer than two items, or the same difference everywhere,
    has no spread to draw from: undecided, and `why` says so. Cost: 0.2 s for 1,000 items.
    """
    n = sum(len(pairs.base) for pairs in strata)
    if not n:
        return Told(0, None, None, None, None, None, "undecided", "no common items")
    base, tuned = (
        float(np.mean([np.average(values, weights=p.weight) for values, p in side]))
        for side in (
            [(p.base, p) for p in strata if len(p.base)],
            [(p.tuned, p) for p in strata if len(p.base)],
        )
    )
    told = tuned - base
    if min(len(pairs.base) for pairs in strata) < 2:
        return Told(n, base, tuned, told, None, None, "undecided", "fewer than two items")
    if all(np.ptp(pairs.difference) == 0 for pairs in strata):
        same = "no item differs" if told == 0 else "every item differs by the same"
        return Told(n, base, tuned, told, told, told, "undecided", same)
    draws = np.mean([_draws(p, seed + k, resamples) for k, p in enumerate(strata)], axis=0)
    low, high = np.quantile(draws, [(1 - LEVEL) / 2, (1 + LEVEL) / 2]).tolist()
    return Told(n, base, tuned, told, low, high, _verdict(low, high, direction), _why(direction))


def _draws(pairs: Pairs, seed: int, resamples: int) -> Floats:
    """Weighted mean difference of every draw."""
    rng = np.random.default_rng(seed)
    n = len(pairs.base)
    product, weight = pairs.difference * pairs.weight, pairs.weight
    means = np.empty(resamples)
    step = max(1, _CHUNK // n)
    for start in range(0, resamples, step):
        stop = min(start + step, resamples)
        picked = rng.integers(0, n, size=(stop - start, n))
        means[start:stop] = product[picked].sum(1) / weight[picked].sum(1)
    return means


def _verdict(low: float, high: float, direction: Direction) -> Verdict:
    if direction == "none" or low <= 0 <= high:
        return "undecided"
    return "better" if (low > 0) == (direction == "higher") else "worse"


def _why(direction: Direction) -> str:
    return "neither way is better" if direction == "none" else ""


def seed_of(seed: int, *names: str) -> int:
    """Seed of one comparison, from the recipe's seed and its name."""
    return int(content_key([seed, *names]), 16) % (1 << 32)
