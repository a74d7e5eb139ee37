"""How much of an epoch each run fills: exact arithmetic, so that no rounding decides."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from llmx_data.mix.options import exact


def asked(have: Sequence[int], weights: Sequence[float | None]) -> list[Fraction]:
    """Share of an epoch that each run is asked for; they add up to 1 where there is anything.

    Runs without a weight divide what the others leave by what they have.
    """
    told = [exact(weight) if weight is not None else None for weight in weights]
    rest = 1 - sum((weight for weight in told if weight is not None), Fraction(0))
    size = sum(has for has, weight in zip(have, told, strict=True) if weight is None)
    return [
        weight if weight is not None else rest * Fraction(has, size) if size else Fraction(0)
        for has, weight in zip(have, told, strict=True)
    ]


def quotas(have: Sequence[int], weights: Sequence[float | None], budget: int | None) -> list[int]:
    """How much each run fills of an epoch of `budget`, in the same unit as `have`.

    What a run cannot fill is divided among the others by their shares. Without a budget an epoch
    is as large as the scarcest run allows that has anything; without weights either, all is taken.
    """
    shares = asked(have, weights)
    if budget is None:
        if all(weight is None for weight in weights):
            return list(have)
        filled = [has / share for has, share in zip(have, shares, strict=True) if has and share]
        epoch = min(filled, default=Fraction(0))
        return [min(has, int(share * epoch)) for has, share in zip(have, shares, strict=True)]
    found: dict[int, int] = {}
    left = Fraction(budget)
    while len(found) < len(have):
        open_ = [i for i in range(len(have)) if i not in found]
        whole = sum((shares[i] for i in open_), Fraction(0))
        part = {i: left * shares[i] / whole if whole else Fraction(0) for i in open_}
        short = [i for i in open_ if have[i] <= part[i]]
        found |= {i: have[i] if short else int(part[i]) for i in short or open_}
        left -= sum(have[i] for i in short)
    return [found[i] for i in range(len(have))]
