"""How a trained model stands in law: the verdict of every act, and whether it may be called so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from llmx_data.core.errors import LicenseDenied, ReviewNeeded
from llmx_data.license.facts import Facts
from llmx_data.license.findings import Obligation
from llmx_data.license.mix import Answer, judge_mix
from llmx_data.license.naming import NameAnswer, check_name, demands
from llmx_data.license.schema import Act, Purpose, Result
from llmx_data.publish.generators import passed_on
from llmx_data.publish.outline import generators_of
from llmx_train.gate import enforce, inputs_of, purpose_of
from llmx_train.recipe import Sft

TOLD: tuple[Act, ...] = ("release_weights", "commercial_service")
"""Acts that every card tells of, whatever the purpose."""

NAMES = ("name_missing", "name_conflict")


@dataclass(frozen=True)
class Standing:
    """How a model stands in law: one answer per act, judged with the name that it shall have."""

    name: str
    purpose: Purpose
    facts: Facts
    acts: dict[Act, Answer]
    """Acts of the purpose first, then those that every card tells of."""
    generators: tuple[str, ...]
    """Models that wrote records of the mix."""

    @property
    def release(self) -> Answer:
        """The answer for publishing the weights."""
        return self.acts["release_weights"]

    @property
    def public(self) -> bool:
        """Whether the purpose is to publish the weights."""
        return "release_weights" in self.purpose.act

    @property
    def duties(self) -> tuple[Obligation, ...]:
        """Every duty of publishing or serving the model, once."""
        every = (o for act in TOLD for o in self.acts[act].obligations)
        return tuple(dict.fromkeys(every))

    @property
    def naming(self) -> NameAnswer:
        """Hold the name against the words that must stand first, or be shown."""
        return check_name(self.name, demands(self.duties))

    @property
    def displays(self) -> tuple[str, ...]:
        """List the words to show beside the model, those that only practice asks for too."""
        own = [o.words for o in self.duties if o.kind == "display" and o.words]
        asked = [p.words for p in passed_on(self.generators, self.facts) if p.kind == "display"]
        return tuple(dict.fromkeys([*own, *asked]))

    @property
    def unsaid_limits(self) -> tuple[str, ...]:
        """List the limits that go on with the weights and that no outgoing licence states."""
        terms = [self.facts.terms[i] for i in self.release.outgoing if i in self.facts.terms]
        carried = {limit for t in terms for limit in t.limitations}
        return tuple(limit for limit in self.release.limits if limit not in carried)


def stand(recipe: Sft, audit: dict[str, Any], answers: Sequence[Answer]) -> Standing:
    """Judge base and data anew with the model's name, for the purpose and for release and service.

    Answers that are given and worse than those found here stay: nothing is softened.
    """
    name = recipe.top.output.name or recipe.name
    purpose = purpose_of(recipe)
    release = purpose.release.model_copy(update={"name": name})
    purpose = purpose.model_copy(update={"release": release})
    inputs = inputs_of(recipe, audit)
    given = {answer.act: answer for answer in answers}
    acts: dict[Act, Answer] = {}
    for act in dict.fromkeys((*purpose.act, *TOLD)):
        found = judge_mix(inputs, act, purpose, recipe.facts)
        worse = act in given and given[act].result > found.result
        acts[act] = given[act] if worse else found
    groups = [g for g in audit["groups"] if g["config"]]
    wrote = dict.fromkeys(m for g in groups for m in generators_of(g, recipe.facts))
    return Standing(name, purpose, recipe.facts, acts, tuple(wrote))


def refuse(recipe: Sft, audit: dict[str, Any], standing: Standing) -> None:
    """Stop where an act of the purpose is not allowed, or the model may not be called so.

    Errors: LicenseDenied (exit 5), ReviewNeeded (exit 4); the name's says one that would pass.
    """
    if set(standing.purpose.act) & set(TOLD):
        _refuse_name(standing)
    enforce(recipe, audit, [standing.acts[act] for act in standing.purpose.act])


def _refuse_name(standing: Standing) -> None:
    found = [r for r in standing.release.reasons() if r.rule in NAMES]
    bad = [r for r in found if r.result > Result.ALLOW_WITH]
    if not bad:
        return
    lines = [f"{standing.name}: a model may not be called so"]
    lines += [f"    {r.en} [{r.rule}, {r.license} {r.section}]" for r in bad]
    passes = standing.naming.suggestion
    lines += [
        f"    a name that would pass: {passes}; write output.name: {passes}"
        if passes
        else "    no name passes: leave one of them out"
    ]
    denied = max(r.result for r in bad) == Result.DENY
    raise (LicenseDenied if denied else ReviewNeeded)("\n".join(lines))
