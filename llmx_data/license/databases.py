"""The database layer: licences of databases against one another, and against their contents."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from llmx_data.license.expression import atoms, branches
from llmx_data.license.facts import Facts
from llmx_data.license.findings import Reason, Verdict, spoken
from llmx_data.license.schema import Act, Contents, Purpose, Result, Terms

Ways = frozenset[str] | None


def incompatible_databases(sharing: Sequence[Verdict], act: Act, facts: Facts) -> list[Verdict]:
    """Deny a table whose databases must each go out under a licence of their own."""
    layered = {v.license_db: v for v in sharing if v.license_db}
    if _common(list(layered), facts) != frozenset():
        return []
    pairs = (p for p in combinations(layered, 2) if _common(p, facts) == frozenset())
    chosen = next(pairs, tuple(layered))
    names = [f"{e} ({s.source})" for e in chosen if (s := layered[e].subject) is not None]
    licenses = tuple(e for e in chosen if e is not None)
    cited = [f"{i} {facts.terms[i].cite('share_alike')}" for e in licenses for i in atoms(e)]
    reason = spoken(
        Result.DENY,
        "incompatible_databases",
        " + ".join(licenses),
        "; ".join(cited),
        act=act,
        detail=" + ".join(names),
    )
    return [Verdict(None, act, Result.DENY, " + ".join(licenses), None, (), (reason,))]


def contents_of_databases(
    sharing: Sequence[Verdict], act: Act, purpose: Purpose, facts: Facts
) -> list[Verdict]:
    """Find contents that the licence of their database does not bear.

    In a collection each record is held against its own database, in a unified work against all.
    """
    every = [i for v in sharing for i in atoms(v.license_db or "CC0-1.0")]
    reasons: dict[Reason, None] = {}
    for verdict in sharing:
        own = every if purpose.mode == "unified" else atoms(verdict.license_db or "CC0-1.0")
        for said in facts.compat.databases:
            if said.database in own:
                reasons |= dict.fromkeys(_conflicts(said, verdict, facts))
    return [Verdict(None, act, r.result, r.license, None, (), (r,)) for r in reasons]


def _conflicts(said: Contents, verdict: Verdict, facts: Facts) -> Iterator[Reason]:
    for i in atoms(verdict.license_concluded):
        terms = facts.terms.get(i)
        if terms is not None and _meets(terms, said.contents):
            result = Result[said.result]
            names = f"{said.database} + {i}"
            yield Reason(
                result,
                "database_contents",
                names,
                said.cite,
                said.ja,
                said.en,
                result < Result.DENY,
            )


def _meets(terms: Terms, what: str) -> bool:
    if what == "share_alike":
        return terms.share_alike is not None and "content" in terms.layers
    return what in terms.limitations


def _common(expressions: Sequence[str | None], facts: Facts) -> Ways:
    """Give the licences that one database of them all may have; None means free choice."""
    allowed: Ways = None
    for expression in expressions:
        own = _ways(expression or "", facts)
        allowed = own if allowed is None else (allowed if own is None else allowed & own)
    return allowed


def _ways(expression: str, facts: Facts) -> Ways:
    found: set[str] = set()
    for branch in branches(expression):
        terms = [facts.terms[i] for i in branch if i in facts.terms]
        bound = [t.share_alike for t in terms if t.share_alike and "database" in t.layers]
        if not bound:
            return None
        found |= frozenset.intersection(*(frozenset(b) for b in bound))
    return frozenset(found)
