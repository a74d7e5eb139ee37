"""The gate of training: base model and every case of the data, judged before anything is loaded."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from llmx_data.core.errors import DataError, LicenseDenied, ReviewNeeded
from llmx_data.core.storage import read_json
from llmx_data.license.facts import Facts
from llmx_data.license.inputs import Input
from llmx_data.license.mix import Answer, judge_mix
from llmx_data.license.proof import page
from llmx_data.license.schema import Purpose, Result
from llmx_data.license.whatif import what_if
from llmx_train.recipe import Sft

REMEDY = """\
    another purpose, other data or another base may be allowed:
    llmx audit base:MODEL train:DATA --purpose PURPOSE"""


def audit_of(mix: Path) -> dict[str, Any]:
    """Read what the audit of a finished mix found. Errors: DataError where there is none."""
    path = mix / "audit" / "audit.json"
    if not path.is_file():
        raise DataError(f"{path}: no such file\n    llmx mix RECIPE makes a mix that can be judged")
    found: dict[str, Any] = read_json(path)
    return found


def inputs_of(recipe: Sft, audit: dict[str, Any]) -> list[Input]:
    """Make one input of the base, and one of every case of the data that goes into training.

    A model of random weights made in the run has no terms.
    """
    name = recipe.top.model.catalogue or recipe.top.model.base
    found = [] if recipe.tiny else [Input(id=name, model=name, role="base", accepted_by="self")]
    return found + [_data(group) for group in audit["groups"] if group["config"]]


def _data(group: dict[str, Any]) -> Input:
    return Input(
        id=f"{group['source']} ({group['license_declared']})",
        role="train",
        dataset=group["card"],
        license=group["license_declared"],
        license_db=group["license_db"],
        terms=tuple(group["terms"] or ()),
        accepted_by=group["accepted_by"],
        adaptation=group["adaptation"],
        generator=group["generator"],
        origin=group["origin"],
        records=group["records"],
        chars=group["chars"],
        tokens=group["tokens"] or None,
    )


def purpose_of(recipe: Sft) -> Purpose:
    """Give the recipe's purpose with the name and licence that the weights shall have."""
    out, release = recipe.top.output, recipe.purpose.release
    told = {k: v for k, v in (("name", out.name), ("license", out.license)) if v is not None}
    return recipe.purpose.model_copy(update={"release": release.model_copy(update=told)})


def answers_of(recipe: Sft, audit: dict[str, Any]) -> list[Answer]:
    """Judge base and data together, for each act of the purpose. Cost: 0.3 ms per case."""
    purpose, inputs = purpose_of(recipe), inputs_of(recipe, audit)
    return [judge_mix(inputs, act, purpose, recipe.facts) for act in purpose.act]


def worst(answers: Sequence[Answer]) -> Result:
    """Give the worst verdict over the acts."""
    return max((answer.result for answer in answers), default=Result.ALLOW)


def enforce(recipe: Sft, audit: dict[str, Any], answers: Sequence[Answer]) -> None:
    """Stop where an act is denied or a question is open, with clauses and the smallest fix.

    Errors: LicenseDenied (exit 5) or ReviewNeeded (exit 4).
    """
    bad = [answer for answer in answers if answer.result > Result.ALLOW_WITH]
    if not bad:
        return
    purpose, inputs = purpose_of(recipe), inputs_of(recipe, audit)
    told = []
    for answer in bad:
        told.append(page(answer).rstrip())
        told.append(f"    {_fix(inputs, answer, purpose, recipe.facts)}")
    message = "\n".join([f"{recipe.name}: {worst(bad).name}", *told, REMEDY])
    raise LicenseDenied(message) if worst(bad) == Result.DENY else ReviewNeeded(message)


def _fix(inputs: Sequence[Input], answer: Answer, purpose: Purpose, facts: Facts) -> str:
    fix = what_if(inputs, answer.act, purpose, facts)
    if fix.drop is None:
        return "smallest fix: none, the model itself is the obstacle"
    return f"smallest fix: leave out {', '.join(fix.drop)}; the rest is {fix.answer.result.name}"
