"""Lint of what a repository or card declares: licence file, tag, README and data held together.

Every problem has a name, says what stands against what, and what to do. Nothing is judged here:
a problem is a question for whoever keeps the card.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pydantic import AliasChoices, ConfigDict, Field

from llmx_data.license.ask import Ask
from llmx_data.license.cards import DatasetCard
from llmx_data.license.expression import normalize
from llmx_data.license.facts import Facts
from llmx_data.license.mentions import (
    NONCOMMERCIAL_WORDS,
    WORDS,
    elements,
    known_license,
    licenses_in,
    models_in,
)
from llmx_data.license.schema import Purpose, Strict
from llmx_data.license.sentences_lint import PROBLEMS
from llmx_data.license.upstream import of_dataset

USUAL_NAME = re.compile(r"^(?:LICEN[CS]E|COPYING|UNLICENSE)(?:[.-](?:md|txt|rst))?$", re.IGNORECASE)
NO_FILE = (None, "", "(none)")
CODE_LICENSES = frozenset({"MIT", "Apache-2.0", "BSD-3-Clause", "GPL-3.0-only"})


class Declared(Strict):
    """What a repository or hub page says of its licence, each voice apart.

    Also read: `repo` for name, `license_of_data` for license_by_readme, `evidence` for readme;
    `commit` and `kind` are notes.
    """

    model_config = ConfigDict(populate_by_name=True)

    name: str = Field(validation_alias=AliasChoices("name", "repo"))
    license_file: str | None = None
    license_by_file: str | None = None
    license_by_tag: str | None = None
    license_by_readme: str | None = Field(
        default=None, validation_alias=AliasChoices("license_by_readme", "license_of_data")
    )
    readme: str = Field(default="", validation_alias=AliasChoices("readme", "evidence"))
    commit: str = ""
    kind: str = ""
    file_bytes: int | None = None


@dataclass(frozen=True)
class Problem:
    """One thing that does not fit: its name, what stands against what, in both languages."""

    rule: str
    name: str
    detail: str

    @property
    def ja(self) -> str:
        """The problem in Japanese."""
        return PROBLEMS[self.rule][0].format(detail=self.detail)

    @property
    def en(self) -> str:
        """The problem in English."""
        return PROBLEMS[self.rule][1].format(detail=self.detail)


def lint(declared: Declared, facts: Facts) -> list[Problem]:
    """Name every problem of one declaration, in the order of the checks; none where all agrees."""
    found = (p for check in CHECKS for p in check(declared, facts))
    return list(dict.fromkeys(Problem(rule, declared.name, detail) for rule, detail in found))


def lint_card(card: DatasetCard, facts: Facts) -> list[Problem]:
    """Name problems of a card in the catalogue: tag against conclusion, upstream, added limits."""
    found: list[tuple[str, str]] = []
    tag = normalize(card.declared, facts) if card.declared is not None else None
    own = normalize(card.license, facts) if card.license is not None else None
    if tag is not None and own is not None and tag != own:
        found.append(("tag_against_licence", f"{tag} / {own}"))
    if tag is not None and own is None:
        found.append(("tag_not_credible", tag))
    ask = Ask("redistribute_derived", Purpose(act=("redistribute_derived",)), facts)
    found += [("lost_upstream", f.reason.en) for f in of_dataset(card, ask)]
    for license in {tag, own} - {None}:
        limits = " ".join(card.terms).replace("_", "-")
        found += [("added_restriction", d) for d in _added(license, limits, facts)]
    return [Problem(rule, card.id, detail) for rule, detail in dict.fromkeys(found)]


Found = Iterator[tuple[str, str]]


def _file(given: Declared, facts: Facts) -> Found:
    """Look for the licence file: is it there, is it empty, is it called as tools expect."""
    if given.license_file in NO_FILE and "hub" not in (given.license_file or ""):
        yield "no_licence_file", given.license_by_readme or "-"
        return
    if given.file_bytes == 0:
        yield "empty_licence_file", given.license_file or ""
    base = (given.license_file or "").rpartition("/")[2]
    if not USUAL_NAME.match(base) and not base.startswith("("):
        yield "unusual_file_name", base


def _custom(given: Declared, facts: Facts) -> Found:
    """Look for licences that no list knows."""
    license = known_license(given.license_by_file, facts)
    if license is not None and license.startswith("LicenseRef-"):
        yield "custom_licence", license


def _voices(given: Declared, facts: Facts) -> Found:
    """Hold file, tag and README against each other."""
    file = known_license(given.license_by_file, facts)
    tag = known_license(given.license_by_tag, facts)
    readme = known_license(given.license_by_readme, facts)
    if file is not None and tag is not None and file != tag:
        yield "file_against_tag", f"{file} / {tag}"
    if file is not None and readme is not None and file != readme:
        code = file in CODE_LICENSES and readme not in CODE_LICENSES
        yield ("code_licence_on_data" if code else "file_against_readme"), f"{file} / {readme}"
    said = (given.license_by_readme or "").split(" / ")
    if len(said) > 1:
        yield "readme_contradicts_itself", given.license_by_readme or ""
    several = re.search(r" AND |mixed|per-folder", given.license_by_readme or "")
    if several is not None:
        yield "several_licences", given.license_by_readme or ""


def _quoted(given: Declared, facts: Facts) -> Found:
    """Find Creative Commons licences in the README other than the file's."""
    file = known_license(given.license_by_file, facts)
    for name in licenses_in(given.readme, facts) if file is not None else ():
        other = elements(name)
        if other and elements(file or "") and other != elements(file or ""):
            yield "readme_names_another", f"{file} / {name}"


def _outputs(given: Declared, facts: Facts) -> Found:
    """Find models whose terms reach the data beside its licence."""
    models = models_in(f"{given.readme} {given.license_by_readme or ''}")
    if models:
        yield "outputs_beside_licence", ", ".join(models[:4])


def _words(given: Declared, facts: Facts) -> Found:
    """Find words that point at a known kind of trouble."""
    text = f"{given.readme} {given.license_by_readme or ''}"
    bare = given.license_file in NO_FILE
    for rule, pattern in WORDS.items():
        found = pattern.search(text)
        if found is None:
            continue
        if rule in ("no_permission", "known_upstream") and not bare:
            continue
        if rule == "derived_under_nd" and "nd" not in elements(given.license_by_file or ""):
            continue
        yield rule, found[0].strip()


def _restricted(given: Declared, facts: Facts) -> Found:
    license = known_license(given.license_by_file or given.license_by_tag, facts)
    if license is not None:
        yield from (("added_restriction", d) for d in _added(license, given.readme, facts))


def _added(license: str | None, text: str, facts: Facts) -> Iterator[str]:
    """Find non-commercial words beside a licence that admits no further restriction."""
    terms = facts.terms.get(license or "")
    if terms is None or terms.no_further_restrictions not in ("adapted", "whole"):
        return
    word = NONCOMMERCIAL_WORDS.search(text)
    if word is not None and "noncommercial" not in terms.limitations:
        yield f"{license} / {word[0]}"


CHECKS: tuple[Callable[[Declared, Facts], Found], ...] = (
    _file,
    _custom,
    _voices,
    _quoted,
    _outputs,
    _words,
    _restricted,
)
