"""The rules for what terms limit: commerce, research, evaluation, purpose, size, place, time."""

from __future__ import annotations

from collections.abc import Iterator

from llmx_data.license.findings import Case, Finding
from llmx_data.license.schema import Result

ALLOW, ALLOW_WITH, REVIEW, DENY = Result
# The European Union; the model terms that exclude it name its member states.
EU = frozenset({"EU", "AT", "BE", "BG", "HR", "CY", "CZ", "DK", "EE", "FI", "FR", "DE", "GR"}) | {
    *("HU", "IE", "IT", "LV", "LT", "LU", "MT", "NL", "PL", "PT", "RO", "SK", "SI", "ES", "SE")
}


def noncommercial(case: Case) -> Iterator[Finding]:
    """Non-commercial: a service is outside, a company is a question, others carry the flag."""
    if "noncommercial" not in case.limitations:
        return
    exempt = (
        case.policy.noncommercial_reach == "exempt"
        and case.trains
        and case.role != "weights"
        and case.terms.exceptions == "yes"
    )
    cite, flag = "noncommercial", ("noncommercial",)
    if exempt:
        yield case.finding(
            ALLOW_WITH, "noncommercial_exempt", "exceptions", disputed=True, duties=flag
        )
    elif case.act == "commercial_service":
        yield case.soften(case.finding(DENY, "noncommercial", cite))
    elif case.purpose.actor.kind == "company":
        yield case.finding(REVIEW, "noncommercial_company", cite, disputed=True, duties=flag)
    else:
        yield case.finding(ALLOW_WITH, "noncommercial_kept", cite, duties=flag)


def commercial(case: Case) -> Iterator[Finding]:
    """Stop at a commercial grant that hangs on a condition, or of which nothing is known."""
    answer = case.terms.permissions.commercial
    unsettled = answer in ("conditional", "unknown") or (
        answer == "silent" and case.role == "content"
    )
    if answer == "conditional" and case.terms.thresholds and _measured(case):
        return
    if case.act == "commercial_service" and unsettled:
        yield case.finding(REVIEW, "commercial_unsettled", "commercial", "threshold")


def research(case: Case) -> Iterator[Finding]:
    """Research-only terms."""
    if "research_only" not in case.limitations:
        return
    flag = ("research_only",)
    if case.act == "commercial_service":
        yield case.soften(case.finding(DENY, "research_only", "research_only"))
    elif case.purpose.actor.kind in ("university", "individual", "public"):
        yield case.finding(ALLOW_WITH, "research_kept", "research_only", duties=flag)
    else:
        yield case.finding(REVIEW, "research_kept", "research_only", duties=flag)


def evaluation(case: Case) -> Iterator[Finding]:
    """Evaluation-only material, and material that must not train models."""
    if "evaluation_only" in case.limitations:
        if case.trains:
            yield case.finding(DENY, "evaluation_only", "evaluation_only")
        elif case.act == "redistribute_derived":
            yield case.finding(REVIEW, "evaluation_published", "evaluation_only")
    if "no_training" in case.limitations and case.trains:
        yield case.soften(case.finding(DENY, "no_training", "no_training"))


def purpose(case: Case) -> Iterator[Finding]:
    """Terms that bind the use to a purpose."""
    if "purpose" not in case.limitations:
        return
    aim, fields = case.terms.purpose or "?", ("purpose",)
    fits = aim in case.purpose.serves or (aim == "information_analysis" and case.trains)
    if fits or (case.shares and aim != "?"):
        yield case.finding(ALLOW_WITH, "purpose_served", *fields, detail=aim, duties=fields)
    else:
        yield case.finding(REVIEW, "purpose_limited", *fields, detail=aim, duties=fields)


def thresholds(case: Case) -> Iterator[Finding]:
    """Grants that end above a number of users or an income; unknown numbers stay a duty."""
    for limit in case.terms.thresholds:
        size = getattr(case.purpose.actor, limit.measure)
        within = limit.reach == "all" or case.act == "commercial_service"
        if size is not None and size > limit.above and within:
            detail = f"{limit.measure} > {limit.above:,}"
            yield case.soften(case.finding(DENY, "threshold", "threshold", detail=detail))


def _measured(case: Case) -> bool:
    actor = case.purpose.actor
    return all(getattr(actor, limit.measure) is not None for limit in case.terms.thresholds)


def superseded(case: Case) -> Iterator[Finding]:
    """Name a later text that binds whoever goes on using the material."""
    if case.terms.superseded_by is not None and case.terms.renewed_text == "silent":
        yield case.finding(ALLOW, "newer_text", detail=case.terms.superseded_by)
    elif case.terms.superseded_by is not None:
        later = case.terms.superseded_by
        yield case.finding(
            ALLOW_WITH, "superseded", "renewed_text", detail=later, duties=("read_renewed",)
        )


CARE = ("gated", "threshold", "deletable_on_request", "revocable_at_will")


def care(case: Case) -> Iterator[Finding]:
    """Gates, thresholds and grants that can end: duties to remember."""
    for kind in CARE:
        if kind in case.limitations:
            yield case.finding(ALLOW_WITH, "noted", kind, detail=kind, duties=(kind,))
    if "gated" in case.limitations and case.subject.accepted_by == "unknown":
        yield case.finding(REVIEW, "not_accepted", "gated")


def territory(case: Case) -> Iterator[Finding]:
    """Terms that exclude the European Union."""
    place = case.purpose.actor.jurisdiction
    if "eu_excluded" in case.limitations and (place is None or place in EU):
        result = REVIEW if place is None else DENY
        yield case.finding(result, "eu_excluded", "eu_excluded", detail=place or "?")
