"""Pages and texts that licences want beside a model: NOTICE, credits, licence texts, proofs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from llmx_data.license.expression import atoms
from llmx_data.license.facts import Facts
from llmx_data.license.findings import Obligation
from llmx_data.license.proof import page, proof
from llmx_data.publish.generators import generator_notice
from llmx_train.package_law import TOLD, Standing
from llmx_train.package_weights import Made

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


def attribution_page(standing: Standing, made: Made, credits: str) -> str:
    """Credit the base model, then everything that the mix credits, one level deeper."""
    bases = [j for j in standing.release.inputs if j.given.part == "base"]
    named = f"[{made.name}](https://huggingface.co/{made.hub})" if made.hub else made.name
    lines = [f"# Attribution for {standing.name}", "", "## Base model", "", f"- Model: {named}"]
    if made.revision is not None:
        lines.append(f"- Revision: {made.revision}")
    for one in bases:
        licences = one.terms or one.verdict.license_concluded
        lines.append(f"- Licence: {title_of(licences, standing, 'en')}")
    lines.append("- Changes: trained further with llmx")
    if not made.seen:
        lines.append("- Its NOTICE file, if it has one, was not at hand and is yours to add")
    deeper = re.sub(r"^#", "##", credits, flags=re.M)
    return "\n".join([*lines, "", deeper])


def title_of(license_id: str, standing: Standing, lang: Literal["ja", "en"]) -> str:
    """Give the title of a licence with its id."""
    terms = standing.facts.terms.get(license_id)
    if terms is None:
        return license_id
    if lang == "ja":
        return f"{terms.title_ja}（{license_id}）"
    return f"{terms.title} ({license_id})" if terms.title != license_id else license_id
