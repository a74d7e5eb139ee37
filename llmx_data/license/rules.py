"""The rules for one licence and one act; a new rule is one more function in RULES."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from llmx_data.license.facts import UNKNOWN, UNKNOWN_VERSION
from llmx_data.license.findings import Case, Finding
from llmx_data.license.outputs import outputs
from llmx_data.license.schema import Result

ALLOW, ALLOW_WITH, REVIEW, DENY = Result
# The European Union; the model terms that exclude it name its member states.
EU = frozenset({"EU", "AT", "BE", "BG", "HR", "CY", "CZ", "DK", "EE", "FI", "FR", "DE", "GR"}) | {
    *("HU", "IE", "IT", "LV", "LT", "LU", "MT", "NL", "PL", "PT", "RO", "SK", "SI", "ES", "SE")
}


def examine(case: Case) -> list[Finding]:
    """Run every rule on a case; unknown licences stop at the first."""
    if case.terms.id in (UNKNOWN, UNKNOWN_VERSION):
        return list(unknown(case))
    if case.role == "generator":
        return [*outputs(case), *unverified(case), *territory(case), *superseded(case)]
    if case.role == "database":
        return [*database(case), *unverified(case)]
    found = [f for rule in RULES for f in rule(case)]
    return found if found or case.role != "content" else [case.finding(ALLOW, "permitted", "use")]


def unknown(case: Case) -> Iterator[Finding]:
    """No licence, or no version of it, is known."""
    if case.terms.id == UNKNOWN_VERSION:
        yield case.finding(REVIEW, "unknown_version")
        return
    if case.subject.adaptation == "generated" and case.shares:
        yield case.finding(REVIEW, "unknown_seed", disputed=True)
        return
    result = Result[case.policy.unknown[case.act]]
    if result == DENY:
        yield case.finding(result, "unknown_license")
    elif result == REVIEW:
        yield case.finding(result, "unknown_license_question", disputed=True)
    else:
        yield case.finding(result, "unknown_license_noted", disputed=True, duties=("proviso",))


def sharing(case: Case) -> Iterator[Finding]:
    """Check the grant to pass the text on, as it is or adapted."""
    if not case.shares or "no_redistribution" in case.terms.limitations:
        return
    field = "share_adapted" if case.adapted else "share_verbatim"
    answer = getattr(case.terms.permissions, field)
    if answer == "no" and "no_derivatives" in case.terms.limitations:
        disputed = case.subject.adaptation == "normalized" and case.purpose.mode == "collection"
        yield case.finding(DENY, "no_derivatives", "no_derivatives", disputed=disputed)
    elif answer == "no":
        yield case.finding(DENY, "no_sharing", field)
    elif answer == "unknown" or (answer == "silent" and case.role == "content"):
        yield case.finding(REVIEW, "sharing_unknown", field)
    elif answer != "silent":
        yield case.finding(ALLOW, "permitted", field)


def no_redistribution(case: Case) -> Iterator[Finding]:
    """Redistribution is forbidden; adaptations may still be granted."""
    if not case.shares or "no_redistribution" not in case.limitations:
        return
    reworked = case.adapted and case.subject.adaptation != "normalized"
    if not (reworked and case.terms.permissions.share_adapted == "yes"):
        yield case.finding(DENY, "no_redistribution", "no_redistribution")


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
    """A later text that binds whoever goes on using the material."""
    if case.terms.superseded_by is not None and case.terms.renewed_text == "binds":
        later = case.terms.superseded_by
        yield case.finding(ALLOW_WITH, "superseded", detail=later, duties=("read_renewed",))


def care(case: Case) -> Iterator[Finding]:
    """Gates, thresholds and grants that can end: duties to remember."""
    for kind in ("gated", "threshold", "deletable_on_request", "revocable_at_will"):
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


def conditions(case: Case) -> Iterator[Finding]:
    """Duties that come with sharing, and with publishing weights."""
    if case.shares:
        unchanged = case.subject.adaptation == "verbatim" and not case.adapted
        due = [c for c in case.terms.conditions if not (c == "state_changes" and unchanged)]
        if due:
            yield case.finding(ALLOW_WITH, "conditions", due[0], duties=due)
    elif (
        case.act == "release_weights"
        and case.terms.results != "free"
        and "attribution" in case.terms.conditions
    ):
        yield case.finding(ALLOW_WITH, "conditions", "attribution", duties=("attribution_weights",))
    if case.role == "terms" and "no_identification" in case.terms.conditions and case.trains:
        yield case.finding(ALLOW_WITH, "noted", "no_identification", duties=("no_identification",))


def share_alike(case: Case) -> Iterator[Finding]:
    """Adaptations go out under the licences the text names."""
    if case.terms.share_alike is None or not case.shares or not case.adapted:
        return
    ways = " / ".join(case.terms.share_alike)
    yield case.finding(
        ALLOW_WITH, "share_alike", "share_alike", detail=ways, duties=("share_alike",)
    )


def weights(case: Case) -> Iterator[Finding]:
    """Where the policy takes weights for adapted material, share-alike and ND reach them."""
    if case.act != "release_weights" or case.terms.results == "free" or case.role != "content":
        return
    strict = case.policy.weights_are_adaptation == "yes"
    bound = "no_derivatives" in case.limitations or case.terms.share_alike is not None
    if not strict and bound:
        cite = "share_alike" if case.terms.share_alike is not None else "no_derivatives"
        yield case.finding(ALLOW_WITH, "weights_noted", cite, disputed=True)
    elif "no_derivatives" in case.limitations:
        yield case.finding(DENY, "weights_no_derivatives", "no_derivatives", disputed=True)
    elif case.terms.share_alike is not None:
        ways = " / ".join(case.terms.share_alike)
        yield case.finding(REVIEW, "weights_share_alike", "share_alike", detail=ways, disputed=True)


def unverified(case: Case) -> Iterator[Finding]:
    """Facts that nobody has read at the source are a question, whatever they say."""
    if case.terms.confidence == "unverified":
        yield case.finding(REVIEW, "unverified")


def model_outputs(case: Case) -> Iterator[Finding]:
    """Apply the rules for outputs where a model's licence is put on a data set."""
    if case.role == "content" and "outputs" in case.terms.layers:
        yield from outputs(case)


def database(case: Case) -> Iterator[Finding]:
    """Judge the database layer: notice and licence travel, contents are not covered."""
    if case.shares:
        duties: tuple[str, ...] = case.terms.conditions
    elif case.act in ("release_weights", "commercial_service"):
        duties = tuple(c for c in case.terms.conditions if c == "database_notice")
    else:
        duties = ()
    grade = ALLOW_WITH if duties else ALLOW
    yield case.finding(grade, "database_only", "contents", duties=duties)


RULES: tuple[Callable[[Case], Iterator[Finding]], ...] = (
    sharing,
    no_redistribution,
    noncommercial,
    commercial,
    research,
    evaluation,
    purpose,
    thresholds,
    superseded,
    care,
    territory,
    conditions,
    share_alike,
    weights,
    model_outputs,
    unverified,
)
