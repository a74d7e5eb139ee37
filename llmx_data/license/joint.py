"""The joint algebra: which licences can cover what is made of several parts at once.

For every candidate X each part either fits or not: its licence allows X for adaptations, X carries
every restriction of every part, and no part forbids one of them. Work is candidates x parts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from math import prod
from typing import Final, Literal

from llmx_data.license.expression import Branch
from llmx_data.license.facts import Facts
from llmx_data.license.schema import Limitation, Pair, Result, Terms

Kind = Literal["content", "weights", "student"]
NONCOMMERCIAL: Final = "noncommercial"
MOST: Final = 512
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
    grades: tuple[int, ...] = ()
    """How each alternative fares alone, worst highest; empty where there is one."""
    key: str = ""
    """Which input it is of."""


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


def ways_out(parts: Sequence[Part], facts: Facts, *, policy: str = "standard") -> list[Way]:
    """List every way the whole can go out, the most natural first; none means it cannot.

    Of alternatives those are taken with which the whole fares best, then those that add fewest
    limits; the policy matters for questions between two licences. Every combination is tried up to
    512 (nine pairs of alternatives); beyond, each part takes what fares best alone.
    """
    named = {i for part in parts for branch in part.options for i in branch}
    wider = {s for i in named for s in _share_alike(facts.terms.get(i)) or ()}
    order = [None, *sorted(wider & named, reverse=True), *sorted(wider - named)]
    found = []
    for license in order:
        ways = [
            way
            for picks in _picks(parts, license, facts)
            if (way := _way(parts, picks, license, facts)) is not None
        ]
        graded = [(_grade(way, parts, facts, policy), way) for way in ways]
        found += [min(graded, key=lambda g: (g[0], len(g[1].limits)))] if graded else []
    return [way for _, way in sorted(found, key=lambda g: g[0])]


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


def _way(
    parts: Sequence[Part], chosen: tuple[Branch, ...], license: str | None, facts: Facts
) -> Way | None:
    """Hold the chosen branches against what each forbids; None where one forbids too much."""
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


def _picks(
    parts: Sequence[Part], license: str | None, facts: Facts
) -> Iterator[tuple[Branch, ...]]:
    """Give every choice of branches that allow the licence; parts with equal options choose alike.

    Nothing is given where a part has no such branch.
    """
    grades = {part.options: part.grades for part in parts}
    fitting = {
        options: [b for b in options if all(_allows(i, license, facts) for i in b)]
        for options in grades
    }
    if prod(map(len, fitting.values())) > MOST:
        for options, some in fitting.items():
            alone = dict(zip(options, grades[options], strict=False))
            some.sort(key=lambda b, alone=alone: alone.get(b, 0))  # type: ignore[misc]
            del some[1:]
    for chosen in product(*fitting.values()):
        picks = dict(zip(fitting, chosen, strict=True))
        yield tuple(picks[part.options] for part in parts)


def _grade(way: Way, parts: Sequence[Part], facts: Facts, policy: str) -> int:
    """Grade a way by its worst part: a branch alone, a pair that no text settles, a question."""
    alone = [
        part.grades[part.options.index(branch)]
        for part, branch in zip(parts, way.picks, strict=True)
        if part.grades
    ]
    pairs = [
        int(Result[pair.result.get(policy, pair.result["standard"])])
        for pair, _ in questions(way, facts, parts)
    ]
    return max([*alone, *pairs, int(Result.REVIEW) if way.questions else 0], default=0)


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
