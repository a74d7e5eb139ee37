"""What must hold of all models in a mix at once: one name for all, and locks of families."""

from __future__ import annotations

from collections.abc import Sequence

from llmx_data.license.expression import branches
from llmx_data.license.facts import Facts
from llmx_data.license.findings import TRAINING, Reason, Verdict, spoken
from llmx_data.license.inputs import WEIGHTS
from llmx_data.license.naming import check_name, demands
from llmx_data.license.roles import Judged
from llmx_data.license.schema import Act, Purpose, Result

ALLOW, ALLOW_WITH, REVIEW, DENY = Result


def names(judged: Sequence[Judged], act: Act, purpose: Purpose, facts: Facts) -> list[Verdict]:
    """Hold the release's name against every word that must stand first."""
    if act not in ("release_weights", "redistribute", "redistribute_derived"):
        return []
    policy = facts.policies[purpose.policy]
    bound = [j for j in judged if not _upstream(j)]
    own = demands(o for j in bound for o in j.verdict.obligations)
    every = demands(o for j in judged for o in j.verdict.obligations)
    softer = {"bind": DENY, "review": REVIEW, "note": ALLOW_WITH}[policy.upstream_contracts]
    answer, certain = check_name(purpose.release.name, every), check_name(None, own)
    found = []
    for one, other in answer.conflicts:
        grade = DENY if (one, other) in certain.conflicts else softer
        words = f"{one.words} ({one.license}) / {other.words} ({other.license})"
        section = f"{one.section}; {other.section}"
        found.append(spoken(grade, "name_conflict", one.license, section, act=act, detail=words))
    for one in answer.missing if act == "release_weights" else ():
        found.append(
            spoken(
                REVIEW if one in own or softer > ALLOW_WITH else ALLOW_WITH,
                "name_missing",
                one.license,
                one.section,
                act=act,
                detail=f"{one.words} ({purpose.release.name})",
                disputed=True,
            )
        )
    return [_alone(act, reason) for reason in found]


def locks(judged: Sequence[Judged], act: Act, purpose: Purpose, facts: Facts) -> list[Verdict]:
    """Question weights that may not improve other families where they meet other weights."""
    if act not in TRAINING:
        return []
    models = [(j, _family(j, facts)) for j in judged if j.given.part in WEIGHTS]
    strict = facts.policies[purpose.policy].upstream_contracts == "bind"
    locked = {family for _, (family, lock) in models if lock}
    found = []
    for one, (family, lock) in models:
        others = sorted({o.given.name for o, (f, _) in models if f != family})
        if not lock or not others:
            continue
        two = len(locked) > 1
        grade = (DENY if strict else REVIEW) if two else (REVIEW if strict else ALLOW_WITH)
        license_id = one.terms or one.given.name
        terms = facts.terms.get(license_id)
        section = terms.cite("outputs") if terms is not None else "no facts"
        detail = ", ".join(others)
        found.append(
            spoken(
                grade, "locked_weights", license_id, section, act=act, detail=detail, disputed=True
            )
        )
    return [_alone(act, reason) for reason in dict.fromkeys(found)]


def _family(one: Judged, facts: Facts) -> tuple[str | None, bool]:
    ids = [i for branch in branches(one.terms) for i in branch] if one.terms else []
    for said in (facts.terms[i].outputs for i in ids if i in facts.terms):
        if said is not None and said.family is not None:
            return said.family, "family_only" in said.rules
    return None, False


def _upstream(one: Judged) -> bool:
    return one.verdict.subject is not None and one.verdict.subject.accepted_by == "upstream"


def _alone(act: Act, reason: Reason) -> Verdict:
    return Verdict(None, act, reason.result, reason.license, None, (), (reason,))
