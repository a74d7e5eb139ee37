"""The rules for a model's weights as material: base, merge, delta, or a model that one runs."""

from __future__ import annotations

from collections.abc import Iterator

from llmx_data.license.findings import Case, Finding
from llmx_data.license.schema import Answer, Result

ALLOW, ALLOW_WITH, REVIEW, DENY = Result
# Acts in which copies of the weights, or what is built on them, reach others.
LEAVING = ("redistribute", "redistribute_derived", "release_weights", "commercial_service")
FIELDS = {
    "redistribute": "share_verbatim",
    "redistribute_derived": "share_adapted",
    "release_weights": "share_adapted",
}


def granted(case: Case) -> Iterator[Finding]:
    """Check the grant: sharing for release, use for everything else."""
    field = FIELDS.get(case.act, "use")
    answer: Answer = getattr(case.terms.permissions, field)
    limited = bool(case.limitations & {"noncommercial", "research_only"})
    barred = case.act == "commercial_service" and case.terms.permissions.commercial == "no"
    if answer == "no" or (field != "use" and "no_redistribution" in case.limitations):
        yield case.soften(case.finding(DENY, "weights_denied", field))
    elif barred and not case.limitations & {"noncommercial", "research_only"}:
        yield case.soften(case.finding(DENY, "weights_denied", "commercial"))
    elif barred:
        return
    elif answer == "yes" or (answer == "conditional" and limited):
        yield case.finding(ALLOW, "weights_permitted", field)
    else:
        yield case.finding(REVIEW, "weights_unsettled", field)


def duties(case: Case) -> Iterator[Finding]:
    """Give duties that come with passing weights on, serving them, or using them at all."""
    kept = case.act == "redistribute"
    due = [c for c in case.terms.conditions if not (c == "state_changes" and kept)]
    if case.act not in LEAVING:
        due = [c for c in due if c in ("use_policy", "registration")]
    if due:
        yield case.finding(ALLOW_WITH, "weights_duties", due[0], duties=due)
