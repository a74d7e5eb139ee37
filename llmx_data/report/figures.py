"""Geometry of the report's charts: the funnel's ribbons and the histograms' bars, as numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

WIDE = 1000.0
"""Width of a funnel row in its own units; the page stretches it to the column."""
BAR = 12.0
"""Height of a funnel bar in pixels."""
LINE = 24.0
"""Height of a label line beside the funnel in pixels; style.css says the same."""
TOP = 14.0
"""Space above the first label in pixels; style.css says the same."""
SHOWN = 6
"""Most reasons drawn per step; the others share one ribbon, and the table has them all."""
TONES = 8
"""Colours of reasons in style.css; the ninth reason takes the first again."""


@dataclass(frozen=True)
class Ribbon:
    """What leaves a step for one reason, or for all `others` together (reason None)."""

    reason: str | None
    others: int
    amount: int | None
    tone: int | None
    x: float
    width: float
    path: str


@dataclass(frozen=True)
class Stage:
    """A row of the funnel: what came (None: not measured), what stays, and what leaves."""

    step: str
    came: int | None
    width: float
    kept_width: float
    height: float
    ribbons: tuple[Ribbon, ...]
    edited: dict[str, int]
    seconds: float | None


def amount(counts: dict[str, Any], unit: str) -> int | None:
    """Figure in a unit; None if absent, or 0 characters or tokens of records that do exist."""
    value = counts.get(unit)
    return value if value or (value == 0 and not counts.get("records")) else None


def tones(funnel: list[dict[str, Any]]) -> dict[str, int]:
    """Give every reason a colour number, the most frequent first."""
    return {reason: total["rank"] % TONES for reason, total in reason_totals(funnel).items()}


def reason_totals(funnel: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Sum drops per reason over steps, most records first, with `steps` and `rank` from 0."""
    found: dict[str, dict[str, Any]] = {}
    for entry in funnel:
        for reason, counts in entry["dropped"].items():
            total = found.setdefault(reason, {"steps": []})
            total["steps"].append(entry["step"])
            for unit, value in counts.items():
                total[unit] = total.get(unit, 0) + (value or 0)
    order = sorted(found, key=lambda reason: (-found[reason]["records"], reason))
    return {reason: found[reason] | {"rank": rank} for rank, reason in enumerate(order)}


def stages(funnel: list[dict[str, Any]], unit: str) -> list[Stage]:
    """Lay out the funnel in one unit: widths are shares of the widest step."""
    widest = max((amount(entry["came"], unit) or 0 for entry in funnel), default=0)
    scale = (WIDE - 12) / widest if widest else 0.0
    tone = tones(funnel)
    return [_stage(entry, unit, scale, tone) for entry in funnel]


def _stage(entry: dict[str, Any], unit: str, scale: float, tone: dict[str, int]) -> Stage:
    came = amount(entry["came"], unit)
    leaving = _leaving(entry["dropped"], unit)
    gone = sum(value or 0 for _, _, value in leaving)
    edited = {what: n for what, n in (entry.get("edited") or {}).items() if n}
    lines = max(len(leaving), 1) + len(edited)
    kept = max((came or 0) - gone, 0) * scale
    return Stage(
        step=entry["step"],
        came=came,
        width=(came or 0) * scale,
        kept_width=round(kept, 1),
        height=max(76.0, TOP + LINE * lines + 16),
        edited=edited,
        seconds=entry.get("seconds"),
        ribbons=tuple(_ribbons(leaving, kept, scale, tone)) if came is not None else (),
    )


def _leaving(dropped: dict[str, Any], unit: str) -> list[tuple[str | None, int, int | None]]:
    """(reason, how many others, amount), the most records first, a long tail in one."""
    order = sorted(dropped, key=lambda reason: (-dropped[reason]["records"], reason))
    shown = order if len(order) <= SHOWN else order[: SHOWN - 1]
    rows: list[tuple[str | None, int, int | None]] = [
        (reason, 0, amount(dropped[reason], unit)) for reason in shown
    ]
    rest = order[len(shown) :]
    if rest:
        rows.append((None, len(rest), sum(amount(dropped[r], unit) or 0 for r in rest)))
    return rows


def _ribbons(
    leaving: list[tuple[str | None, int, int | None]],
    kept: float,
    scale: float,
    tone: dict[str, int],
) -> list[Ribbon]:
    """Curve from the bar's end to the labels; the first label is outermost, so none cross."""
    ribbons = []
    x = kept + sum((value or 0) * scale for _, _, value in leaving)
    for line, (reason, others, value) in enumerate(leaving):
        width = (value or 0) * scale
        x -= width
        y = TOP + LINE * (line + 0.5)
        path = _curve(x, max(width, 1.5), y) if value else ""
        number = tone[reason] if reason is not None else None
        ribbons.append(
            Ribbon(reason, others, value, number, round(x, 1), round(max(width, 1.5), 1), path)
        )
    return ribbons


def _curve(x: float, width: float, y: float) -> str:
    """Path of a ribbon that falls from the bar's underside and bends right to a label at y."""
    half = min(max(width * 0.16, 0.75), 11.0)
    low, high, bend, right = y + half, max(y - half, BAR), x + (WIDE - x) * 0.35, x + width
    return (
        f"M{x:.1f} {BAR:g}C{x:.1f} {low:.1f} {bend:.1f} {low:.1f} {WIDE:g} {low:.1f}V{high:.1f}"
        f"C{bend + width / 2:.1f} {high:.1f} {right:.1f} {high:.1f} {right:.1f} {BAR:g}Z"
    )
