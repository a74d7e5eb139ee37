"""Geometry of the wheel: verbs of requests on the inner ring, their nouns on the outer one."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from llmx_data.report.figures import TONES

SIZE = 620.0
"""Width and height of the picture in SVG units."""
HOLE, MIDDLE, RIM = 74.0, 176.0, 304.0
"""Radii: the hole, where nouns begin, the rim."""
LINE = 13.0
"""Least length of an arc, at its middle, that has room for a label of 12 units."""
GAP = 0.8
"""Space between sectors, in units of length."""
LETTERS = {"verb": 7, "object": 9}
"""Most characters of a label; longer ones end in …"""


@dataclass(frozen=True)
class Sector:
    """A piece of a ring: its outline, its colour, and a label with its place, if it has room."""

    kind: str
    word: str
    verb: str
    records: int
    tone: int
    path: str
    label: str | None
    transform: str


def sectors(wheel: dict[str, Any]) -> list[Sector]:
    """Lay out a wheel of report.json; angles are shares of the records of the verbs shown."""
    return list(_sectors(wheel["verbs"]))


def _sectors(verbs: list[dict[str, Any]]) -> Iterator[Sector]:
    total = sum(verb["records"] for verb in verbs)
    start = 0.0
    for k, verb in enumerate(verbs):
        turn = 2 * math.pi * verb["records"] / total
        name, tone = verb["verb"], k % TONES
        yield _sector("verb", name, name, verb["records"], tone, start, turn)
        at = start
        for word, count in verb["objects"]:
            part = turn * count / verb["records"]
            yield _sector("object", word, name, count, tone, at, part)
            at += part
        start += turn


def _sector(
    kind: str, word: str, verb: str, records: int, tone: int, start: float, turn: float
) -> Sector:
    inner, outer = (HOLE, MIDDLE) if kind == "verb" else (MIDDLE + 2, RIM)
    middle = outer - 52 if kind == "verb" else (inner + outer) / 2
    label = word if len(word) <= LETTERS[kind] else word[: LETTERS[kind] - 1] + "…"
    room = turn * middle >= LINE
    return Sector(
        kind, word, verb, records, tone, _ring(inner, outer, start, turn),
        label if room else None, _turned(start + turn / 2, middle),
    )  # fmt: skip


def _ring(inner: float, outer: float, start: float, turn: float) -> str:
    """Outline of a piece of a ring, clockwise from twelve o'clock; a whole one is cut once."""
    turn = min(turn, 2 * math.pi - 1e-3)
    large = int(turn > math.pi)

    def point(radius: float, end: bool) -> str:
        inset = min(GAP / 2 / radius, turn / 4)
        angle = start + turn - inset if end else start + inset
        return f"{radius * math.sin(angle):.2f} {-radius * math.cos(angle):.2f}"

    return (
        f"M{point(outer, False)}A{outer:g} {outer:g} 0 {large} 1 {point(outer, True)}"
        f"L{point(inner, True)}A{inner:g} {inner:g} 0 {large} 0 {point(inner, False)}Z"
    )


def _turned(angle: float, radius: float) -> str:
    """Place a label along the radius, turned so that none stands on its head."""
    degrees = math.degrees(angle) - 90
    flip = 180 if 90 < degrees % 360 < 270 else 0
    x, y = radius * math.sin(angle), -radius * math.cos(angle)
    return f"translate({x:.2f} {y:.2f}) rotate({(degrees + flip) % 360:.2f})"
