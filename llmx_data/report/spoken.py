"""The table of diversity as the page shows it: a row per figure, a column per method."""

from __future__ import annotations

from typing import Any

from llmx_data.license.sentences import Pair
from llmx_data.report.diversity import NEIGHBOURS
from llmx_data.report.glossary import reason_name
from llmx_data.report.words_synthesis import REJECTED

Column = tuple[str | None, dict[str, Any]]


def figure_columns(diversity: dict[str, Any]) -> list[Column]:
    """All methods together (None), then each; one method alone stands for all."""
    methods = list(diversity["methods"].items())
    return methods if len(methods) == 1 else [(None, diversity["all"]), *methods]


def figure_rows(diversity: dict[str, Any]) -> list[tuple[str, list[str]]]:
    """Key of each figure's name, and what stands in its columns."""
    columns = [figures for _, figures in figure_columns(diversity)]
    units = diversity["sample"]["units"]
    return [(name, [tell(one, units) for one in columns]) for name, tell in ROWS.items()]


def has_fewer(diversity: dict[str, Any]) -> bool:
    """Whether some figure was read from less than the fixed amount."""
    return any("*" in cell for _, cells in figure_rows(diversity) for cell in cells)


def rejected_name(reason: str) -> Pair:
    """Name a reason of a method; one that is not known there, as a drop reason."""
    return REJECTED.get(reason) or reason_name(reason)


def _whole(one: dict[str, Any], _: int) -> str:
    return f"{one['records']:,}"


def _lengths(side: str) -> Any:
    def tell(one: dict[str, Any], _: int) -> str:
        found = one[f"{side}_chars"]
        return f"{found[1]:,} ({found[0]:,}–{found[2]:,})" if found else "–"

    return tell


def _percent(name: str) -> Any:
    def tell(one: dict[str, Any], _: int) -> str:
        return "–" if one[name] is None else f"{one[name] * 100:.1f}%"

    return tell


def _distinct(side: str, of: str) -> Any:
    def tell(one: dict[str, Any], units: int) -> str:
        found = one[side]
        if not found:
            return "–"
        fewer = "*" if found[f"{of}_count"] < units else ""
        return " / ".join(f"{share:.2f}" for share in found[of]) + fewer

    return tell


def _nearest(one: dict[str, Any], _: int) -> str:
    if not one["nearest"]:
        return "–"
    low, middle, high = one["nearest"]["quartiles"]
    return f"{middle:.2f} ({low:.2f}–{high:.2f}){_few(one)}"


def _near(one: dict[str, Any], _: int) -> str:
    return f"{one['nearest']['near_share'] * 100:.1f}%{_few(one)}" if one["nearest"] else "–"


def _few(one: dict[str, Any]) -> str:
    return "*" if one["nearest"]["texts"] < NEIGHBOURS else ""


ROWS = {
    "d_records": _whole,
    "d_prompt_chars": _lengths("prompt"),
    "d_answer_chars": _lengths("answer"),
    "d_repeated": _percent("repeated_prompts_share"),
    "d_nearest": _nearest,
    "d_near_share": _near,
    "d_prompt_words": _distinct("prompt", "words"),
    "d_prompt_letters": _distinct("prompt", "chars"),
    "d_answer_words": _distinct("answer", "words"),
    "d_compressed": _percent("compressed_share"),
    "d_kana": _percent("kana_share"),
}
"""Figures in the order of the page, by the key of their name in words_synthesis.py."""
