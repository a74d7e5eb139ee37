"""Obligations as text: the NOTICE file, licence texts, hub front matter."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from llmx_data.license.expression import atoms
from llmx_data.license.facts import Facts
from llmx_data.license.findings import SHARING, Obligation, Verdict

# Words that go into a NOTICE file; {database} is filled with the source's name.
NOTICES = ("notice_file", "database_notice", "display")

# Files of a published data set that hold what a duty asks for; the others are the user's to do.
HELD = {
    "attribution": "ATTRIBUTION.md",
    "source_credit": "ATTRIBUTION.md",
    "state_changes": "ATTRIBUTION.md",
    "name_generator": "ATTRIBUTION.md",
    "student_note": "ATTRIBUTION.md",
    "licence_copy": "LICENSES/",
    **dict.fromkeys(NOTICES, "NOTICE"),
}


def notice(verdicts: Iterable[Verdict]) -> str:
    """Write the NOTICE file: each sentence that licences ask for, once, in their own words.

    Words that only models must display are told in publish/generators.py.
    """
    lines: list[str] = []
    for verdict in verdicts:
        for duty in verdict.obligations:
            shown = duty.kind != "display" or verdict.act in SHARING
            if duty.kind in NOTICES and duty.words and shown:
                source = verdict.subject.source if verdict.subject else ""
                lines.append(duty.words.replace("{database}", source))
    return "".join(f"{line}\n" for line in dict.fromkeys(lines))


def held_in(duty: Obligation, facts: Facts) -> str | None:
    """Name the file of the data set that holds what a duty asks for; None: the user's to do."""
    if duty.kind in NOTICES and not duty.words:
        return None
    if duty.kind == "licence_copy":
        path, terms = facts.text_of(duty.license), facts.terms.get(duty.license)
        shipped = f"LICENSES/{duty.license}{path.suffix}" if path is not None else None
        return shipped or (terms.url if terms is not None else None)
    return HELD.get(duty.kind)


def texts(verdicts: Iterable[Verdict], facts: Facts) -> dict[str, Path]:
    """Find the texts to put into LICENSES/: id -> file; ids without a shipped text are left out."""
    ids: dict[str, None] = {}
    for verdict in verdicts:
        if verdict.subject is not None:
            ids |= dict.fromkeys(atoms(verdict.license_concluded))
            ids |= dict.fromkeys(atoms(verdict.license_db) if verdict.license_db else ())
            ids |= {o.license: None for o in verdict.obligations if o.kind == "licence_copy"}
    found = {i: facts.text_of(i) for i in sorted(ids)}
    return {i: path for i, path in found.items() if path is not None}


def front_matter(licenses: Sequence[str], facts: Facts) -> dict[str, str]:
    """Give the hub's `license` keys: its own id where it has one, else other, name and link."""
    if len(licenses) == 1:
        ids = atoms(licenses[0])
        terms = facts.terms.get(ids[0]) if len(ids) == 1 else None
        if terms is not None and terms.hub is not None:
            return {"license": terms.hub}
        name = licenses[0]
        link = terms.url if terms is not None and terms.url else "ATTRIBUTION.md"
    else:
        name, link = "per-record", "ATTRIBUTION.md"
    return {"license": "other", "license_name": _slug(name), "license_link": link}


def name_duties(verdicts: Iterable[Verdict]) -> tuple[Obligation, ...]:
    """List the duties on a model's name and display that the verdicts carry."""
    return tuple(
        dict.fromkeys(
            o for v in verdicts for o in v.obligations if o.kind in ("name_prefix", "display")
        )
    )


def _slug(name: str) -> str:
    return name.casefold().replace(" ", "-").replace("(", "").replace(")", "")
