"""Geometry of curves over steps: lines with gaps, nice axes, strips that tell values."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeGuard

WIDTH, HEIGHT = 480.0, 218.0
LEFT, RIGHT, TOP, BASE = 56.0, 470.0, 20.0, 196.0
"""The picture and its plot in SVG units, as histograms of the data's report have them."""

MOST_POINTS = 400
"""Points of a line: about one per SVG unit of the plot's 414."""
MOST_STRIPS = 96
"""Strips that show values on hover: 4 units wide, as narrow as a pointer can be held. Ours."""
MOST_MARKS = 10
"""Marks that tell lines apart without colour: one per 40 units. Ours."""
FAR = 4.0
"""A limit this many times beyond the highest point is told in words: it would flatten the lines."""
DECADES = 1.5
"""Powers of ten between the middle and the highest value from which the axis is logarithmic."""

Point = tuple[float, float | None]
Ticks = tuple[tuple[float, str], ...]


@dataclass(frozen=True)
class Drawn:
    """One line: its outline, gaps left out, and the places of its marks."""

    path: str
    marks: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Strip:
    """A column of the plot with what the lines are at its step; None where one has no value."""

    x: float
    width: float
    at: float
    step: float
    values: tuple[float | None, ...]


@dataclass(frozen=True)
class Plot:
    """Everything to draw: ticks are (position, label), `power` is what labels are multiplied by."""

    lines: tuple[Drawn, ...]
    x_ticks: Ticks
    y_ticks: Ticks
    power: int
    log: bool
    limit: float | None
    """Height of the limit's line; None where there is none or it is out of the picture."""
    strips: tuple[Strip, ...]


def plot(
    lines: Sequence[Sequence[Point]], *, zero: bool = False, limit: float | None = None
) -> Plot | None:
    """Lay out lines of (step, value), steps rising; None where no line has a finite value.

    `zero` begins the axis at 0; it turns logarithmic where single points would flatten the rest.
    """
    known = [v for line in lines for _, v in line if finite(v)]
    if not known:
        return None
    log = _wants_log(known)
    if limit is not None and max(known) * FAR >= limit >= (
        max(known) / FAR if zero else min(known)
    ):
        known.append(limit)
    else:
        limit = None
    steps = [step for line in lines for step, _ in line]
    x_low, x_high = min(0.0, *steps), max(steps)
    across = _scale(x_low, x_high if x_high > x_low else x_low + 1, LEFT, RIGHT)
    y_values = log_ticks(min(known), max(known)) if log else _steps(known, zero=zero)
    up = _log_scale(known) if log else _scale(y_values[0], y_values[-1], BASE, TOP)
    power = 0 if log else _power(y_values)
    x_values = [v for v in ticks(x_low, x_high, 5) if v.is_integer()]
    return Plot(
        tuple(_drawn(line, across, up) for line in lines),
        tuple((across(v), label) for v, label in zip(x_values, labels(x_values), strict=True)),
        tuple((up(v), label) for v, label in zip(y_values, labels(y_values, power), strict=True)),
        power,
        log,
        None if limit is None else up(limit),
        _strips(lines, across),
    )


def finite(value: float | None) -> TypeGuard[float]:
    """Whether a value can be drawn."""
    return value is not None and math.isfinite(value)


def smooth(values: Sequence[float | None], span: float) -> list[float | None]:
    """Exponential moving average whose weights fall to 1/e in `span` values; gaps stay gaps.

    Divided by the sum of its weights, so that it begins at the first value (Kingma & Ba, 2015).
    """
    keep = math.exp(-1 / span) if span > 0 else 0.0
    total = weight = 0.0
    told: list[float | None] = []
    for value in values:
        if value is None or not math.isfinite(value):
            told.append(None)
            continue
        total, weight = keep * total + (1 - keep) * value, keep * weight + 1 - keep
        told.append(total / weight)
    return told


def thin(points: Sequence[Point], most: int = MOST_POINTS) -> list[Point]:
    """Keep at most `most` points: first and last, and of every bucket lowest, highest and a gap."""
    if len(points) <= most:
        return list(points)
    size = math.ceil(3 * (len(points) - 2) / (most - 2))
    kept = {0, len(points) - 1}
    for start in range(1, len(points) - 1, size):
        bucket = range(start, min(start + size, len(points) - 1))
        there = [k for k in bucket if finite(points[k][1])]
        kept.update(k for k in bucket[:1] if not there)
        if there:
            kept |= {min(there, key=lambda k: points[k][1] or 0.0)}
            kept |= {max(there, key=lambda k: points[k][1] or 0.0)}
            kept.update([k for k in bucket if k not in there][:1])
    return [points[k] for k in sorted(kept)]


def nice(size: float) -> float:
    """Smallest of 1, 2, 2.5 or 5 times a power of ten that reaches `size` (> 0)."""
    power = 10.0 ** math.floor(math.log10(size))
    return next(s * power for s in (1, 2, 2.5, 5, 10) if size <= s * power * (1 + 1e-9))


