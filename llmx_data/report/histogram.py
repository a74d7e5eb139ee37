"""Geometry of a histogram: stacked bars, axis ticks and threshold lines, as numbers for an SVG."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

WIDTH, HEIGHT = 480.0, 220.0
LEFT, RIGHT, BASE = 50.0, 452.0, 190.0
HEAD = 14.0
LABEL = 16.0
"""The picture and its plot in SVG units; each threshold takes one LABEL line above the bars."""


@dataclass(frozen=True)
class Bar:
    """One bin: its place, the heights of both counts, and the figures for the tooltip."""

    x: float
    width: float
    kept_height: float
    dropped_height: float
    low: float
    high: float
    kept: int
    dropped: int


@dataclass(frozen=True)
class Limit:
    """A threshold line at x with the shaded, dropped side from `shade_x` on."""

    reason: str
    value: float
    below: bool
    x: float
    shade_x: float
    shade_width: float
    label_y: float


@dataclass(frozen=True)
class Plot:
    """Everything to draw: `top` is where the bars may reach, ticks are (position, value)."""

    bars: tuple[Bar, ...]
    limits: tuple[Limit, ...]
    x_ticks: tuple[tuple[float, float], ...]
    y_ticks: tuple[tuple[float, float], ...]
    top: float


def plot(histogram: dict[str, Any]) -> Plot:
    """Lay out one histogram of report.json; `log` bins lie on log10(x), or log10(1 + x) from 0."""
    edges = [float(edge) for edge in histogram["edges"]]
    place = _scale(edges[0], edges[-1], log=bool(histogram.get("log")))
    limits = _limits(histogram.get("thresholds") or [], place)
    top = HEAD + LABEL * len(limits)
    counts = list(zip(histogram["kept"], histogram["dropped"], strict=True))
    peak = max((kept + dropped for kept, dropped in counts), default=0)
    y_step = nice(max(peak, 1) / 4, whole=True)
    tall = (BASE - top) / max(peak, y_step)
    bars = tuple(
        Bar(
            place(a),
            max(place(b) - place(a) - 0.8, 0.6),
            kept * tall,
            dropped * tall,
            a,
            b,
            kept,
            dropped,
        )
        for (a, b), (kept, dropped) in zip(pairwise(edges), counts, strict=True)
    )
    y_ticks = [y_step * n for n in range(6) if y_step * n <= max(peak, y_step)]
    return Plot(
        bars,
        limits,
        tuple((place(v), v) for v in _ticks(edges[0], edges[-1], log=bool(histogram.get("log")))),
        tuple((BASE - v * tall, v) for v in y_ticks),
        top,
    )


def nice(size: float, *, whole: bool = False) -> float:
    """Smallest of 1, 2, 2.5 or 5 times a power of ten that reaches `size` (> 0)."""
    power = 10.0 ** math.floor(math.log10(size))
    if whole and power < 1:
        return 1.0
    steps = (1, 2, 5, 10) if whole and power < 10 else (1, 2, 2.5, 5, 10)
    return next(step * power for step in steps if size <= step * power * (1 + 1e-9))


def _scale(low: float, high: float, *, log: bool) -> Callable[[float], float]:
    shift = 0.0 if low > 0 else 1.0

    def bend(x: float) -> float:
        return math.log10(max(x, low) + shift) if log and low >= 0 else x

    start, wide = bend(low), (bend(high) - bend(low)) or 1.0

    def place(x: float) -> float:
        inside = min(max(x, low), high)
        return round(LEFT + (RIGHT - LEFT) * (bend(inside) - start) / wide, 2)

    return place


def _ticks(low: float, high: float, *, log: bool) -> list[float]:
    powers = [10.0**k for k in range(-6, 13)] if log and low >= 0 else []
    shown = [power for power in powers if low <= power <= high]
    if len(shown) >= 2:
        return shown
    step = nice((high - low) / 4) if high > low else 1.0
    first = math.ceil(low / step - 1e-9)
    return [round((first + n) * step, 10) for n in range(6) if (first + n) * step <= high + 1e-9]


def _limits(thresholds: list[dict[str, Any]], place: Callable[[float], float]) -> tuple[Limit, ...]:
    limits = []
    for line, threshold in enumerate(thresholds):
        x, below = place(threshold["value"]), threshold["side"] == "below"
        start, end = (LEFT, x) if below else (x, RIGHT)
        limits.append(
            Limit(
                threshold["reason"],
                threshold["value"],
                below,
                x,
                start,
                round(end - start, 2),
                HEAD + LABEL * line,
            )
        )
    return tuple(limits)
