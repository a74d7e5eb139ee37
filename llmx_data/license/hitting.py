"""The cheapest set that breaks every conflict: exact, by branch and bound on merged twins."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

Cost = tuple[int, int]
Bad = Callable[[Sequence[str]], bool]


def lightest(names: Sequence[str], weights: Mapping[str, int], bad: Bad) -> tuple[str, ...]:
    """Give the lightest set to leave out so that the rest is not bad, sorted.

    `bad` must be monotone (more names never mend it) and False for none. Conflicts are learned:
    members bad alone, then pairs, then a smallest bad set of each answer that is not enough.
    Exact; asks `bad` about n + n²/2 times where members are at odds, n + 1 times where not.
    """
    conflicts = {frozenset({n}) for n in names if bad((n,))}
    clear = [n for n in names if frozenset({n}) not in conflicts]
    if not bad(clear):
        return smallest(conflicts, weights) or ()
    conflicts |= {frozenset(pair) for pair in combinations(clear, 2) if bad(pair)}
    while True:
        dropped = smallest(conflicts, weights) or ()
        left = [n for n in names if n not in dropped]
        if not bad(left):
            return dropped
        conflicts.add(frozenset(_core(left, bad)))


def _core(names: list[str], bad: Bad) -> list[str]:
    """Shrink a bad set to one that is good without any single member."""
    kept = list(names)
    for name in names:
        fewer = [n for n in kept if n != name]
        kept = fewer if bad(fewer) else kept
    return kept


def smallest(
    conflicts: Iterable[frozenset[str]], weights: Mapping[str, int]
) -> tuple[str, ...] | None:
    """Give the lightest set that meets every conflict, sorted; None if a conflict is empty.

    Among equally light sets one with the fewest members is given, the same one every time.
    Elements in the same conflicts with the same others are merged first: one of them alone never
    helps. Exact; 500 sources in two classes at odds take milliseconds.
    """
    sets = _minimal(conflicts)
    if any(not conflict for conflict in sets):
        return None
    groups = _twins(sets)
    merged = _minimal(frozenset(groups[e] for e in conflict) for conflict in sets)
    members: dict[str, list[str]] = {}
    for element, group in groups.items():
        members.setdefault(group, []).append(element)
    cost = {g: (sum(weights.get(e, 1) for e in m), len(m)) for g, m in members.items()}
    search = _Search(cost)
    search.go(sorted(merged, key=lambda c: (len(c), sorted(c))), (), (0, 0))
    return tuple(sorted(e for g in search.best for e in members[g]))


@dataclass
class _Search:
    """The state of one branch and bound."""

    cost: Mapping[str, Cost]
    best: tuple[str, ...] = ()
    best_cost: Cost | None = None
    seen: set[frozenset[str]] = field(default_factory=set)

    def go(self, open_: list[frozenset[str]], taken: tuple[str, ...], cost: Cost) -> None:
        """Branch over the members of the shortest open conflict."""
        if self.best_cost is not None and self._bound(open_, cost) >= self.best_cost:
            return
        if not open_:
            self.best, self.best_cost = taken, cost
            return
        key = frozenset(taken)
        if key in self.seen:
            return
        self.seen.add(key)
        shortest = min(open_, key=len)
        meets = {e: sum(e in c for c in open_) for e in shortest}
        for e in sorted(shortest, key=lambda e: (self.cost[e][0] / meets[e], e)):
            weight, count = self.cost[e]
            rest = [c for c in open_ if e not in c]
            self.go(rest, (*taken, e), (cost[0] + weight, cost[1] + count))

    def _bound(self, open_: list[frozenset[str]], cost: Cost) -> Cost:
        """Add the lightest member of conflicts that share none: each needs one of its own."""
        used: set[str] = set()
        weight, count = cost
        for conflict in open_:
            if used.isdisjoint(conflict):
                used |= conflict
                weight += min(self.cost[e][0] for e in conflict)
                count += min(self.cost[e][1] for e in conflict)
        return weight, count


def _minimal(conflicts: Iterable[frozenset[str]]) -> list[frozenset[str]]:
    """Leave out conflicts that contain another: meeting the smaller meets them too."""
    kept: list[frozenset[str]] = []
    small: set[frozenset[str]] = set()
    singles: set[str] = set()
    for conflict in sorted(set(conflicts), key=lambda c: (len(c), sorted(c))):
        if not singles.isdisjoint(conflict):
            continue
        if len(conflict) > 2 and any(other <= conflict for other in kept):
            continue
        kept.append(conflict)
        small.add(conflict)
        singles |= conflict if len(conflict) == 1 else set()
    return kept


def _twins(conflicts: list[frozenset[str]]) -> dict[str, str]:
    """Give each element the name of its group: equal conflicts apart from itself."""
    others: dict[str, set[frozenset[str]]] = {}
    for conflict in conflicts:
        for element in conflict:
            others.setdefault(element, set()).add(conflict - {element})
    groups: dict[frozenset[frozenset[str]], str] = {}
    return {e: groups.setdefault(frozenset(others[e]), e) for e in sorted(others)}
