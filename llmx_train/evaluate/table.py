"""The comparison as a table to print, in English or Japanese."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

Lang = Literal["en", "ja"]

_WORDS: dict[Lang, dict[str, str]] = {
    "en": {"task": "task", "n": "items", "base": "base", "tuned": "tuned", "diff": "difference"}
    | {"interval": "95 % interval", "verdict": "verdict", "aspect": "aspect"}
    | {"better": "better", "worse": "worse", "undecided": "undecided"},
    "ja": {"task": "課題", "n": "件数", "base": "元", "tuned": "調整後", "diff": "差"}
    | {"interval": "95 % 区間", "verdict": "判定", "aspect": "観点"}
    | {"better": "改善", "worse": "悪化", "undecided": "判定できない"},
}


def table(comparison: dict[str, Any], *, lang: Lang = "en") -> str:
    """Tasks, then aspects: both means, tuned minus base with its interval, verdict and why not.

    Metrics that are better when lower are marked with ↓. Columns are aligned by display width.
    """
    words = _WORDS[lang]
    head = [words[name] for name in ("task", "n", "base", "tuned", "diff", "interval", "verdict")]
    tasks = [_cells(_name(row), row, words) for row in comparison["tasks"]]
    aspects = [
        _cells(f"{words['aspect']}: {row['aspect']}", row, words) for row in comparison["aspects"]
    ]
    lines = _aligned([head, *tasks, *aspects])
    split = 1 + len(tasks)
    return "\n".join([*lines[:split], *([""] if aspects else []), *lines[split:]])


def _name(row: dict[str, Any]) -> str:
    mark = " ↓" if row["direction"] == "lower" else ""
    other = "" if row.get("same_prompts", True) else " (!)"
    return f"{row['key']} {row['metric']}{mark}{other}"


def _cells(name: str, row: dict[str, Any], words: dict[str, str]) -> list[str]:
    interval = "-"
    if row["low"] is not None:
        interval = f"[{row['low']:+.3f}, {row['high']:+.3f}]"
    verdict = words[row["verdict"]] + (f" ({row['why']})" if row["why"] else "")
    numbers = [_number(row["base"]), _number(row["tuned"]), _number(row["difference"], sign="+")]
    return [name, str(row["n"]), *numbers, interval, verdict]


def _number(value: float | None, *, sign: str = "") -> str:
    return "-" if value is None else f"{value:{sign}.3f}"


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    from rich.cells import cell_len

    widths = [max(cell_len(row[k]) for row in rows) for k in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [
            cell + " " * (width - cell_len(cell))
            if k in (0, len(row) - 1)
            else " " * (width - cell_len(cell)) + cell
            for k, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return lines
