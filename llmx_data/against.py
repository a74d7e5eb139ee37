"""Known sources told on the command line: NAME=PATH[@LICENSE], or a recipe's list of sources."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from llmx_data.core.errors import RecipeError, nearest
from llmx_data.core.parts import Spec, find, names
from llmx_data.core.recipe import open_recipe
from llmx_data.ingest import Row, Source
from llmx_data.ingest.chat import COLUMNS, Form
from llmx_data.ingest.files import Files
from llmx_data.ingest.finding import find_files
from llmx_data.license.cards import DatasetCard
from llmx_data.license.expression import normalize
from llmx_data.license.facts import UNKNOWN, Facts
from llmx_data.plan import read_sources

FORMS: tuple[Form, ...] = (
    "openai",
    "sharegpt",
    "utterances",
    "preference",
    "alpaca",
    "elyza",
    "document",
)
"""Forms in the order they are tried on a file whose card declares none; a wrong guess finds
nothing, it never assigns."""

OPTIONAL = ("input", "rejected")
"""Columns of a form that a file may lack."""


def read_against(given: Sequence[str], facts: Facts) -> list[Spec]:
    """Give the sources that `--against` names, each with the folder its path is told from.

    Errors: RecipeError for a file that does not exist, a licence nobody knows, a name given twice,
    and a form that cannot be told.
    """
    specs: list[Spec] = []
    for text in given:
        name, equals, path = text.partition("=")
        if equals:
            specs.append(_of_file(name, path, facts))
        elif Path(text).suffix in (".yaml", ".yml"):
            specs += _of_recipe(Path(text), facts)
        else:
            problem = f"--against {text}: wanted NAME=PATH, NAME=PATH@LICENSE or SOURCES.yaml"
            raise RecipeError(f"{problem}\n    NAME is an id of `llmx license list datasets`")
    own = [spec.build().source_name for spec in specs]
    twice = sorted({name for name in own if own.count(name) > 1})
    if twice:
        raise RecipeError(f"--against: '{twice[0]}' stands twice\n    name all its files by a glob")
    if not specs:
        raise RecipeError("recover against what? --against NAME=PATH or --against SOURCES.yaml")
    return specs


def licence_of(source: Source, facts: Facts) -> str:
    """Licence that a known source gives its records: the catalogue's word before the user's."""
    card = facts.card(source.card_name() or source.source_name)
    given = (card.license if card else None) or source.license
    return normalize(given, facts) if given else UNKNOWN


def _of_recipe(path: Path, facts: Facts) -> Iterator[Spec]:
    reader = open_recipe(path)
    specs = read_sources(reader, reader.document.data.get("sources") or [], facts)
    for spec in specs:
        source: Source = spec.build()
        if facts.card(source.card_name() or source.source_name) is None and not source.license:
            reader.wrong(spec.place, "no licence is known", "say license: LICENSE")
    reader.finish()
    yield from specs


def _of_file(name: str, told: str, facts: Facts) -> Spec:
    path, license = told, ""
    if not find_files(told, Path())[1]:
        path, _, license = told.rpartition("@") if "@" in told else (told, "", "")
    if not find_files(path, Path())[1]:
        raise RecipeError(
            f"--against {name}: no file matches {path}\n    looked below {Path.cwd()}"
        )
    card = facts.card(name)
    _check_licence(name, license, card, facts)
    use, options = _read_as(name, path, card)
    options |= {"name": card.id if card else name, "path": path}
    return Spec("ingest", use, options | ({"license": license} if license else {}))


def _check_licence(name: str, license: str, card: DatasetCard | None, facts: Facts) -> None:
    """Refuse a name without any licence, and a licence that contradicts the catalogue."""
    if card is None and not license:
        hint = nearest(name, list(facts.datasets)).partition(" (known:")[0]
        raise RecipeError(
            f"--against {name}: not in the catalogue, so its licence is not known"
            f"\n    say {name}=PATH@LICENSE" + (f", or {hint}" if hint.startswith("did") else "")
        )
    if card is None or not license or card.license is None:
        normalize(license or None, facts)
    elif normalize(license, facts) != normalize(card.license, facts):
        raise RecipeError(
            f"--against {name}: the catalogue says {card.license}, not {license}"
            "\n    give other data another name"
        )


def _read_as(name: str, path: str, card: DatasetCard | None) -> tuple[str, dict[str, Any]]:
    """Part and options that read a file: the data set's own part, its card's form, or a guess."""
    for use in names("ingest") if card else ():
        if getattr(find("ingest", use, Path()), "catalogue", None) == (card and card.id):
            return use, {}
    there = _columns(path)
    form: Form | None = card.form if card else None
    columns = dict(card.columns) if card else {}
    if form is None or not _fits(form, columns, there):
        columns = {}
        form = next((guess for guess in FORMS if _fits(guess, {}, there)), None)
    if form is None:
        raise RecipeError(
            f"--against {name}: no form fits the columns {', '.join(sorted(there))}\n    tell form "
            "and columns in a YAML file: sources: [{use: files, name, path, form, columns}]"
        )
    key = {"key": card.key} if card and card.key in there else {}
    return "files", {"form": form, "columns": columns} | key


def _columns(path: str) -> set[str]:
    """Columns of the first rows; none if they cannot be read as they are."""
    source = Files(path=path)
    rows = (row for block in source.blocks(Path()) for row in source.rows(block))
    return {name for row in islice(rows, 3) if isinstance(row, Row) for name in row.data}


def _fits(form: str, columns: dict[str, str], there: set[str]) -> bool:
    where = COLUMNS[form] | columns
    return all(column in there for field, column in where.items() if field not in OPTIONAL)
