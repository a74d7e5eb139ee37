"""A curate recipe, read and resolved: what the road will do, and where each value came from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date as day
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from llmx_data.audit.waivers import Waiver, read_waivers
from llmx_data.core.errors import RecipeError
from llmx_data.core.part import over_files
from llmx_data.core.parts import Spec
from llmx_data.core.recipe import Reader, open_recipe
from llmx_data.core.storage import shipped
from llmx_data.core.tables import KINDS
from llmx_data.core.yaml12 import Place
from llmx_data.license.expression import normalize
from llmx_data.license.facts import Facts
from llmx_data.license.facts import load as load_facts
from llmx_data.license.schema import Purpose
from llmx_data.origins import origins_of
from llmx_data.steps import Step, read_steps


class Output(BaseModel):
    """What publish writes beside the cards."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    formats: list[Literal["parquet", "jsonl.zst"]] = ["parquet"]
    """Parquet is what `load_dataset` reads; jsonl.zst is written beside it on request."""
    shapes: list[Literal["prompt_completion", "dpo"]] = []
    """The same records as TRL's trainers want them, in configurations of their own."""


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
    waivers: list[Waiver] = field(default_factory=list)
    origins: dict[Place, str] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """Folder of the recipe."""
        return self.path.parent

    def placed(self) -> Iterator[tuple[Place, Spec]]:
        """Every part and where it stands in the resolved recipe."""
        yield from ((("sources", i), spec) for i, spec in enumerate(self.sources))
        yield from ((("normalize", i), spec) for i, spec in enumerate(self.normalizers))
        for i, step in enumerate(self.steps):
            yield from ((("steps", i, step.room, k), spec) for k, spec in enumerate(step.parts))

    def cards(self) -> dict[str, str]:
        """Id in the catalogue of each source that is known there."""
        sources = (spec.build() for spec in self.sources)
        return {s.source_name: s.card_name() for s in sources if s.card_name()}

    def filter_data(self) -> list[dict[str, Any]]:
        """Tell what classifiers learned from: model, name, license, label of each corpus.

        A model without a card learned from data of unknown licence.
        """
        from llmx_data.classifier.train import learned_from

        found: list[dict[str, Any]] = []
        for step in self.steps:
            for spec in step.parts:
                if spec.room == "filter" and spec.use == "classifier":
                    model = Path(spec.options["model"])
                    found += [{"model": model.name} | facts for facts in learned_from(model)]
        return found

    def resolved(self) -> dict[str, Any]:
        """Every value that will be used, defaults included."""
        return {
            "name": self.name,
            "description": self.description,
            "purpose": self.purpose.model_dump(mode="json"),
            "on_denied": self.on_denied,
            "on_bad_row": self.on_bad_row,
            "sources": [_full(spec) for spec in self.sources],
            "normalize": [_full(spec) for spec in self.normalizers],
            "steps": [_full_step(step) for step in self.steps],
            "tokenizer": Path(self.tokenizer).name if self.tokenizer else None,
            "date": self.date,
            "output": self.output.model_dump(mode="json"),
        } | ({"waivers": [w.model_dump(mode="json") for w in self.waivers]} if self.waivers else {})


def _full(spec: Spec) -> dict[str, Any]:
    part = spec.build()
    options = over_files(part.model_dump(mode="json"), part.files, lambda _, p: Path(p).name)
    code = {"code": part.code_hash} if part.code_hash else {}
    return {"use": spec.use} | code | options


def _full_step(step: Step) -> dict[str, Any]:
    only: dict[str, Any] = {"only": list(step.only)} if step.only else {}
    return {step.room: [_full(spec) for spec in step.parts]} | only


