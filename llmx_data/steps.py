"""The steps of a recipe: which parts, in which order, for which records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from llmx_data.core.errors import nearest
from llmx_data.core.parts import Spec
from llmx_data.core.recipe import Reader
from llmx_data.core.yaml12 import Place, load

STEPS = {"filter": None, "dedup": None, "pii": "mask", "decontaminate": "overlap"}
"""Steps a recipe may name; the part used where the recipe names none."""


@dataclass(frozen=True)
class Step:
    """One step of the recipe: `01-filter`, its parts in order."""

    number: int
    room: str
    parts: tuple[Spec, ...]
    title: str
    only: tuple[str, ...] = ()
    """Sources and kinds the step is meant for; all if empty."""

    @property
    def name(self) -> str:
        """Name in files and reports: 03-dedup-minhash."""
        return f"{self.number:02d}-{self.title}"


def read_steps(
    reader: Reader, given: list[dict[str, Any]], selectable: Sequence[str]
) -> list[Step]:
    """Check the steps; `selectable` are the sources and kinds that `only` may name."""
    steps: list[Step] = []
    for i, data in enumerate(given):
        place: Place = ("steps", i)
        rooms = [key for key in data if key != "only"]
        if len(rooms) != 1:
            reader.wrong(place, f"a step is one of {', '.join(STEPS)}; this has {rooms}")
            continue
        room = rooms[0]
        if room not in STEPS:
            reader.wrong((*place, room), f"unknown step '{room}'", nearest(room, list(STEPS)))
            continue
        only = _only(reader, data.get("only"), place, selectable)
        specs = _step_parts(reader, room, data[room], (*place, room))
        groups = [specs] if room == "filter" else [[spec] for spec in specs]
        for group in filter(None, groups):
            steps.append(Step(len(steps) + 1, room, tuple(group), _title(room, data, group), only))
    return steps


def _only(reader: Reader, given: Any, place: Place, selectable: Sequence[str]) -> tuple[str, ...]:
    """Read the sources and kinds a step is meant for: one name or a list."""
    if given is None:
        return ()
    names = given if isinstance(given, list) else [given]
    for name in names:
        if name not in selectable:
            problem = f"'only' names '{name}', which is neither a source nor a kind"
            reader.wrong((*place, "only"), problem, nearest(str(name), selectable))
    return tuple(str(name) for name in names)


def _title(room: str, data: dict[str, Any], specs: list[Spec]) -> str:
    if room != "filter":
        return room if STEPS[room] is not None else f"{room}-{specs[0].use}"
    options = data[room]
    presets = [
        o["preset"]
        for o in (options if isinstance(options, list) else [options])
        if isinstance(o, dict) and "preset" in o
    ]
    return f"filter-{presets[0] if presets else Path(specs[0].use).stem}"


def _step_parts(reader: Reader, room: str, options: Any, place: Place) -> list[Spec]:
    items = options if isinstance(options, list) else [options]
    specs: list[Spec] = []
    for i, item in enumerate(items):
        here = (*place, i) if isinstance(options, list) else place
        label = f"steps[{place[1]}].{room}"
        data: Any = {"use": item} if isinstance(item, str) else item
        if not isinstance(data, dict):
            reader.wrong(here, f"wanted a part or a mapping, got {data!r}")
            continue
        if room == "filter" and "preset" in data:
            specs += _preset(reader, data, here, label)
            continue
        default = STEPS[room]
        if default is not None:
            data = {"use": default} | data
        spec = reader.part(room, data, here, label)
        if spec is not None:
            specs.append(spec)
    return specs


def presets() -> dict[str, Path]:
    """Presets by name, found in the filter room."""
    folder = Path(__file__).parent / "filter" / "presets"
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))}


def _preset(reader: Reader, data: dict[str, Any], place: Place, label: str) -> list[Spec]:
    """Resolve a preset; `without: [part]` leaves some out, `with: {part: {option: value}}`."""
    name = data["preset"]
    known = presets()
    if name not in known:
        reader.wrong(
            (*place, "preset"), f"unknown preset '{name}'", nearest(str(name), list(known)), label
        )
        return []
    for key in set(data) - {"preset", "without", "with", "on"}:
        reader.wrong(
            (*place, key),
            f"unknown key '{key}'",
            nearest(key, ["preset", "without", "with", "on"]),
            label,
        )
    filters = load(known[name]).data["filters"]
    uses = [f["use"] for f in filters]
    changes, without = data.get("with") or {}, data.get("without") or []
    for use in [*changes, *without]:
        if use not in uses:
            reader.wrong(place, f"preset '{name}' has no filter '{use}'", nearest(use, uses), label)
    specs = []
    for item in filters:
        if item["use"] in without:
            continue
        on = {"on": data["on"]} if "on" in data else {}
        options = item | on | changes.get(item["use"], {})
        spec = reader.part("filter", options, (*place, "with", item["use"]), label)
        if spec is not None:
            specs.append(spec)
    return specs
