"""Case files: questions about mixes as data, judged under every policy.

    cases:
      - id: T5
        act: redistribute_derived
        mode: unified
        inputs: [{license: CC-BY-SA-4.0}, {dataset: ichikara-instruction}]
        actor: {kind: company}
        request: {license: CC-BY-SA-4.0, name: my-set}
        expect:
          strict: {verdict: DENY}
          standard: {verdict: DENY, disputed: false}

`expect: {verdict: DENY DENY ALLOW_WITH, disputed: false}` says the same in short: one verdict for
all policies or one for each (strict, standard, permissive_jp), the rest for standard. An actor who
does not say where it is acts in Japan, as everywhere in this catalogue.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, field_validator

from llmx_data.core.errors import Mistake, RecipeError
from llmx_data.core.yaml12 import load as load_yaml
from llmx_data.license.facts import Facts
from llmx_data.license.inputs import Input
from llmx_data.license.mix import Answer, judge_mix
from llmx_data.license.proof import proof, said, spelled
from llmx_data.license.schema import Act, Actor, Purpose, Release, Strict

POLICIES = ("strict", "standard", "permissive_jp")
# Where a policy does not fit the actor, the next stricter one that fits everybody answers.
FALLBACK = "standard"
Verdict = Literal["ALLOW", "ALLOW_WITH", "REVIEW", "DENY"]


class Expect(Strict):
    """What a case should give under one policy; what is null or empty is not compared."""

    verdict: Verdict | None = None
    outgoing: tuple[str, ...] | None = None
    disputed: bool | None = None
    rules: tuple[str, ...] = ()
    """Rules that must be among the reasons."""

    duties: tuple[str, ...] = ()
    """Kinds of obligations that must be due."""


class Case(Strict):
    """One question: what enters, what is done, by whom, and what is wanted to come out."""

    id: str
    title: str = ""
    act: Act
    mode: Literal["collection", "unified"] = "collection"
    inputs: tuple[Input, ...]
    actor: Actor = Actor()
    request: Release = Release()
    serves: tuple[str, ...] = ()
    policies: tuple[str, ...] = POLICIES
    expect: dict[str, Expect] = Field(default_factory=dict)
    source: str | None = None
    """Where the question comes from: a page, a discussion, a released model."""

    @field_validator("inputs")
    @classmethod
    def _some(cls, value: tuple[Input, ...]) -> tuple[Input, ...]:
        if not value:
            raise ValueError("a case needs at least one input")
        return value

    def purpose(self, policy: str, facts: Facts) -> tuple[Purpose, bool]:
        """Give the purpose under one policy, and whether the policy fits the actor."""
        place = self.actor.jurisdiction or "JP"
        where = {"jurisdiction": place, "training_location": self.actor.training_location or place}
        actor = self.actor.model_copy(update=where)
        wanted = facts.policies[policy].requires
        fits = wanted.jurisdiction in (None, actor.jurisdiction) and wanted.training_location in (
            None,
            actor.training_location,
        )
        made = Purpose(
            name=self.id,
            act=(self.act,),
            mode=self.mode,
            policy=policy if fits else FALLBACK,
            actor=actor,
            release=self.request,
            serves=self.serves,
        )
        return made, fits


def read_cases(path: Path) -> tuple[Case, ...]:
    """Read a YAML or JSON file of cases: a list, a single case, or a list under `cases`.

    Errors: RecipeError with every mistake of the file, each with line and field.
    """
    document = load_yaml(path)
    mistakes = list(document.mistakes)
    data = document.data
    inside = isinstance(data, dict) and "cases" in data
    rows = data["cases"] if inside else data if isinstance(data, list) else [data]
    found: list[Case] = []
    for at, row in enumerate(rows):
        here: tuple[str | int, ...] = ("cases", at) if inside else (at,) if rows is data else ()
        try:
            found.append(Case.model_validate_json(json.dumps(spelled_out(row)), strict=True))
        except ValidationError as error:
            mistakes += [
                Mistake(document.where((*here, *e["loc"])), ".".join(map(str, e["loc"])), e["msg"])
                for e in error.errors()
            ]
    if mistakes:
        raise RecipeError(mistakes)
    return tuple(found)


def spelled_out(row: Any) -> Any:
    """Give a case with its expectations by policy, where they stand in the short form."""
    expect = row.get("expect") if isinstance(row, dict) else None
    if not isinstance(expect, dict) or not isinstance(expect.get("verdict"), str):
        return row
    words = expect["verdict"].split()
    verdicts = words * len(POLICIES) if len(words) == 1 else words
    found = {p: {"verdict": v} for p, v in zip(POLICIES, verdicts, strict=False)}
    return row | {"expect": found | {FALLBACK: expect | found.get(FALLBACK, {"verdict": "?"})}}


def answers(case: Case, facts: Facts) -> Iterator[tuple[str, Answer, bool]]:
    """Judge a case under each of its policies: (policy, answer, whether the policy fits).

    Errors: RecipeError for an unknown policy, and for a licence that is no name.
    """
    for policy in case.policies:
        if policy not in facts.policies:
            known = ", ".join(facts.policies)
            raise RecipeError([Mistake("", "policies", f"unknown policy '{policy}'", known)])
        purpose, fits = case.purpose(policy, facts)
        yield policy, judge_mix(case.inputs, case.act, purpose, facts), fits


def run_cases(cases: Sequence[Case], facts: Facts, *, explain: bool = False) -> dict[str, Any]:
    """Judge cases: {"facts", "cases": [{"id", "act", "policies": {policy: answer}}]}.

    An answer holds verdict, outgoing, free, database, obligations, disputed and reasons; with
    `explain` the proof tree too. Same cases and facts give the same bytes.
    """
    return {
        "facts": facts.hash,
        "cases": [
            {
                "id": case.id,
                "act": case.act,
                "mode": case.mode,
                "policies": {
                    policy: _answer(policy, answer, fits=fits, explain=explain)
                    for policy, answer, fits in answers(case, facts)
                },
            }
            for case in cases
        ],
    }


def failures(case: Case, facts: Facts) -> list[str]:
    """Hold a case's answers against what it expects; no lines where all is as expected."""
    lines = [f"{p}: expected, but not among its policies" for p in case.expect
             if p not in case.policies]  # fmt: skip
    for policy, answer, _ in answers(case, facts):
        expect = case.expect.get(policy)
        if expect is not None:
            lines += [f"{policy}: {line}" for line in _unlike(expect, answer)]
    return lines


