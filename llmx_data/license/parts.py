"""What the algebra sees of a mix: text that goes out, weights, and terms that reach students."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from llmx_data.license.expression import branches
from llmx_data.license.facts import Facts
from llmx_data.license.inputs import WEIGHTS
from llmx_data.license.joint import NONCOMMERCIAL, Part
from llmx_data.license.roles import Judged
from llmx_data.license.schema import Act, Policy
from llmx_data.license.statements import models_are_free, models_derive
from llmx_data.license.together import part_of


def parts_of(judged: Sequence[Judged], act: Act, policy: Policy, facts: Facts) -> list[Part]:
    """List the parts of the algebra: text that goes out, weights, and terms that reach students."""
    found: list[Part] = []
    for one in judged:
        if one.verdict.act != act:
            continue
        if one.given.part in WEIGHTS and one.terms:
            grades = tuple(int(grade) for _, grade in one.verdict.tried)
            options = branches(one.terms)
            key = one.given.key
            found.append(Part(one.given.name, options, "weights", grades=grades, key=key))
        elif (
            not one.given.is_model()
            and not one.given.database_only()
            and _adapted(one, act, policy, facts)
        ):
            part = replace(part_of(one.verdict, facts), key=one.given.key)
            found.append(_without_results(part, facts, act))
        found += _students(one, act, policy)
    return found


def _adapted(one: Judged, act: Act, policy: Policy, facts: Facts) -> bool:
    if act != "release_weights":
        return True
    card = facts.card(one.given.dataset) if one.given.dataset is not None else None
    said = card.statements if card is not None else ()
    if models_are_free(said):
        return False
    return models_derive(said) or policy.weights_are_adaptation == "yes"


def _without_results(part: Part, facts: Facts, act: Act) -> Part:
    """Leave out licences that free what is trained on the data."""
    if act != "release_weights":
        return part

    def bound(license_id: str) -> bool:
        terms = facts.terms.get(license_id)
        return terms is None or terms.results != "free"

    return replace(part, options=tuple(tuple(i for i in b if bound(i)) for b in part.options))


def _students(one: Judged, act: Act, policy: Policy) -> list[Part]:
    """Give the terms of generators that reach a model, and limits that reach data and models."""
    seen = one.verdict.subject
    if policy.upstream_contracts == "note" and seen is not None and seen.accepted_by == "upstream":
        return []
    found: list[Part] = []
    for reason in one.verdict.reasons:
        if reason.rule == "outputs_student" and act == "release_weights":
            found.append(Part(one.given.name, ((reason.license,),), "student"))
        elif reason.rule == "outputs_noncommercial":
            limits = frozenset({NONCOMMERCIAL})
            found.append(Part(one.given.name, ((),), "student", limits))
    return found
