"""How the report of training writes numbers, words and marks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from llmx_data.license.sentences import ACTS, Pair
from llmx_train.forest import is_share
from llmx_train.report_words import METRICS, NAMES, PHRASES

MARKS = (
    "M{0} {1}m-3.2 0a3.2 3.2 0 1 0 6.4 0a3.2 3.2 0 1 0-6.4 0z",
    "M{0} {1}m-3 -3h6v6h-6z",
    "M{0} {1}m0-3.8l3.6 6.4h-7.2z",
    "M{0} {1}m0-4.2l4.2 4.2l-4.2 4.2l-4.2-4.2z",
)
"""Circle, square, triangle, diamond; the next four are the same, hollow."""

DASHES = ("", "7 3", "2 3", "9 3 2 3")
TONES = 8
ROLES = {"raw": ("raw", None), "smooth": ("smooth", None), "dev": ("dev", 3)}
"""Class and mark of the lines of the loss; other lines count through tones, dashes and marks."""


def say(key: str, /, tag: str = "span", **values: str | Pair) -> Markup:
    """Speak a phrase in both languages; a value that is a pair is spoken in each of them."""
    spoken = []
    for at in (0, 1):
        own = {name: v[at] if isinstance(v, tuple) else v for name, v in values.items()}
        spoken.append(PHRASES[key][at].format(**own))
    return pair((spoken[0], spoken[1]), tag)


def pair(words: Sequence[str], tag: str = "span") -> Markup:
    """Put both languages in, of which the style sheet shows one."""
    if words[0] == words[1]:
        return Markup("{}").format(words[0])
    both = '<{0} class="w" lang="ja">{1}</{0}><{0} class="w" lang="en">{2}</{0}>'
    return Markup(both).format(Markup(tag), words[0], words[1])


def name(word: object) -> Pair:
    """Name a line, part, setting, act or metric; an unknown word names itself."""
    text = number(word) if isinstance(word, int | float) else str(word)
    return NAMES.get(text) or METRICS.get(text) or ACTS.get(text) or (text, text)


def given(value: Any) -> Pair:
    """Words as a caller gives them: a pair, a table with ja and en, a number or a text."""
    if isinstance(value, dict):
        return str(value["ja"]), str(value["en"])
    if isinstance(value, list | tuple) and len(value) == 2:
        return str(value[0]), str(value[1])
    text = number(value) if value is None or isinstance(value, int | float) else str(value)
    return text, text


def number(value: float | None) -> str:
    """Thousands separated; four digits of a fraction; a dash for what is not known."""
    if value is None or isinstance(value, bool):
        return "–" if value is None else str(value).lower()
    if not math.isfinite(value):
        return "–"
    if float(value).is_integer():
        return f"{int(value):,}"
    return f"{value:,.1f}" if abs(value) >= 1000 else f"{value:.4g}"


def share(part: float | None, whole: float | None) -> str:
    """Per cent with one decimal, never a 0.0 for something that is there."""
    if part is None or not whole:
        return "–"
    return "< 0.1%" if 0 < part / whole < 0.0005 else f"{part / whole * 100:.1f}%"


def size(count: int) -> str:
    """Bytes in decimal units: 1.2 MB is 1,200,000 bytes."""
    value, unit = float(count), "B"
    for larger in ("kB", "MB", "GB", "TB"):
        if value < 1000:
            break
        value, unit = value / 1000, larger
    return f"{count:,} B" if unit == "B" else f"{value:,.1f} {unit}"


def duration(seconds: float | None) -> str:
    """Hours, minutes and seconds: 2:05:09, or 4.2 s below a minute."""
    if seconds is None:
        return "–"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}"


def measured(value: float | None, metric: str) -> str:
    """Write a mean: shares in per cent, others with four digits."""
    if value is None:
        return "–"
    return f"{value * 100:.1f}%" if is_share(metric) else number(value)


def change(value: float | None, metric: str) -> str:
    """Write a difference with its sign: of shares in percentage points."""
    if value is None:
        return "–"
    text = f"{value * 100:+.1f}" if is_share(metric) else f"{value:+.3g}"
    return ("±0" if float(text) == 0 else text).replace("-", "−")


def style_of(line: dict[str, Any], at: int) -> dict[str, Any]:
    """Give tone, dash and mark of the line at a place: no two of eight are alike without colour."""
    if line["role"] in ROLES:
        role, shape = ROLES[line["role"]]
        mark = None if shape is None else MARKS[shape]
        return {"name": role, "dash": "6 3" if role == "dev" else "", "mark": mark, "hollow": False}
    own = MARKS[at % 4]
    dash = DASHES[(at + at // TONES) % 4]
    return {"name": f"tone{at % TONES}", "dash": dash, "mark": own, "hollow": at % 8 >= 4}


def mark_at(shape: str, x: float, y: float) -> str:
    """Outline of a mark at a place."""
    return shape.format(f"{x:g}", f"{y:g}")
