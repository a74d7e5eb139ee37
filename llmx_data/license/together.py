"""What must hold of all records at once: one licence for a unified work, one for a database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from llmx_data.license.conclude import conclude, database_only
from llmx_data.license.databases import contents_of_databases, incompatible_databases
from llmx_data.license.expression import Branch, atoms, both, branches, normalize
from llmx_data.license.facts import Facts
from llmx_data.license.findings import SHARING, Obligation, Reason, Verdict, spoken
from llmx_data.license.joint import NONCOMMERCIAL, Part, Way, clash, questions, ways_out
from llmx_data.license.joint import outgoing as carried_by
from llmx_data.license.limits import EU
from llmx_data.license.schema import Act, Purpose, Result

# EU, EEA and the United Kingdom know the sui generis right of Directive 96/9/EC.
DATABASE_RIGHT = EU | {"EEA", "NO", "IS", "LI", "GB", "UK"}


# What a clash rests on, the strongest first.
CITED = ("share_alike", "no_derivatives", "noncommercial", "pass_on_terms")


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
    sharing = [v for v in verdicts if v.act in SHARING and v.subject is not None]
    if not sharing:
        return []
    act = sharing[0].act
    found = incompatible_databases(sharing, act, facts)
    found += contents_of_databases(sharing, act, purpose, facts)
    if purpose.mode == "unified":
        parts = [part_of(v, facts) for v in sharing]
        return found + unified(parts, act, purpose, facts)
    return found + maker([part_of(v, facts) for v in sharing], act, purpose, facts)


def outgoing(verdicts: Sequence[Verdict], purpose: Purpose, facts: Facts) -> Outgoing:
    """Say under what the result of these verdicts goes out."""
    contents = tuple(sorted({v.license_concluded for v in verdicts if v.subject}))
    databases = tuple(sorted({v.license_db for v in verdicts if v.license_db}))
    limited = any(_limited(e, facts) for e in contents)
    if purpose.mode == "collection":
        headline = contents[0] if len(contents) == 1 else None
        return Outgoing(contents, databases, headline, limited)
    parts = [part_of(v, facts) for v in verdicts if v.subject is not None]
    found = ways_out(parts, facts, policy=purpose.policy)
    allowed = tuple(sorted(w.license for w in found if w.license is not None))
    first = carried_by(found[0], parts, facts) if found else ()
    pick = purpose.release.license or " AND ".join(first) or ("" if not found else "CC0-1.0")
    free = bool(found) and found[0].license is None
    return Outgoing((pick,) if free else allowed, databases, pick or None, limited)


def part_of(verdict: Verdict, facts: Facts) -> Part:
    """Make the part that a tuple's text is: its alternatives, with further terms in each."""
    assert verdict.subject is not None
    layers = conclude(verdict.subject, facts)
    bound = tuple(t for t in layers.terms if t in facts.terms)
    options = tuple((*branch, *bound) for branch in branches(layers.content))
    kept = {o.kind for o in verdict.obligations} & {NONCOMMERCIAL}
    beside = frozenset(
        kept if any(r.rule == "outputs_noncommercial" for r in verdict.reasons) else ()
    )
    grades = tuple(int(grade) for _, grade in verdict.tried)
    return Part(verdict.subject.source, options, limits=beside, grades=grades)


def picks(verdicts: Sequence[Verdict], purpose: Purpose, facts: Facts) -> dict[int, Branch]:
    """Name the alternatives that a unified work asks for where they are not the best alone.

    Gives {index of the verdict: branch}.
    """
    if purpose.mode != "unified" or not any(len(v.tried) > 1 for v in verdicts):
        return {}
    seen = [(at, v) for at, v in enumerate(verdicts) if v.act == "redistribute_derived"]
    parts = [part_of(v, facts) for _, v in seen]
    way = next(iter(ways_out(parts, facts, policy=purpose.policy)), None)
    found: dict[int, Branch] = {}
    for (at, verdict), part, pick in zip(seen, parts, way.picks if way else (), strict=False):
        branch = verdict.tried[part.options.index(pick)][0]
        if both(list(branch)) != verdict.license_concluded:
            found[at] = branch
    return found


def unified(parts: Sequence[Part], act: Act, purpose: Purpose, facts: Facts) -> list[Verdict]:
    """Check that parts can go out as one, under the release licence where one is asked for."""
    found = ways_out(parts, facts, policy=purpose.policy)
    if not found:
        named, licenses = _named(clash(parts, facts))
        rule = "incompatible_weights" if act == "release_weights" else "incompatible_share_alike"
        return [_verdict(Result.DENY, rule, act, facts, detail=named, licenses=licenses)]
    return [
        *_questions(found[0], parts, act, purpose, facts),
        *_release(found, parts, act, purpose, facts),
    ]


