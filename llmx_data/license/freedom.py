"""How free a licence is, roughly: which of two copies of a text to keep, and which to doubt."""

from __future__ import annotations

from functools import lru_cache

from llmx_data.license.expression import branches
from llmx_data.license.facts import UNKNOWN, UNKNOWN_VERSION, Facts


@lru_cache(maxsize=1024)
def license_rank(expression: str, facts: Facts) -> int:
    """Rank by freedom: 0 no condition, 1 notice, 2 share-alike, 3 limited, 4 unknown.

    Of alternatives (OR) the freest counts, of licences that all apply (AND) the strictest.
    """
    return min(max(_rank(atom, facts) for atom in branch) for branch in branches(expression))


def _rank(license: str, facts: Facts) -> int:
    terms = facts.terms.get(license)
    if terms is None or license in (UNKNOWN, UNKNOWN_VERSION):
        return 4
    if terms.limitations:
        return 3
    if terms.share_alike is not None:
        return 2
    return 1 if terms.conditions else 0