def _unlike(expect: Expect, answer: Answer) -> Iterator[str]:
    if expect.verdict not in (None, answer.result.name):
        why = "; ".join(r.en for r in answer.reasons() if r.result == answer.result)
        yield f"{answer.result.name}, not {expect.verdict}: {why}"
    if expect.outgoing is not None and expect.outgoing != answer.outgoing:
        yield f"outgoing: {answer.outgoing}, not {expect.outgoing}"
    if expect.disputed is not None and expect.disputed != answer.disputed:
        yield f"disputed: {answer.disputed}, not {expect.disputed}"
    for rule in set(expect.rules) - {r.rule for r in answer.reasons()}:
        yield f"no reason by rule {rule}"
    for kind in set(expect.duties) - {o.kind for o in answer.obligations}:
        yield f"no duty of kind {kind}"


def _answer(policy: str, answer: Answer, *, fits: bool, explain: bool) -> dict[str, Any]:
    reasons = [said(r) for r in answer.reasons()]
    if not fits:
        reasons.append(said(spelled("policy_unfit", policy, answer)))
    found = {
        "verdict": answer.result.name,
        "outgoing": list(answer.outgoing),
        "free": answer.free,
        "per_record": answer.per_record,
        "limits": list(answer.limits),
        "database": list(answer.database),
        "obligations": [
            {
                "kind": o.kind,
                "license": o.license,
                "section": o.section,
                "words": o.words,
                "ja": o.say("ja"),
                "en": o.say("en"),
            }
            for o in answer.obligations
        ],
        "disputed": answer.disputed,
        "reasons": reasons,
    }
    return found | ({"proof": proof(answer)} if explain else {})
