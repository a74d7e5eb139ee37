"""Geometry of a forest plot: differences with their intervals, better to the right."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from llmx_train.curves import labels, ticks

SHARES = ("accuracy", "char_f1", "exact_match", "aspect")
"""Metrics of 0..1 beside those that end in _share: they lie on one axis."""


Sides = tuple[float | None, float | None, float | None]


@dataclass(frozen=True)
class Mark:
    """A row's difference and interval, in per mille of the plot's width; None where unknown."""

    low: float | None
    middle: float | None
    high: float | None
    row: dict[str, Any]


@dataclass(frozen=True)
class Forest:
    """Rows on one axis: ticks are (per mille, label), `zero` is where nothing changed."""

    metric: str
    """The metric that has its own axis, or `share`."""
    judged: bool
    """Whether right is better; else right is more."""
    ticks: tuple[tuple[float, str], ...]
    zero: float
    marks: tuple[Mark, ...]


def is_share(metric: str) -> bool:
    """Whether a metric lies in 0..1 and is told in per cent."""
    return metric in SHARES or metric.endswith("_share")


def forests(rows: Iterable[dict[str, Any]]) -> list[Forest]:
    """Put rows of a comparison on as few axes as can be read.

    Shares that are judged lie together; every other metric, and what is never judged, has its own.
    """
    found: dict[tuple[str, bool], list[dict[str, Any]]] = {}
    for row in rows:
        metric, judged = row.get("metric", "aspect"), row["direction"] != "none"
        axis = "share" if judged and is_share(metric) else metric
        found.setdefault((axis, judged), []).append(row)
    order = sorted(found, key=lambda axis: (not axis[1], axis[0] != "share"))
    return [_forest(metric, judged, found[metric, judged]) for metric, judged in order]


def _forest(metric: str, judged: bool, rows: Sequence[dict[str, Any]]) -> Forest:
    """Lay out rows; those that are better when lower are turned round."""
    sides = [_turned(row) for row in rows]
    known = [v for side in sides for v in side if v is not None]
    reach = max((abs(v) for v in known), default=0.0) or 1.0
    low, high = min([*known, -reach / 5]), max([*known, reach / 5])
    room = (high - low) / 20
    low, high = low - room, high + room

    def place(value: float) -> float:
        return round(1000 * (value - low) / (high - low), 1)

    percent = 100.0 if metric == "share" or is_share(metric) else 1.0
    values = ticks(low, high, 5) if known else []
    words = labels([v * percent for v in values])
    turned = judged and all(row["direction"] == "lower" for row in rows)
    if turned:
        words = labels([0.0 - v * percent for v in values])
    words = [word if word.startswith("-") or float(word.replace(",", "")) == 0 else f"+{word}"
             for word in words]  # fmt: skip

    def mark(side: Sides, row: dict[str, Any]) -> Mark:
        low, middle, high = (None if v is None else place(v) for v in side)
        return Mark(low, middle, high, row)

    marks = [mark(side, row) for side, row in zip(sides, rows, strict=True)]
    shown = [(place(v), w.replace("-", "−")) for v, w in zip(values, words, strict=True)]
    return Forest(metric, judged, tuple(shown), place(0.0), tuple(marks))


def _turned(row: dict[str, Any]) -> Sides:
    """Low, middle, high, so that right is better."""
    found = [_known(row.get(name)) for name in ("low", "difference", "high")]
    if row["direction"] == "lower":
        found = [None if v is None else 0.0 - v for v in reversed(found)]
    return found[0], found[1], found[2]


def _known(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
