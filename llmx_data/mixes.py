"""`llmx audit` without data: cases from a file, or a mix of names on the command line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args

from llmx_data.auditing import Answer, Question
from llmx_data.core.errors import RecipeError, nearest
from llmx_data.core.storage import shipped
from llmx_data.license.cases import failures, read_cases, run_cases
from llmx_data.license.expression import normalize
from llmx_data.license.facts import Facts
from llmx_data.license.facts import load as load_facts
from llmx_data.license.inputs import Input, Part
from llmx_data.license.mix import judge_mix
from llmx_data.license.proof import page, proof
from llmx_data.license.schema import Purpose, Result
from llmx_data.license.sentences import Lang
from llmx_data.license.whatif import WhatIf, what_if

TRAINING = ("train_internal", "release_weights", "commercial_service", "train_on_outputs")


def audit_cases(path: Path, *, explain: bool) -> Answer:
    """Judge every case of a file under every policy; ends with 3 where an expectation fails."""
    facts = load_facts(shipped("licenses"))
    cases = read_cases(path)
    found = run_cases(cases, facts, explain=explain)
    wrong = {case.id: failures(case, facts) for case in cases}
    lines = []
    for case in found["cases"]:
        verdicts = ", ".join(f"{p} {a['verdict']}" for p, a in case["policies"].items())
        lines.append(f"{case['id']}: {verdicts}")
        lines += [f"    not as expected: {line}" for line in wrong[case["id"]]]
    failed = sum(bool(w) for w in wrong.values())
    lines.append(f"{len(cases)} cases, {failed} not as expected")
    return Answer("\n".join(lines), found, 3 if failed else 0)


def audit_names(words: Sequence[str], question: Question) -> Answer:
    """Judge a mix told as [ROLE:]NAME: models, data sets and licences by any of their names."""
    facts = load_facts(shipped("licenses"))
    own = facts.purposes["publish-model"]
    purpose = question.asked(own, facts)
    inputs = _without([_input(word, purpose, facts) for word in words], question.drop)
    answers = [judge_mix(inputs, act, purpose, facts) for act in purpose.act]
    worst = max((a.result for a in answers), default=Result.ALLOW)
    pages, acts = [], []
    for answer in answers:
        fix = None
        if answer.result > Result.ALLOW_WITH:
            fix = what_if(inputs, answer.act, purpose, facts)
        lines = page(answer, lang=question.lang) + _owed(answer.obligations, question.lang)
        pages.append(lines + (f"  {_fix(fix, question.lang)}\n" if fix is not None else ""))
        acts.append(proof(answer) | {"fix": _table(fix)})
    facts_ = {"acts": acts, "result": worst.name}
    return Answer("\n".join(pages).rstrip(), facts_, question.exit_code(worst))


def _without(inputs: list[Input], names: Sequence[str]) -> list[Input]:
    """Leave out what --what-if drops."""
    known = [given.name for given in inputs]
    for name in names:
        if name not in known:
            raise RecipeError(f"--what-if drop:{name}: not in the mix\n    {nearest(name, known)}")
    return [given for given in inputs if given.name not in names]


def _fix(fix: WhatIf, lang: Lang) -> str:
    """Say what to leave out; models that are the material itself cannot be."""
    if fix.drop is None:
        return (
            "最小の対処: なし。モデル自体が障害になっている" if lang == "ja" else
            "smallest fix: none, the models themselves are the obstacle"
        )  # fmt: skip
    names, rest = ", ".join(fix.drop), fix.answer.result.name
    if lang == "ja":
        return f"最小の対処: {names} を外す。残りは {rest}"
    return f"smallest fix: leave out {names}; the rest is {rest}"


def _table(fix: WhatIf | None) -> dict[str, Any] | None:
    if fix is None:
        return None
    return {"drop": list(fix.drop or ()), "possible": fix.drop is not None}


def _owed(obligations: Sequence[Any], lang: Lang) -> str:
    duties = dict.fromkeys(o.say(lang) for o in obligations)
    return "".join(f"  - {duty}\n" for duty in duties)


def _input(word: str, purpose: Purpose, facts: Facts) -> Input:
    role, colon, name = word.partition(":")
    roles = get_args(Part)
    if not colon:
        role, name = "", word
    elif role not in roles:
        raise RecipeError(f"{word}: '{role}' is no role\n    {nearest(role, roles)}")
    given: dict[str, Any] = {"id": name, "role": role or None}
    if facts.model(name) is not None:
        return Input(**given, model=name)
    if not role and set(purpose.act) & set(TRAINING):
        given["role"] = "train"
    if facts.card(name) is not None:
        return Input(**given, dataset=name)
    try:
        normalize(name, facts)
    except RecipeError as error:
        known = [*facts.models, *facts.datasets, *facts.terms]
        remedy = _close(name, known)
        raise RecipeError(f"{word}: no model, data set or licence\n    {remedy}") from error
    return Input(**given, license=name)


def _close(name: str, known: Sequence[str]) -> str:
    """Nearest names only: the catalogue is too long to print."""
    return nearest(name, known).partition(" (known:")[0].partition("known:")[0] or (
        "llmx license list shows what is known"
    )
