"""`llmx license`: what is known of licences, models and data sets, and questions to it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from llmx_data.core.errors import DataError, RecipeError, nearest
from llmx_data.core.recipe import resolved_yaml
from llmx_data.core.storage import shipped
from llmx_data.license.combine import combine
from llmx_data.license.diff import differences
from llmx_data.license.facts import Facts
from llmx_data.license.facts import load as load_facts
from llmx_data.license.lint import Declared, lint, lint_card
from llmx_data.license.lint_models import lint_model
from llmx_data.license.naming import check_name, demands_of
from llmx_data.license.proof import page, proof
from llmx_data.license.schema import Act, Result, Terms
from llmx_data.license.sentences import Lang

Printed = tuple[str, Any]
"""What is printed, as text and as plain data."""


def facts() -> Facts:
    """Load the facts."""
    return load_facts(shipped("licenses"))


def listed(kind: str) -> Printed:
    """Ids of terms, models or datasets, a line each."""
    known = sorted(getattr(facts(), kind))
    return "\n".join(known), known


def shown(name: str) -> Printed:
    """Tell what is known of a licence, a model or a data set, by any of its names."""
    known = facts()
    license_id = known.alias(name) or name
    found: Any = known.terms.get(license_id) or known.model(name) or known.card(name)
    if found is None:
        every = [*known.terms, *known.models, *known.datasets]
        hint = nearest(name, every).partition(" (known:")[0]
        raise RecipeError(f"no facts about '{name}'\n    {hint[:200]}")
    data = found.model_dump(mode="json")
    return resolved_yaml(data, {}).rstrip(), data


def compared(one: str, other: str) -> Printed:
    """Fields in which two licence texts differ, with the section behind each side."""
    rows = differences(_terms(one), _terms(other))
    lines = [
        f"{d.field}: {_plain(d.one)} [{d.section_one or '-'}] | "
        f"{_plain(d.other)} [{d.section_other or '-'}]"
        for d in rows
    ]
    return "\n".join(lines) or "no difference", [d.__dict__ for d in rows]


def _plain(value: Any) -> str:
    return ", ".join(map(str, value)) or "none" if isinstance(value, list) else str(value)


def _terms(name: str) -> Terms:
    known = facts()
    license_id = known.alias(name) or name
    if license_id not in known.terms:
        raise RecipeError(f"no facts about '{name}'\n    llmx license list")
    return known.terms[license_id]


def combined(
    names: Sequence[str], *, mode: Any, act: Act, policy: str, lang: Lang
) -> tuple[str, Any, int]:
    """Tell what a work made of several licences may go out under; ends with 5 or 4 if it may not.

    Errors: RecipeError for a name that is no licence.
    """
    answer = combine(names, facts(), mode=mode, act=act, policy=policy)
    code = {Result.DENY: 5, Result.REVIEW: 4}.get(answer.result, 0)
    return page(answer, lang=lang).rstrip(), proof(answer), code


def named(name: str, of: Sequence[str]) -> tuple[str, Any, int]:
    """Whether a model's name has the words its licences want first; ends with 5 if not."""
    answer = check_name(name, demands_of(of, facts()))
    lines = [
        f"{d.license} {d.section}: must begin with {d.words!r}" for d in answer.missing
    ]  # fmt: skip
    lines += [
        f"{a.license} wants {a.words!r} first and {b.license} {b.words!r}: no name has both"
        for a, b in answer.conflicts
    ]
    lines += [f"{d.license} {d.section}: show {d.words!r}" for d in answer.display]
    if answer.suggestion is not None:
        lines.append(f"a name that fits: {answer.suggestion}")
    elif answer.conflicts:
        lines.append("no name fits: leave one of them out")
    head = f"{name}: {'fits' if answer.fits else 'does not fit'}"
    data = {"name": name, "fits": answer.fits, "suggestion": answer.suggestion, "lines": lines}
    return "\n".join([head, *lines]), data, 0 if answer.fits else 5


def linted(targets: Sequence[str], lang: Lang) -> tuple[str, Any, int]:
    """Problems of declarations in a file (.jsonl, .json), or of cards; ends with 3 if any."""
    known = facts()
    problems = []
    for target in targets or [*sorted(known.datasets), *sorted(known.models)]:
        if Path(target).is_file():
            problems += [p for d in _declared(Path(target)) for p in lint(d, known)]
        elif (card := known.card(target)) is not None:
            problems += lint_card(card, known)
        elif (model := known.model(target)) is not None:
            problems += lint_model(model, known)
        else:
            told = "neither a file nor a data set or model of the catalogue"
            raise RecipeError(f"{target}: {told}")
    lines = [f"{p.name}: {p.rule}: {p.ja if lang == 'ja' else p.en}" for p in problems]
    data = [{"name": p.name, "rule": p.rule, "ja": p.ja, "en": p.en} for p in problems]
    return "\n".join([*lines, f"{len(problems)} problems"]), data, 3 if problems else 0


def _declared(path: Path) -> list[Declared]:
    text = path.read_text(encoding="utf-8")
    rows = json.loads(text) if path.suffix == ".json" else [
        json.loads(line) for line in text.splitlines() if line.strip()
    ]  # fmt: skip
    found = []
    for number, row in enumerate(rows if isinstance(rows, list) else [rows], 1):
        try:
            found.append(Declared.model_validate(row))
        except ValidationError as error:
            fault = error.errors()[0]
            where = ".".join(map(str, fault["loc"]))
            raise DataError(f"{path}:{number}: {where}: {fault['msg']}") from error
    return found