def read_plan(path: Path, sets: list[str] | None = None) -> Plan:
    """Read a recipe; one RecipeError names all its mistakes. Does no work."""
    reader = open_recipe(path, sets or [])
    facts = load_facts(shipped("licenses"))
    top = reader.validate(Top, reader.document.data, ()) or _loose(reader.document.data)
    sources = read_sources(reader, top.sources, facts)
    plan = Plan(
        path=path,
        name=top.name,
        purpose=read_purpose(reader, top.purpose, facts),
        on_denied=top.on_denied,
        on_bad_row=top.on_bad_row,
        sources=sources,
        normalizers=read_normalizers(reader, top.normalize),
        steps=_steps(reader, top, sources),
        output=reader.validate(Output, top.output, ("output",)) or Output(),
        tokenizer=_file(reader, top.tokenizer, ("tokenizer",)),
        date=top.date,
        description=top.description,
        facts=facts,
        waivers=read_waivers_of(reader),
    )
    reader.finish()
    plan.origins = origins_of(reader, plan.resolved(), plan.placed(), top.purpose)
    return plan


def _loose(data: dict[str, Any]) -> Top:
    """Take what has the right shape of a top level that is wrong, to look for mistakes below it."""
    shapes = {"sources": list, "steps": list, "normalize": list, "output": dict, "tokenizer": str}
    good = {k: data[k] for k, shape in shapes.items() if isinstance(data.get(k), shape)}
    purpose = data.get("purpose")
    good["purpose"] = purpose if isinstance(purpose, str | dict) else "publish-data"
    return Top.model_construct(**{"name": "", "sources": [None], **good})


def read_purpose(reader: Reader, given: str | dict[str, Any], facts: Facts) -> Purpose:
    """Look up a purpose; mistakes are noted, and any purpose is given for them."""
    try:
        return facts.purpose(given)
    except RecipeError as error:
        for fault in error.mistakes:
            place = tuple(fault.place.split(".")) if fault.place.startswith("purpose.") else ()
            reader.wrong(place or ("purpose",), fault.problem, fault.remedy, fault.place)
        return next(iter(facts.purposes.values()))


def read_waivers_of(reader: Reader) -> list[Waiver]:
    """Read the waivers beside a recipe; mistakes are noted."""
    waivers, mistakes = read_waivers(reader.folder, day.today())
    reader.mistakes += mistakes
    return waivers


def read_sources(
    reader: Reader,
    given: Sequence[Any],
    facts: Facts,
    where: str = "sources",
    taken: Sequence[Spec] = (),
) -> list[Spec]:
    """Check a list of sources: parts, licences, files, and that no name stands twice."""
    specs: list[Spec] = []
    if not given:
        reader.wrong((where,), "a recipe needs at least one source")
    seen = {spec.build().source_name for spec in taken}
    for i, data in enumerate(given):
        if not isinstance(data, dict):
            continue
        place: Place = (where, i)
        spec = reader.part("ingest", data, place, f"{where}[{i}]")
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
            reader.wrong(
                place,
                f"the source name '{source.source_name}' stands twice",
                "give one of them a name: of its own",
            )
        seen.add(source.source_name)
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


def read_normalizers(reader: Reader, given: Sequence[Any]) -> list[Spec]:
    """Check a list of normalizers."""
    found = []
    for i, item in enumerate(given):
        data = {"use": item} if isinstance(item, str) else item
        if isinstance(data, dict):
            found.append(reader.part("normalize", data, ("normalize", i), f"normalize[{i}]"))
    return [spec for spec in found if spec is not None]


def _steps(reader: Reader, top: Top, sources: list[Spec]) -> list[Step]:
    read = {spec.place for spec in sources}
    lost = [s for i, s in enumerate(top.sources) if ("sources", i) not in read]
    names = [*(s.build().source_name for s in sources), *KINDS]
    names += [s["name"] for s in lost if isinstance(s, dict) and "name" in s]
    are_known = len(names) == len(top.sources) + len(KINDS)
    steps = read_steps(reader, top.steps, names if are_known else ())
    masks = [s for s in steps if s.room == "pii" and s.parts[0].options.get("mode") != "drop"]
    for step in masks[1:]:
        reader.wrong(
            ("steps", step.number - 1),
            "personal data is masked by a step above already",
            "name all kinds in one step: what: [email, phone]",
        )
    return steps


def _file(reader: Reader, given: str | None, place: Place) -> str | None:
    if given is None:
        return None
    path = (reader.folder / Path(given).expanduser()).resolve()
    if not path.is_file():
        reader.wrong(place, f"file '{given}' does not exist", f"looked for {path}")
    return str(path)
