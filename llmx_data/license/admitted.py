"""Competitions: which models their rules admit, and for what."""

from __future__ import annotations

from llmx_data.license.ask import Ask
from llmx_data.license.findings import Finding, spoken
from llmx_data.license.schema import Result


def admitted(name: str | None, role: str, ask: Ask, *, ours: bool = True) -> list[Finding]:
    """Hold a model in a role against the list of a competition, where the purpose has one.

    Not on the list is DENY; a question where others used the model (`ours` is False), for rules
    seldom speak of what wrote a public data set.
    """
    purpose = ask.purpose
    if name is None or not purpose.admitted:
        return []
    card = ask.facts.model(name)
    known = card.id if card is not None else name
    if any(known in a.models and role in a.roles for a in purpose.admitted):
        return []
    roles = sorted({r for a in purpose.admitted if known in a.models for r in a.roles})
    detail = f"{role}; {', '.join(roles) or '-'}"
    result = Result.DENY if ours else Result.REVIEW
    where = f"purposes/{purpose.name}, admitted"
    return [Finding(spoken(result, "not_admitted", known, where, act=ask.act, detail=detail))]