def _questions(
    way: Way, parts: Sequence[Part], act: Act, purpose: Purpose, facts: Facts
) -> list[Verdict]:
    verdicts = []
    for pair, two in questions(way, facts, parts):
        grade = Result[pair.result.get(purpose.policy, pair.result["standard"])]
        reason = Reason(grade, pair.id, two, pair.cite, pair.ja, pair.en, pair.disputed)
        duty = (Obligation("compat", two, pair.cite),)
        verdicts.append(Verdict(None, act, grade, two, None, duty, (reason,)))
    for license_id in way.questions:
        limits = " / ".join(sorted(way.limits | set(way.carried)))
        section = facts.terms[license_id].cite("no_further_restrictions")
        rule = "restriction_question"
        reason = spoken(
            Result.REVIEW, rule, license_id, section, act=act, detail=limits, disputed=True
        )
        verdicts.append(Verdict(None, act, Result.REVIEW, license_id, None, (), (reason,)))
    return verdicts


def _release(
    found: Sequence[Way], parts: Sequence[Part], act: Act, purpose: Purpose, facts: Facts
) -> list[Verdict]:
    """Check the licence asked for: some branch of it must be a way out with all that travels."""
    if purpose.release.license is None:
        return []
    wanted = normalize(purpose.release.license, facts)
    if any(_covers(branch, way, facts) for branch in branches(wanted) for way in found):
        return []
    licenses = sorted({" AND ".join(o) for w in found if (o := carried_by(w, parts, facts))})
    detail = " / ".join(licenses) or "free choice"
    return [_verdict(Result.DENY, "release_license", act, facts, detail=detail, licenses=(wanted,))]


def _covers(branch: tuple[str, ...], way: Way, facts: Facts) -> bool:
    kept = {
        limit
        for i in branch
        if (terms := facts.terms.get(i)) is not None
        for limit in (*terms.limitations, f"purpose:{terms.purpose}")
    }
    due = {way.license, *way.carried} - {None}
    return due <= set(branch) and way.limits <= kept


def maker(parts: Sequence[Part], act: Act, purpose: Purpose, facts: Facts) -> list[Verdict]:
    """CC 4.0 §4(b): a maker's own database of licensed material is itself adapted material.

    So share-alike and NC reach it as in a unified work, and ND forbids to share it.
    """
    actor = purpose.actor
    unknown_right = actor.database_right == "unknown" and actor.jurisdiction in DATABASE_RIGHT
    if actor.database_right != "yes" and not unknown_right:
        return []
    layered = [p for p in parts if _covers_database(p, facts)]
    whole = [p for p in layered if not _no_derivatives(p, facts)]
    bound = [p for p in layered if p not in whole]
    if not bound and ways_out(whole, facts):
        return []
    strict = facts.policies[purpose.policy].weights_are_adaptation == "yes"
    grade = Result.DENY if strict else Result.REVIEW
    named, licenses = _named(bound[:1] or clash(layered, facts))
    return [_verdict(grade, "database_right", act, facts, detail=named, licenses=licenses)]


def _named(parts: Sequence[Part]) -> tuple[str, tuple[str, ...]]:
    """Name the parts of a clash, with their licences."""
    licenses = [" OR ".join(" AND ".join(b) for b in part.options) for part in parts]
    named = [
        f"{text or ' / '.join(sorted(part.limits))} ({part.name})"
        for text, part in zip(licenses, parts, strict=True)
    ]
    return " + ".join(dict.fromkeys(named)), tuple(dict.fromkeys(x for x in licenses if x))


def _verdict(
    result: Result, rule: str, act: Act, facts: Facts, *, detail: str, licenses: tuple[str, ...]
) -> Verdict:
    cited = [
        f"{i} {facts.terms[i].cite(*CITED)}"
        for expression in licenses
        for i in atoms(expression)
        if i in facts.terms
    ]
    disputed = rule in ("database_right", "incompatible_weights")
    names, section = " + ".join(licenses), "; ".join(dict.fromkeys(cited)) or "no facts"
    reason = spoken(result, rule, names, section, act=act, detail=detail, disputed=disputed)
    return Verdict(None, act, result, names, None, (), (reason,))


def _limited(expression: str, facts: Facts) -> bool:
    return any(
        NONCOMMERCIAL in facts.terms[i].limitations for i in atoms(expression) if i in facts.terms
    )


def _covers_database(part: Part, facts: Facts) -> bool:
    return any(
        i in facts.terms and "database" in facts.terms[i].layers and not database_only(i, facts)
        for branch in part.options
        for i in branch
    )


def _no_derivatives(part: Part, facts: Facts) -> bool:
    """Whether every alternative forbids sharing adaptations."""
    return all(
        any(i in facts.terms and "no_derivatives" in facts.terms[i].limitations for i in branch)
        for branch in part.options
    )
