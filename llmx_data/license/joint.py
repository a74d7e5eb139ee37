"""The joint algebra: which licences can cover what is made of several parts at once.

For every candidate X each part either fits or not: its licence allows X for adaptations, X carries
every restriction of every part, and no part forbids one of them. Work is candidates x parts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final, Literal

from llmx_data.license.expression import Branch
from llmx_data.license.facts import Facts
from llmx_data.license.schema import Limitation, Pair, Terms

Kind = Literal["content", "weights", "student"]
NONCOMMERCIAL: Final = "noncommercial"
# Limits that must go on binding whoever receives the result.
TRAVELLING: tuple[Limitation, ...] = (NONCOMMERCIAL, "research_only", "computational_use")
SOFTWARE = frozenset({"Apache-2.0", "MIT", "BSD-3-Clause"})


@dataclass(frozen=True)
class Part:
    """One thing that enters the whole: its alternatives, and limits from beside its licence.

    A `student` part is the terms of a generator that reach the model trained on its outputs.
    """

    name: str
    options: tuple[Branch, ...]
    kind: Kind = "content"
    limits: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Way:
    """One way out: the share-alike licence (None: free choice), terms carried along, limits.

    `picks` holds the branch of every part; `questions` licences that may forbid the limits.
    """

    license: str | None
    carried: tuple[str, ...]
    limits: frozenset[str]
    picks: tuple[Branch, ...]
    questions: tuple[str, ...]


def ways_out(parts: Sequence[Part], facts: Facts) -> list[Way]:
    """List every way the whole can go out, the most natural first; none means it cannot."""
    named = {i for part in parts for branch in part.options for i in branch}
    wider = {s for i in named for s in _share_alike(facts.terms.get(i)) or ()}
    order = [None, *sorted(wider & named, reverse=True), *sorted(wider - named)]
    return [way for x in order if (way := _way(parts, x, facts)) is not None]


def clash(parts: Sequence[Part], facts: Facts) -> tuple[Part, ...]:
    """Name the first pair that cannot go out together, or all where only the whole cannot."""
    distinct = list({(p.options, p.kind, p.limits): p for p in parts}.values())
    pairs = combinations(distinct, 2)
    return next((p for p in pairs if not ways_out(p, facts)), tuple(distinct))


def outgoing(way: Way, parts: Sequence[Part], facts: Facts) -> tuple[str, ...]:
    """Name the licences that the result carries together; empty where the choice is free."""
    own = (way.license,) if way.license is not None else _suggestion(way, parts, facts)
    ids = [*own, *(i for i in way.carried if i not in own)]
    picked = [i for branch in way.picks for i in branch]
    for limit in sorted(way.limits - {NONCOMMERCIAL}):
        if not any(limit in restrictions(i, facts) for i in ids):
            ids += [i for i in picked if limit in restrictions(i, facts)][:1]
    return tuple(dict.fromkeys(ids))


def questions(way: Way, facts: Facts, parts: Sequence[Part]) -> Iterator[tuple[Pair, str]]:
    """Find pairs of licences in the whole that no text settles: the pair, and the two ids."""
    ids = {
        i
        for part, branch in zip(parts, way.picks, strict=True)
        if part.kind != "student"
        for i in branch
    }
    for pair in facts.compat.pairs:
        one, other = sorted(ids & set(pair.one)), sorted(ids & set(pair.other))
        if one and other:
            yield pair, f"{one[0]} + {other[0]}"


def restrictions(license_id: str, facts: Facts) -> frozenset[str]:
    """List what a licence asks to go on binding: limits, its purpose, its own terms."""
    terms = facts.terms.get(license_id)
    if terms is None:
        return frozenset()
    found: set[str] = {limit for limit in TRAVELLING if limit in terms.limitations}
    found |= {f"purpose:{terms.purpose}"} if terms.purpose is not None else set()
    found |= {f"terms:{terms.id}"} if travels(terms) else set()
    return frozenset(found)


def travels(terms: Terms) -> bool:
    """Whether the terms themselves bind whoever receives adaptations."""
    if "pass_on_terms" in terms.conditions or "use_policy" in terms.conditions:
        return True
    weights = terms.binding in ("contract", "both") and "weights" in terms.layers
    return weights and "licence_copy" in terms.conditions


def _way(parts: Sequence[Part], license: str | None, facts: Facts) -> Way | None:
    certain = {i for part in parts if len(part.options) == 1 for i in part.options[0]}
    picks = [_pick(part, license, certain, facts) for part in parts]
    if any(pick is None for pick in picks):
        return None
    chosen = tuple(pick for pick in picks if pick is not None)
    limits = frozenset(r for branch in chosen for i in branch for r in restrictions(i, facts))
    limits |= {limit for part in parts for limit in part.limits}
    own = restrictions(license, facts) if license is not None else frozenset()
    asked: list[str] = []
    for part, branch in zip(parts, chosen, strict=True):
        for i in branch if part.kind != "student" else ():
            terms = facts.terms.get(i)
            if not _forbids(terms) or limits <= own | restrictions(i, facts):
                continue
            if _share_alike(terms) is not None:
                return None
            asked.append(i)
    carried = sorted(r.removeprefix("terms:") for r in limits if r.startswith("terms:"))
    plain = frozenset(r for r in limits if not r.startswith("terms:"))
    return Way(license, tuple(carried), plain, chosen, tuple(dict.fromkeys(asked)))


def _pick(part: Part, license: str | None, certain: set[str], facts: Facts) -> Branch | None:
    """Choose among the branches that allow the licence: fewest new restrictions, then questions."""
    own = restrictions(license, facts) if license is not None else frozenset()

    def cost(branch: Branch) -> tuple[int, int, int]:
        asked = {r for i in branch for r in restrictions(i, facts)}
        return len(asked - own), _asked(branch, certain, facts), len(asked)

    fitting = [b for b in part.options if all(_allows(i, license, facts) for i in b)]
    return min(fitting, key=cost, default=None) if len(fitting) > 1 else next(iter(fitting), None)


def _asked(branch: Branch, certain: set[str], facts: Facts) -> int:
    """Count the unsettled pairs that a branch would make with licences that are there anyway."""
    ids = {*branch, *certain}
    return sum(bool(ids & set(p.one)) and bool(ids & set(p.other)) for p in facts.compat.pairs)


def _allows(license_id: str, license: str | None, facts: Facts) -> bool:
    ways = _share_alike(facts.terms.get(license_id))
    return ways is None or license in ways


def _share_alike(terms: Terms | None) -> tuple[str, ...] | None:
    if terms is None or not {"content", "weights"} & set(terms.layers):
        return None
    return terms.share_alike


def _forbids(terms: Terms | None) -> bool:
    return terms is not None and terms.no_further_restrictions in ("adapted", "whole")


def _suggestion(way: Way, parts: Sequence[Part], facts: Facts) -> tuple[str, ...]:
    """Propose the least restrictive licence that carries every duty and limit of the parts."""
    limited = NONCOMMERCIAL in way.limits
    covered = any(NONCOMMERCIAL in restrictions(i, facts) for i in way.carried)
    both = list(zip(parts, way.picks, strict=True))
    weights = [i for part, branch in both if part.kind == "weights" for i in branch]
    content = [i for part, branch in both if part.kind == "content" for i in branch]
    free = [i for i in weights or content if i not in way.carried]
    if limited and not covered:
        bound = {i for i in (*weights, *content) if NONCOMMERCIAL in restrictions(i, facts)}
        return (bound.pop() if len(bound) == 1 else "CC-BY-NC-4.0",)
    if limited or not free:
        return ()
    due = list(dict.fromkeys(i for i in free if _duties(i, facts)))
    if not due and way.carried:
        return ()
    if len(due) <= 1:
        return tuple((due or free)[:1]) if due or len(set(free)) == 1 else ("CC0-1.0",)
    return ("Apache-2.0" if set(due) <= SOFTWARE else "CC-BY-4.0",)


def _duties(license_id: str, facts: Facts) -> bool:
    terms = facts.terms.get(license_id)
    return terms is not None and bool(set(terms.conditions) - {"source_credit"})
