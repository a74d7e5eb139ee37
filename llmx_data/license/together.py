"""What must hold of all records at once: one licence for a unified work, one for a database."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations

from llmx_data.license.conclude import conclude, database_only
from llmx_data.license.expression import atoms, branches, normalize
from llmx_data.license.facts import Facts
from llmx_data.license.findings import SHARING, Verdict, spoken
from llmx_data.license.rules import EU
from llmx_data.license.schema import Act, Purpose, Result

Ways = frozenset[str] | None
# EU, EEA and the United Kingdom know the sui generis right of Directive 96/9/EC.
DATABASE_RIGHT = EU | {"EEA", "NO", "IS", "LI", "GB", "UK"}


@dataclass(frozen=True)
class Outgoing:
    """What the result goes out under: every licence of a collection, or the one of a unified work.

    `licenses` are those records keep (collection) or those allowed for the whole (unified);
    `headline` is the one to name on the card, None where it is per record.
    """

    licenses: tuple[str, ...]
    database: tuple[str, ...]
    headline: str | None
    noncommercial: bool


def together(verdicts: Sequence[Verdict], purpose: Purpose, facts: Facts) -> list[Verdict]:
    """Find sets that cannot go out together: licences, databases, and the release licence."""
    sharing = [v for v in verdicts if v.act in SHARING]
    if not sharing:
        return []
    act = sharing[0].act
    found = [*_databases(sharing, act, facts)]
    if purpose.mode == "unified":
        found += _unified(sharing, act, purpose, facts)
    else:
        found += _maker(sharing, act, purpose, facts)
    return found


def outgoing(verdicts: Sequence[Verdict], purpose: Purpose, facts: Facts) -> Outgoing:
    """Say under what the result of these verdicts goes out."""
    contents = tuple(sorted({v.license_concluded for v in verdicts if v.subject}))
    databases = tuple(sorted({v.license_db for v in verdicts if v.license_db}))
    limited = any(_limited(e, facts) for e in contents)
    if purpose.mode == "collection":
        headline = contents[0] if len(contents) == 1 else None
        return Outgoing(contents, databases, headline, limited)
    allowed = _allowed([v for v in verdicts if v.subject], facts)
    if allowed is None:
        pick = purpose.release.license or _suggest(contents, facts, limited)
        return Outgoing((pick,), databases, pick, limited)
    own = [i for i in sorted(allowed, reverse=True) if i in contents]
    pick = purpose.release.license or next(iter([*own, *sorted(allowed)]), "")
    return Outgoing(tuple(sorted(allowed)), databases, pick or None, limited)


def ways(expression: str, facts: Facts, *, layer: str = "content") -> Ways:
    """Give the licences that adaptations may go out under; None means free choice."""
    found: set[str] = set()
    for branch in branches(expression):
        allowed: Ways = None
        for license_id in branch:
            terms = facts.terms.get(license_id)
            if terms is None or terms.share_alike is None or layer not in terms.layers:
                continue
            own = frozenset(terms.share_alike)
            allowed = own if allowed is None else allowed & own
        if allowed is None:
            return None
        found |= allowed
    return frozenset(found)


def _allowed(sharing: Sequence[Verdict], facts: Facts) -> Ways:
    allowed: Ways = None
    for verdict in sharing:
        own = ways(_content(verdict, facts), facts)
        if own is not None:
            allowed = own if allowed is None else allowed & own
    if allowed is None or not any(_adds_limit(v, facts) for v in sharing):
        return allowed
    return frozenset(i for i in allowed if _limited(i, facts))


def _unified(sharing: Sequence[Verdict], act: Act, purpose: Purpose, facts: Facts) -> list[Verdict]:
    allowed = _allowed(sharing, facts)
    if allowed is not None and not allowed:
        detail, cited = _clash(sharing, facts, lambda pair: _allowed(pair, facts) == frozenset())
        rule = "incompatible_share_alike"
        return [_verdict(Result.DENY, rule, act, facts, detail=detail, licenses=cited)]
    if purpose.release.license is None:
        return []
    wanted = normalize(purpose.release.license, facts)
    limited = any(_adds_limit(v, facts) for v in sharing) and not _limited(wanted, facts)
    if (allowed is None or wanted in allowed) and not limited:
        return []
    detail = " / ".join(sorted(allowed)) if allowed else "non-commercial licences"
    return [_verdict(Result.DENY, "release_license", act, facts, detail=detail, licenses=(wanted,))]


def _databases(sharing: Sequence[Verdict], act: Act, facts: Facts) -> list[Verdict]:
    layered = [v for v in sharing if v.license_db]

    def clash(pair: Sequence[Verdict]) -> bool:
        allowed: Ways = None
        for verdict in pair:
            own = ways(verdict.license_db or "", facts, layer="database")
            allowed = own if allowed is None else (allowed if own is None else allowed & own)
        return allowed == frozenset()

    if not clash(layered):
        return []
    detail, cited = _clash(layered, facts, clash, database=True)
    rule = "incompatible_databases"
    return [_verdict(Result.DENY, rule, act, facts, detail=detail, licenses=cited)]


def _maker(sharing: Sequence[Verdict], act: Act, purpose: Purpose, facts: Facts) -> list[Verdict]:
    """CC 4.0 §4(b): a maker's own database of share-alike material is itself adapted material."""
    actor = purpose.actor
    unknown_right = actor.database_right == "unknown" and actor.jurisdiction in DATABASE_RIGHT
    if actor.database_right != "yes" and not unknown_right:
        return []
    layered = [v for v in sharing if _covers_database(v, facts)]

    def clash(pair: Sequence[Verdict]) -> bool:
        return _allowed(pair, facts) == frozenset()

    if not clash(layered):
        return []
    strict = facts.policies[purpose.policy].weights_are_adaptation == "yes"
    grade = Result.DENY if strict else Result.REVIEW
    detail, cited = _clash(layered, facts, clash)
    return [_verdict(grade, "database_right", act, facts, detail=detail, licenses=cited)]


