"""The rules for one licence and one act; a new rule is one more function in RULES."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from llmx_data.license.facts import UNKNOWN, UNKNOWN_VERSION
from llmx_data.license.findings import Case, Finding
from llmx_data.license.limits import (
    care,
    commercial,
    evaluation,
    noncommercial,
    purpose,
    research,
    superseded,
    territory,
    thresholds,
)
from llmx_data.license.outputs import outputs
from llmx_data.license.schema import Result
from llmx_data.license.weights import duties, granted

ALLOW, ALLOW_WITH, REVIEW, DENY = Result


def examine(case: Case) -> list[Finding]:
    """Run every rule on a case; unknown licences stop at the first."""
    if case.terms.id in (UNKNOWN, UNKNOWN_VERSION):
        return list(unknown(case))
    if case.role == "generator":
        return [*outputs(case), *unverified(case), *territory(case), *superseded(case)]
    if case.role == "weights":
        return [f for rule in WEIGHTS for f in rule(case)]
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


WEIGHTS: tuple[Callable[[Case], Iterator[Finding]], ...] = (
    granted,
    duties,
    noncommercial,
    commercial,
    research,
    purpose,
    thresholds,
    superseded,
    care,
    territory,
    unverified,
)
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