def ticks(low: float, high: float, most: int) -> list[float]:
    """Round values from `low` to `high`, rising, one more than `most` at most."""
    if not high > low:
        return [low]
    step = nice((high - low) / most)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    digits = max(0, 2 - math.floor(math.log10(step)))
    return [round(k * step, digits) + 0.0 for k in range(first, last + 1)]


def log_ticks(low: float, high: float) -> list[float]:
    """Powers of ten around `low` to `high` (> 0)."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    every = max(1, math.ceil((last - first) / 6))
    return [10.0**k for k in range(first, last + 1, every)]


def labels(values: Sequence[float], power: int = 0) -> list[str]:
    """Labels of an axis, all with as many decimals as the one that needs most."""
    scaled = [value / 10.0**power for value in values]
    spread = scaled[-1] / scaled[0] if scaled and scaled[0] > 0 else 1.0
    if spread >= 100:
        return [f"{v:,.0f}" if v >= 1 else f"{v:g}" for v in scaled]
    digits = next((d for d in range(6) if all(_same(v, round(v, d)) for v in scaled)), 6)
    return [f"{value:,.{digits}f}" for value in scaled]


def _same(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12)


def _wants_log(known: Sequence[float]) -> bool:
    if min(known) <= 0:
        return False
    middle = sorted(known)[len(known) // 2]
    return math.log10(max(known) / middle) > DECADES


def _steps(known: Sequence[float], *, zero: bool) -> list[float]:
    """Ticks of the axis, its ends the first and last; room around a line that does not move."""
    low, high = min(known), max(known)
    low, high = (min(low, 0.0), max(high, 0.0)) if zero else (low, high)
    if high - low <= 1e-9 * max(abs(low), abs(high)):
        room = abs(high) / 2 or 1.0
        low, high = (low, high + 1.0) if zero else (low - room, high + room)
    step = nice((high - low) / 4)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return ticks(first * step, last * step, max(last - first, 1))


def _power(values: Sequence[float]) -> int:
    """Power of ten taken out of small and large labels."""
    highest = max(abs(value) for value in values)
    if highest == 0 or 0.01 <= highest < 1e6:
        return 0
    return math.floor(math.log10(highest) + 1e-9)


def _scale(low: float, high: float, start: float, end: float) -> Callable[[float], float]:
    return lambda v: round(start + (end - start) * (v - low) / (high - low), 2)


def _log_scale(known: Sequence[float]) -> Callable[[float], float]:
    ends = log_ticks(min(known), max(known))
    low, high = math.log10(ends[0]), math.log10(max(ends[-1], max(known)))
    inside = _scale(low, high if high > low else low + 1, BASE, TOP)
    return lambda v: inside(math.log10(v))


def _drawn(
    line: Sequence[Point], x: Callable[[float], float], y: Callable[[float], float]
) -> Drawn:
    """Outline of a line; a point between gaps becomes a dot, drawn by its round end."""
    runs: list[list[tuple[float, float]]] = [[]]
    for step, value in line:
        if value is not None and math.isfinite(value):
            runs[-1].append((x(step), y(value)))
        elif runs[-1]:
            runs.append([])
    path = "".join("M" + "L".join(f"{a:g} {b:g}" for a, b in run) + "h0" * (len(run) == 1)
                   for run in runs if run)  # fmt: skip
    places = [place for run in runs for place in run]
    count = min(len(places), MOST_MARKS)
    chosen = {round(k * (len(places) - 1) / max(count - 1, 1)) for k in range(count)}
    return Drawn(path, tuple(places[k] for k in sorted(chosen)))


def _strips(lines: Sequence[Sequence[Point]], x: Callable[[float], float]) -> tuple[Strip, ...]:
    """Cut the plot halfway between the steps shown; a line tells its last value in the strip."""
    steps = sorted({step for line in lines for step, value in line if finite(value)})
    stride = math.ceil(len(steps) / MOST_STRIPS)
    shown = steps[::-1][::stride][::-1]
    edges = [LEFT, *((x(a) + x(b)) / 2 for a, b in pairwise(shown)), RIGHT]
    strips = []
    before = -math.inf
    for step, (start, end) in zip(shown, pairwise(edges), strict=True):
        values = tuple(_within(line, before, step) for line in lines)
        strips.append(Strip(round(start, 2), round(end - start, 2), x(step), step, values))
        before = step
    return tuple(strips)


def _within(line: Sequence[Point], after: float, until: float) -> float | None:
    """Last finite value of a line in (after, until]."""
    at = bisect_right(line, until, key=lambda point: point[0])
    while at and line[at - 1][0] > after:
        at -= 1
        if finite(line[at][1]):
            return line[at][1]
    return None


def exponent(power: int) -> str:
    """Write a power of ten as it stands at an axis: ×10⁻⁴, or nothing."""
    raised = str(power).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"×10{raised}" if power else ""


def as_plot(curve: dict[str, Any]) -> Plot | None:
    """Lay out a curve of report.json."""
    lines = [[(step, value) for step, value in line["points"]] for line in curve["lines"]]
    return plot(lines, zero=curve["zero"], limit=curve["limit"])
