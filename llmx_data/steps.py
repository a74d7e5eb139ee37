"""The steps of a recipe: which parts, in which order, for which records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from llmx_data.core.errors import nearest
from llmx_data.core.parts import Spec, find
from llmx_data.core.recipe import Reader
from llmx_data.core.yaml12 import Place, load

STEPS = {
    "filter": None,
    "dedup": None,
    "pii": "mask",
    "decontaminate": "overlap",
    "select": "quota",
}
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
    reader: Reader, given: Sequence[Any], selectable: Sequence[str], where: str = "steps"
) -> list[Step]:
    """Check the steps under the key `where`.

    `selectable` are the sources and kinds that `only` may name, if known.
    """
    steps: list[Step] = []
    for i, data in enumerate(given):
        if not isinstance(data, dict):
            continue
        place: Place = (where, i)
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
        if selectable and name not in selectable:
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
        label = f"{place[0]}[{place[1]}].{room}"
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


class Preset(BaseModel):
    """A preset as a recipe names it, with the changes asked for."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    preset: str
    without: list[str] = []
    """Filters left out."""
    changes: dict[str, dict[str, Any]] = Field({}, alias="with")
    """Options of its filters: `with: {length: {min_chars: 200}}`."""
    on: Literal["all", "prompt", "answer"] | None = None
    """Side of the record that all its filters judge."""


def _preset(reader: Reader, data: dict[str, Any], place: Place, label: str) -> list[Spec]:
    """Resolve a preset into its filters."""
    known, name = presets(), data["preset"]
    asked = reader.validate(Preset, data, place, label)
    if isinstance(name, str) and name not in known:
        remedy = nearest(name, list(known))
        reader.wrong((*place, "preset"), f"unknown preset '{name}'", remedy, label)
        return []
    if asked is None:
        return []
    filters = load(known[name]).data["filters"]
    uses = [item["use"] for item in filters]
    for key, named in (("with", list(asked.changes)), ("without", asked.without)):
        for use in [use for use in named if use not in uses]:
            at = (*place, key, use) if key == "with" else (*place, key)
            reader.wrong(at, f"preset '{name}' has no filter '{use}'", nearest(use, uses), label)
    on = {"on": asked.on} if asked.on else {}
    specs = []
    for item in filters:
        if item["use"] not in asked.without:
            side = {} if _of_pairs(item["use"]) else on
            options = item | side | asked.changes.get(item["use"], {})
            spec = reader.part("filter", options, (*place, "with", item["use"]), label)
            specs += [replace(spec, preset=name)] if spec is not None else []
    return specs


def _of_pairs(use: str) -> bool:
    """Whether a filter compares prompt and answer, so that no side can be asked of it."""
    return bool(find("filter", use, Path()).model_fields["on"].default == "pair")
