"""The rules for a model's outputs: what its terms say of other models trained on them."""

from __future__ import annotations

from collections.abc import Iterator

from llmx_data.license.findings import Case, Finding
from llmx_data.license.schema import OutputRule, Outputs, Result

ALLOW, ALLOW_WITH, REVIEW, DENY = Result
RELEASES = ("release_weights", "commercial_service")


def outputs(case: Case) -> Iterator[Finding]:
    """Apply each output rule of the terms; sharing outputs only asks to name the generator."""
    said = case.terms.outputs
    if said is None:
        yield case.finding(REVIEW, "outputs_silent")
        return
    yield from _making(case, said)
    if case.act == "annotate_only" and set(said.rules) - {"free", "silent"}:
        yield case.finding(ALLOW_WITH, "outputs_judged", "outputs", duties=("name_generator",))
    if case.shares and (said.owner == "licensor" or "licensor_owned" in said.rules):
        yield case.soften(case.finding(REVIEW, "outputs_owned", "outputs", disputed=True))
    if case.shares:
        duties = ["name_generator"]
        duties += ["disclose_generated"] if "disclose_generated" in case.terms.conditions else []
        duties += ["student_note"] if "student_is_derivative" in said.rules else []
        yield case.finding(ALLOW_WITH, "outputs_shared", "outputs", duties=duties)
    for rule in said.rules:
        yield from _apply(case, rule, said)


def _apply(case: Case, rule: OutputRule, said: Outputs) -> Iterator[Finding]:
    own = said.family is not None and said.family in case.families
    if rule == "noncommercial":
        yield from _noncommercial(case)
    if not case.trains:
        return
    if rule in ("free", "silent"):
        settled = rule == "free" or case.terms.binding != "contract"
        yield case.finding(ALLOW if settled else REVIEW, f"outputs_{rule}", "outputs")
    elif rule == "any_training_denied" or (rule == "family_only" and not own):
        kin = rule == "family_only" and said.family in case.kin
        name, grade = f"outputs_{rule}", REVIEW if kin else DENY
        found = case.finding(grade, name, "outputs", detail=said.family or "", disputed=kin)
        yield case.soften(found)
    elif rule in ("noncompete", "noncompete_except_private_classifier"):
        yield _noncompete(case, private=rule == "noncompete_except_private_classifier")
    elif rule == "student_is_derivative" and case.act in RELEASES and not own:
        duties = [c for c in case.terms.conditions if c != "state_changes"]
        yield case.finding(
            ALLOW_WITH, "outputs_student", "outputs", disputed=case.binds != "bind", duties=duties
        )
    elif rule in ("name_prefix", "display") and case.act in RELEASES:
        words = str({str(k): v for k, v in case.terms.sentences.items()}.get(rule, ""))
        yield case.finding(ALLOW_WITH, "outputs_display", "outputs", detail=words, duties=(rule,))
        derived = "student_is_derivative" in said.rules
        if rule == "name_prefix" and "display" in case.terms.conditions and not (own or derived):
            yield _by_practice(case)


def _making(case: Case, said: Outputs) -> Iterator[Finding]:
    """Weights that run for non-commercial use only, where nothing is said of their outputs."""
    limited = case.limitations & {"noncommercial", "research_only"}
    if not limited or "noncommercial" in said.rules or "weights" not in case.terms.layers:
        return
    cite, business = sorted(limited)[0], case.purpose.actor.kind == "company"
    grade = REVIEW if business or case.act == "commercial_service" else ALLOW_WITH
    found = case.finding(grade, "generator_noncommercial", cite, disputed=True)
    noted = case.binds == "note" and grade == REVIEW
    yield (
        case.finding(ALLOW_WITH, "generator_noncommercial", cite, disputed=True) if noted else found
    )


def _by_practice(case: Case) -> Finding:
    """Llama 3.1 and later, section 1.b.i: for outputs only the name is certain."""
    return case.finding(
        ALLOW_WITH, "outputs_practice", "display", disputed=True, duties=("practice",)
    )


def _noncompete(case: Case, *, private: bool) -> Finding:
    classifier = private and case.purpose.release.product == "classifier"
    if classifier and case.act not in RELEASES:
        return case.finding(ALLOW_WITH, "outputs_classifier", "outputs")
    strict = case.policy.upstream_contracts == "bind"
    found = case.finding(DENY if strict else REVIEW, "outputs_noncompete", "outputs", disputed=True)
    if found.result == REVIEW and case.binds == "note":
        return case.finding(ALLOW_WITH, "outputs_noncompete", "outputs", disputed=True)
    return found


def _noncommercial(case: Case) -> Iterator[Finding]:
    if case.act == "commercial_service":
        yield case.soften(case.finding(DENY, "outputs_noncommercial", "outputs"))
    else:
        company = case.purpose.actor.kind == "company"
        grade = REVIEW if company else ALLOW_WITH
        yield case.finding(grade, "outputs_noncommercial", "outputs", duties=("noncommercial",))
