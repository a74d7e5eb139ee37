"""A curate recipe, read and resolved: what the road will do, and where each value came from."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from llmx_data.core.errors import RecipeError, nearest
from llmx_data.core.parts import Spec
from llmx_data.core.recipe import Reader, open_recipe
from llmx_data.core.storage import shipped
from llmx_data.core.yaml12 import Place, load
from llmx_data.license.expression import normalize
from llmx_data.license.facts import Facts
from llmx_data.license.facts import load as load_facts
from llmx_data.license.schema import Purpose

STEPS = {"filter": None, "dedup": None, "pii": "mask", "decontaminate": "overlap"}
"""Steps a recipe may name; the part used where the recipe names none."""


class Output(BaseModel):
    """What publish writes beside the cards."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    formats: list[Literal["parquet", "jsonl.zst"]] = ["parquet"]
    """Parquet is what `load_dataset` reads; jsonl.zst is written beside it on request."""


class Top(BaseModel):
    """Top level of a curate recipe."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    name: str
    purpose: str | dict[str, Any]
    on_denied: Literal["stop", "drop", "split"] = "stop"
    on_bad_row: Literal["quarantine", "stop"] = "quarantine"
    sources: list[dict[str, Any]]
    normalize: list[str | dict[str, Any]] = ["unicode", "whitespace"]
    steps: list[dict[str, Any]] = []
    tokenizer: str | None = None
    date: str | None = None
    description: str | None = None
    output: dict[str, Any] = {}


@dataclass(frozen=True)
class Step:
    """One step of the recipe: `01-filter`, its parts in order."""

    number: int
    room: str
    parts: tuple[Spec, ...]
    title: str

    @property
    def name(self) -> str:
        """Name in files and reports: 03-dedup-minhash."""
        return f"{self.number:02d}-{self.title}"


@dataclass
class Plan:
    """A checked recipe. Nothing was read but the recipe, the facts and small side files."""

    path: Path
    name: str
    purpose: Purpose
    on_denied: str
    on_bad_row: str
    sources: list[Spec]
    normalizers: list[Spec]
    steps: list[Step]
    output: Output
    tokenizer: str | None
    date: str | None
    description: str | None
    facts: Facts
    origins: dict[Place, str] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """Folder of the recipe."""
        return self.path.parent

    def resolved(self) -> dict[str, Any]:
        """Every value that will be used, defaults included."""
        return {
            "name": self.name,
            "purpose": self.purpose.model_dump(mode="json"),
            "on_denied": self.on_denied,
            "on_bad_row": self.on_bad_row,
            "sources": [_full(spec) for spec in self.sources],
            "normalize": [_full(spec) for spec in self.normalizers],
            "steps": [{step.room: [_full(spec) for spec in step.parts]} for step in self.steps],
            "tokenizer": self.tokenizer,
            "date": self.date,
            "output": self.output.model_dump(mode="json"),
        }


def _full(spec: Spec) -> dict[str, Any]:
    part = spec.build()
    values: dict[str, Any] = {"use": spec.use} | part.model_dump(mode="json")
    for name in part.files:
        if values.get(name):
            values[name] = Path(values[name]).name
    return values


def read_plan(path: Path, sets: list[str] | None = None) -> Plan:
    """Read a recipe; one RecipeError names all its mistakes. Does no work."""
    reader = open_recipe(path, sets or [])
    facts = load_facts(shipped("licenses"))
    top = reader.validate(Top, reader.document.data, ())
    if top is None:
        _read_loose(reader, facts)
        reader.finish()
    assert top is not None
    plan = Plan(
        path=path, name=top.name, purpose=_purpose(reader, top.purpose, facts),
        on_denied=top.on_denied, on_bad_row=top.on_bad_row,
        sources=_sources(reader, top.sources, facts),
        normalizers=_normalizers(reader, top.normalize),
        steps=_steps(reader, top.steps),
        output=reader.validate(Output, top.output, ("output",)) or Output(),
        tokenizer=_file(reader, top.tokenizer, ("tokenizer",)), date=top.date,
        description=top.description, facts=facts,
    )  # fmt: skip
    reader.finish()
    plan.origins = _origins(reader, plan)
    return plan


def _read_loose(reader: Reader, facts: Facts) -> None:
    """Look for further mistakes below a top level that is itself wrong."""
    data = reader.document.data
    if isinstance(data.get("sources"), list):
        _sources(reader, [s for s in data["sources"] if isinstance(s, dict)], facts)
    if isinstance(data.get("steps"), list):
        _steps(reader, [s for s in data["steps"] if isinstance(s, dict)])
    if isinstance(data.get("purpose"), str):
        _purpose(reader, data["purpose"], facts)


def _purpose(reader: Reader, given: str | dict[str, Any], facts: Facts) -> Purpose:
    try:
        return facts.purpose(given)
    except RecipeError as error:
        for fault in error.mistakes:
            place = tuple(fault.place.split(".")) if fault.place.startswith("purpose.") else ()
            reader.wrong(place or ("purpose",), fault.problem, fault.remedy, fault.place)
        return next(iter(facts.purposes.values()))


def _sources(reader: Reader, given: list[dict[str, Any]], facts: Facts) -> list[Spec]:
    specs: list[Spec] = []
    if not given:
        reader.wrong(("sources",), "a recipe needs at least one source")
    seen: dict[str, int] = {}
    for i, data in enumerate(given):
        place: Place = ("sources", i)
        spec = reader.part("ingest", data, place, f"sources[{i}]")
        if spec is None:
            continue
        source = spec.build()
        for name in ("license", "license_db"):
            _check_license(reader, getattr(source, name), (*place, name), facts)
        try:
            source.inputs(reader.folder)
        except RecipeError as error:
            problem, _, remedy = str(error).partition("\n    ")
            reader.wrong((*place, "path"), problem, remedy)
        if source.source_name in seen:
            reader.wrong(place, f"the source name '{source.source_name}' stands twice",
                         "give one of them a name: of its own")  # fmt: skip
        seen[source.source_name] = i
        specs.append(spec)
    return specs


def _check_license(reader: Reader, given: str | None, place: Place, facts: Facts) -> None:
    if given is None:
        return
    try:
        normalize(given, facts)
    except RecipeError as error:
        for fault in error.mistakes:
            reader.wrong(place, fault.problem, fault.remedy)


def _normalizers(reader: Reader, given: list[str | dict[str, Any]]) -> list[Spec]:
    found = []
    for i, item in enumerate(given):
        data = {"use": item} if isinstance(item, str) else item
        found.append(reader.part("normalize", data, ("normalize", i), f"normalize[{i}]"))
    return [spec for spec in found if spec is not None]


def _steps(reader: Reader, given: list[dict[str, Any]]) -> list[Step]:
    steps: list[Step] = []
    for i, data in enumerate(given):
        place: Place = ("steps", i)
        if len(data) != 1:
            reader.wrong(place, f"a step is one of {', '.join(STEPS)}; this has {list(data)}")
            continue
        room, options = next(iter(data.items()))
        if room not in STEPS:
            reader.wrong((*place, room), f"unknown step '{room}'", nearest(room, list(STEPS)))
            continue
        specs = _step_parts(reader, room, options, (*place, room))
        if specs:
            title = room if room == "filter" or room == specs[0].use else f"{room}-{specs[0].use}"
            if STEPS[room] is not None:
                title = room
            elif room == "filter":
                title = _filter_title(options, specs)
            steps.append(Step(len(steps) + 1, room, tuple(specs), title))
    return steps


def _filter_title(options: Any, specs: list[Spec]) -> str:
    presets = [o["preset"] for o in (options if isinstance(options, list) else [options])
               if isinstance(o, dict) and "preset" in o]  # fmt: skip
    word = presets[0] if presets else Path(specs[0].use).stem
    return f"filter-{word}"


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
    """Filters of a preset; `without: [part]` leaves some out, `with: {part: {option: value}}`."""
    name = data["preset"]
    known = presets()
    if name not in known:
        reader.wrong((*place, "preset"), f"unknown preset '{name}'", nearest(str(name), list(known)),
                     label)  # fmt: skip
        return []
    for key in set(data) - {"preset", "without", "with", "on"}:
        reader.wrong((*place, key), f"unknown key '{key}'",
                     nearest(key, ["preset", "without", "with", "on"]), label)  # fmt: skip
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


def _file(reader: Reader, given: str | None, place: Place) -> str | None:
    if given is None:
        return None
    path = (reader.folder / Path(given).expanduser()).resolve()
    if not path.is_file():
        reader.wrong(place, f"file '{given}' does not exist", f"looked for {path}")
    return str(path)


def _origins(reader: Reader, plan: Plan) -> dict[Place, str]:
    """Where each resolved value came from: recipe:line, --set, a preset, or the default."""
    origins: dict[Place, str] = {}
    lines = reader.document.lines
    for place, line in lines.items():
        if place:
            origins[_resolved_place(place)] = f"recipe:{line}"
    for place in reader.origins:
        origins[_resolved_place(place)] = "--set"
    _mark_defaults(plan.resolved(), (), origins)
    return origins


def _resolved_place(place: Place) -> Place:
    """Place in the resolved recipe: a step's single part stands in a list of one."""
    if place[0] == "steps" and len(place) > 3 and not isinstance(place[3], int):
        return (*place[:3], 0, *place[3:])
    return place


def _mark_defaults(value: Any, place: Place, origins: dict[Place, str]) -> None:
    if isinstance(value, dict):
        for key, item in value.items():
            _mark_defaults(item, (*place, key), origins)
    elif isinstance(value, list) and value:
        for i, item in enumerate(value):
            _mark_defaults(item, (*place, i), origins)
    else:
        origins.setdefault(place, "default")
