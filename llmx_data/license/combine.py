"""Licences put together by name: what a unified work or a collection of them goes out under."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from llmx_data.license.conclude import database_only
from llmx_data.license.expression import atoms, normalize
from llmx_data.license.facts import Facts
from llmx_data.license.inputs import Input
from llmx_data.license.mix import Answer, judge_mix
from llmx_data.license.schema import Act, Purpose


def combine(
    licenses: Sequence[str],
    facts: Facts,
    *,
    mode: Literal["collection", "unified"] = "unified",
    act: Act = "redistribute_derived",
    policy: str = "standard",
) -> Answer:
    """Judge licences as one data set (or, for release_weights, as what a model is made of).

    A licence of databases only enters the database layer; a model's licence enters as weights
    where weights are released.
    Errors: RecipeError for a name that is neither known nor an expression.
    """
    actor = {"jurisdiction": "JP", "training_location": "JP"}
    purpose: Purpose = facts.purpose({"act": [act], "mode": mode, "policy": policy, "actor": actor})
    return judge_mix([_input(name, act, facts) for name in licenses], act, purpose, facts)


def _input(name: str, act: Act, facts: Facts) -> Input:
    license = normalize(name, facts)
    terms = [facts.terms[i] for i in atoms(license) if i in facts.terms]
    if all(database_only(i, facts) for i in atoms(license)):
        return Input(license=license, layer="database")
    model = bool(terms) and all("weights" in t.layers and "content" not in t.layers for t in terms)
    if act == "release_weights" and model:
        return Input(license=license, role="base")
    return Input(license=license, accepted_by="self")
