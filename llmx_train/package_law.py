"""What the licences say of a trained model: verdicts of all acts, its name, what must go along."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from llmx_data.core.errors import LicenseDenied, ReviewNeeded
from llmx_data.license.expression import atoms
from llmx_data.license.facts import Facts
from llmx_data.license.findings import Obligation
from llmx_data.license.mix import Answer, judge_mix
from llmx_data.license.naming import NameAnswer, check_name, demands
from llmx_data.license.proof import page, proof
from llmx_data.license.schema import Act, Purpose, Result
from llmx_data.publish.generators import generator_notice, passed_on
from llmx_data.publish.outline import generators_of
from llmx_train.gate import enforce, inputs_of, purpose_of
from llmx_train.recipe import Sft

TOLD: tuple[Act, ...] = ("release_weights", "commercial_service")
"""Acts that every card tells of, whatever the purpose."""

NAMES = ("name_missing", "name_conflict")

HELD = {
    "attribution": "ATTRIBUTION.md",
    "attribution_weights": "README.md",
    "source_credit": "ATTRIBUTION.md",
    "name_generator": "README.md",
    "state_changes": "README.md",
    "display": "README.md",
    "noncommercial": "README.md",
    "research_only": "README.md",
    "purpose": "README.md",
}
"""Files of a package that hold what a duty asks for; the others are the user's to do."""


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


def held_in(duty: Obligation, facts: Facts) -> str | None:
    """Name the file of the package that holds what a duty asks for; None: the user's to do."""
    if duty.kind == "notice_file":
        return "NOTICE" if duty.words else None
    if duty.kind == "licence_copy":
        path, terms = facts.text_of(duty.license), facts.terms.get(duty.license)
        if path is not None:
            return f"LICENSES/{duty.license}{path.suffix}"
        return terms.url if terms is not None else None
    return HELD.get(duty.kind)


def notice_page(standing: Standing, parts: Sequence[str]) -> str:
    """Write NOTICE: sentences that terms ask for, once each, then the notices of base and mix.

    `parts` are NOTICE files that came with them. Empty where nothing is asked for.
    """
    words = [o.words for o in standing.duties if o.kind == "notice_file" and o.words]
    own = "".join(f"{line}\n" for line in dict.fromkeys(words))
    asked = generator_notice(standing.generators, standing.facts)
    mixed = "\n".join(parts)
    found = [own, *parts, "" if asked.strip() in mixed else asked]
    return "\n".join(part.rstrip("\n") + "\n" for part in found if part.strip())


def licence_texts(standing: Standing, mix: Path) -> dict[str, Path]:
    """Find the texts to put into LICENSES/, by file name: of the mix, the models and the outcome.

    Terms whose text may not be copied are left out; LICENSE.md links them.
    """
    folder = mix / "dataset" / "LICENSES"
    found = {path.name: path for path in sorted(folder.glob("*")) if path.is_file()}
    for license_id in involved(standing):
        path = standing.facts.text_of(license_id)
        if path is not None:
            found.setdefault(f"{license_id}{path.suffix}", path)
    return dict(sorted(found.items()))


def involved(standing: Standing) -> list[str]:
    """List the ids of the outgoing licences, of base and data, and of those a copy must follow."""
    ids: dict[str, None] = dict.fromkeys(standing.release.outgoing)
    for answer in (standing.acts[act] for act in TOLD):
        for one in answer.inputs:
            ids |= dict.fromkeys(atoms(one.verdict.license_concluded))
            ids |= dict.fromkeys(atoms(one.verdict.license_db) if one.verdict.license_db else ())
        due = ("licence_copy", "practice")
        ids |= {o.license: None for o in answer.obligations if o.kind in due}
    return [i for i in ids if i in standing.facts.terms]


def audit_table(standing: Standing, audit: dict[str, Any]) -> dict[str, Any]:
    """Give what audit.json holds: purpose, hash of the facts, and the proof of every act."""
    return {
        "name": standing.name,
        "facts": standing.facts.hash,
        "mix_facts": audit["facts"],
        "purpose": standing.purpose.model_dump(mode="json"),
        "answers": {
            act: proof(answer)
            | {
                "free": answer.free,
                "obligations": [
                    vars(o) | {"ja": o.say("ja"), "en": o.say("en")} for o in answer.obligations
                ],
            }
            for act, answer in standing.acts.items()
        },
    }


def audit_page(standing: Standing) -> str:
    """Write AUDIT.md: the proof trees in both languages, with the rule and section of each line."""
    langs: tuple[tuple[Literal["ja", "en"], str], ...] = (("ja", "日本語"), ("en", "English"))
    lines = [f"# {standing.name}: AUDIT", ""]
    lines += ["これは法的助言ではありません。 This is not legal advice.", ""]
    lines += [f"facts: `{standing.facts.hash}`; policy: {standing.purpose.policy}", ""]
    for lang, title in langs:
        lines += [f"## {title}", ""]
        for answer in standing.acts.values():
            lines += ["```text", page(answer, lang=lang).rstrip(), "```", ""]
    return "\n".join(lines).rstrip("\n") + "\n"
