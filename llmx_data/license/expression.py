"""Licence names to SPDX expressions: aliases resolved, branches kept, nothing simplified away."""

from __future__ import annotations

from difflib import get_close_matches
from functools import lru_cache
from itertools import product
from typing import Any, Literal

from llmx_data.core.errors import Mistake, RecipeError
from llmx_data.license.facts import UNKNOWN, Facts

Branch = tuple[str, ...]


@lru_cache(maxsize=4096)
def normalize(
    text: str | None, facts: Facts, *, on_error: Literal["raise", "unknown"] = "raise"
) -> str:
    """Turn a licence name as found into an SPDX expression with LicenseRefs.

    Hub ids, scancode keys and free text go by the aliases; a family without its version becomes
    LicenseRef-llmx-unknown-version, no name LicenseRef-llmx-unknown. An SPDX id without facts here
    is kept as it is. Cost: microseconds once seen.
    Errors: RecipeError with the nearest names, unless `on_error` asks for unknown.
    """
    if text is None or not text.strip():
        return UNKNOWN
    known = facts.alias(text)
    if known is not None:
        return known
    try:
        return _render(_parse(text), facts)
    except RecipeError:
        if on_error == "unknown":
            return UNKNOWN
        raise


def atoms(expression: str) -> Branch:
    """List the licences of a normalized expression once each, in their order."""
    return tuple(dict.fromkeys(item for branch in branches(expression) for item in branch))


@lru_cache(maxsize=4096)
def branches(expression: str) -> tuple[Branch, ...]:
    """List the alternatives of a normalized expression: each branch is to be met whole."""
    return tuple(dict.fromkeys(_alternatives(_parse(expression))))


def both(expressions: list[str]) -> str:
    """Join expressions so that all of them apply."""
    parts = list(dict.fromkeys(expressions))
    if len(parts) == 1:
        return parts[0]
    return " AND ".join(f"({part})" if " OR " in part else part for part in parts)


def _alternatives(node: Any) -> list[Branch]:
    operands = getattr(node, "args", ())
    if not operands:
        return [(_name(node),)]
    inner = [_alternatives(operand) for operand in operands]
    if _is_or(node):
        return [branch for group in inner for branch in group]
    return [tuple(dict.fromkeys(i for b in chosen for i in b)) for chosen in product(*inner)]


def _render(node: Any, facts: Facts) -> str:
    operands = getattr(node, "args", ())
    if not operands:
        return _resolve(_name(node), facts)
    parts = list(dict.fromkeys(_render(operand, facts) for operand in operands))
    if len(parts) == 1:
        return parts[0]
    return " OR ".join(parts) if _is_or(node) else both(parts)


def _resolve(name: str, facts: Facts) -> str:
    known = facts.alias(name)
    if known is not None:
        return known
    if name.startswith("LicenseRef-"):
        return name
    base, exception = (part.strip() for part in (*name.split(" WITH "), "")[:2])
    if exception:
        return f"{_resolve(base, facts)} WITH {exception}"
    spdx = _spdx().get(name.casefold())
    if spdx is None:
        raise _unknown(name, facts)
    return spdx


def _parse(text: str) -> Any:
    from license_expression import ExpressionError, ExpressionParseError, Licensing

    try:
        return Licensing().parse(text)
    except (ExpressionError, ExpressionParseError) as error:
        problem = f"'{text}' is neither a known licence name nor an SPDX expression"
        remedy = "write an SPDX id such as CC-BY-4.0, or unknown where nothing is known"
        raise RecipeError([Mistake("", "license", problem, remedy)]) from error


def _name(node: Any) -> str:
    return str(node.render())


def _is_or(node: Any) -> bool:
    return type(node).__name__ == "OR"


@lru_cache(maxsize=1)
def _spdx() -> dict[str, str]:
    from license_expression import get_spdx_licensing

    symbols = get_spdx_licensing().known_symbols
    return {key.casefold(): key for key in symbols if not key.startswith("LicenseRef-")}


def _unknown(name: str, facts: Facts) -> RecipeError:
    ids = {i.casefold(): i for i in facts.terms} | {n: i for n, i in facts.names.items()}
    close = get_close_matches(name.casefold(), list(ids), n=8, cutoff=0.5)
    found = [i for i in dict.fromkeys(ids[c] for c in close) if UNKNOWN not in i][:3]
    remedy = f"did you mean {' or '.join(found)}?" if found else "write an SPDX id, or unknown"
    return RecipeError([Mistake("", "license", f"unknown licence '{name}'", remedy)])