def _clash(
    verdicts: Sequence[Verdict],
    facts: Facts,
    clash: Callable[[Sequence[Verdict]], bool],
    *,
    database: bool = False,
) -> tuple[str, tuple[str, ...]]:
    """Name the first pair that clashes, or all where only the whole does."""
    distinct = list(
        {v.license_db if database else _content(v, facts): v for v in verdicts}.values()
    )
    pair = next((p for p in combinations(distinct, 2) if clash(p)), tuple(distinct))
    licenses = [(v.license_db or "") if database else _content(v, facts) for v in pair]
    named = [f"{e} ({v.subject.source})" for e, v in zip(licenses, pair, strict=True) if v.subject]
    return " + ".join(dict.fromkeys(named)), tuple(dict.fromkeys(licenses))


def _verdict(
    result: Result, rule: str, act: Act, facts: Facts, *, detail: str, licenses: tuple[str, ...]
) -> Verdict:
    cited = [
        f"{i} {facts.terms[i].cite('share_alike', 'noncommercial')}"
        for expression in licenses
        for i in atoms(expression)
        if i in facts.terms
    ]
    disputed = rule == "database_right"
    names, section = " + ".join(licenses), "; ".join(cited) or "no facts"
    reason = spoken(result, rule, names, section, act=act, detail=detail, disputed=disputed)
    return Verdict(None, act, result, names, None, (), (reason,))


def _content(verdict: Verdict, facts: Facts) -> str:
    """Give the whole content expression of a tuple, with all its alternatives."""
    return conclude(verdict.subject, facts).content if verdict.subject else ""


def _adds_limit(verdict: Verdict, facts: Facts) -> bool:
    return all(
        any(_limited(i, facts) for i in branch) for branch in branches(_content(verdict, facts))
    )


def _limited(expression: str, facts: Facts) -> bool:
    return any(
        "noncommercial" in facts.terms[i].limitations for i in atoms(expression) if i in facts.terms
    )


def _covers_database(verdict: Verdict, facts: Facts) -> bool:
    return any(
        i in facts.terms
        and facts.terms[i].share_alike is not None
        and "database" in facts.terms[i].layers
        and not database_only(i, facts)
        for i in atoms(verdict.license_concluded)
    )


def _suggest(contents: Sequence[str], facts: Facts, limited: bool) -> str:
    """Propose the least restrictive licence that carries every duty of permissive inputs."""
    if limited:
        return "CC-BY-NC-4.0"
    ids = {i for e in contents for i in atoms(e)}
    if len(ids) == 1:
        return ids.pop()
    duties = {c for i in ids if i in facts.terms for c in facts.terms[i].conditions}
    if not duties - {"source_credit"}:
        return "CC0-1.0"
    return "Apache-2.0" if ids <= {"Apache-2.0", "MIT", "BSD-3-Clause"} else "CC-BY-4.0"
