"""A mix recipe, read and checked: which runs, how much of each, what is held out."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from llmx_data.core.errors import RecipeError
from llmx_data.core.parts import Spec
from llmx_data.core.recipe import Reader, open_recipe
from llmx_data.core.storage import shipped
from llmx_data.core.yaml12 import Place, load
from llmx_data.license.facts import Facts
from llmx_data.license.facts import load as load_facts
from llmx_data.mix.options import Dev, Entry, Size, Strict, fault_of
from llmx_data.plan import Output, Plan, read_plan, read_purpose, read_waivers_of
from llmx_data.synth_plan import SynthPlan, read_synth

DEDUP: tuple[str | dict[str, Any], ...] = ("exact", "minhash")
"""How copies across runs are found unless told: as in a curate recipe."""

TOKENIZERS = ("tokenizer.json", "tokenizer.model")
"""Files that a folder of a tokenizer may hold, the first one found is used."""


class Top(Strict):
    """Top level of a mix recipe."""

    name: str
    purpose: str | dict[str, Any]
    on_denied: Literal["stop", "drop", "split"] = "stop"
    description: str | None = None
    date: str | None = None
    seed: int = 1
    runs: list[Entry] = Field(min_length=1)
    budget: Size | None = None
    dev: Dev = Dev()
    dedup: list[str | dict[str, Any]] = Field(default_factory=lambda: [*DEDUP])
    decontaminate: dict[str, Any] | None = None
    tokenizer: str | None = None
    output: dict[str, Any] = Field(default_factory=dict)


@dataclass
class MixPlan:
    """A checked mix recipe; nothing was read but recipes, the facts and manifests."""

    path: Path
    top: Top
    frame: Plan
    """The road's plan without sources and steps: purpose, output, tokenizer, waivers."""

    reader: Reader
    """For mistakes that show when the runs are there."""

    first: list[Plan | SynthPlan | None] = field(default_factory=list)
    """For each run the recipe that makes it, or None where it is there."""

    dedup: list[Spec] = field(default_factory=list)
    decontaminate: Spec | None = None

    @property
    def name(self) -> str:
        """Name of the run."""
        return self.top.name

    def label(self, number: int) -> str:
        """Name of one of the runs in tables and messages."""
        entry, plan = self.top.runs[number], self.first[number]
        return entry.name or (plan.name if plan is not None else Path(str(entry.run)).name)

    def beside(self, path: str) -> Path:
        """Path told from the recipe's folder."""
        return (self.reader.folder / Path(path).expanduser()).resolve()


def read_mix(path: Path, sets: list[str] | None = None) -> MixPlan:
    """Read a mix recipe and those it runs first; one RecipeError names all mistakes."""
    reader = open_recipe(path, sets or [])
    facts = load_facts(shipped("licenses"))
    data = reader.document.data
    top = reader.validate(Top, data, ())
    if top is None:
        _purpose(reader, data, facts)
        reader.finish()
        raise RecipeError(f"{path}: not a mix recipe")
    plan = MixPlan(reader.document.path, top, _frame(reader, top, facts), reader)
    plan.first = [_first(reader, i, entry) for i, entry in enumerate(top.runs)]
    plan.dedup = _dedup(reader, top)
    if top.decontaminate is not None:
        given = {"use": "overlap"} | top.decontaminate
        plan.decontaminate = reader.part(
            "decontaminate", given, ("decontaminate",), "decontaminate"
        )
    _check(reader, top)
    reader.finish()
    return plan


def _purpose(reader: Reader, data: dict[str, Any], facts: Facts) -> None:
    """Look for mistakes in the purpose of a recipe that is wrong elsewhere."""
    if isinstance(data.get("purpose"), str | dict):
        read_purpose(reader, data["purpose"], facts)


def _frame(reader: Reader, top: Top, facts: Facts) -> Plan:
    return Plan(
        path=reader.document.path,
        name=top.name,
        purpose=read_purpose(reader, top.purpose, facts),
        on_denied=top.on_denied,
        on_bad_row="stop",
        sources=[],
        normalizers=[],
        steps=[],
        output=reader.validate(Output, top.output, ("output",)) or Output(),
        tokenizer=_tokenizer(reader, top.tokenizer),
        date=top.date,
        description=top.description,
        facts=facts,
        waivers=read_waivers_of(reader),
    )


def _tokenizer(reader: Reader, given: str | None) -> str | None:
    if given is None:
        return None
    path = (reader.folder / Path(given).expanduser()).resolve()
    found = [path, *(path / name for name in TOKENIZERS)]
    file = next((file for file in found if file.is_file()), None)
    if file is None:
        remedy = f"looked for {path}, and in it for {' and '.join(TOKENIZERS)}"
        reader.wrong(("tokenizer",), f"tokenizer '{given}' does not exist", remedy)
    return str(file) if file is not None else None


def _first(reader: Reader, number: int, entry: Entry) -> Plan | SynthPlan | None:
    """Check that a run is there, or read the recipe that makes it."""
    place: Place = ("runs", number)
    if (entry.run is None) == (entry.recipe is None):
        reader.wrong(place, "say run: or recipe:, one of them")
        return None
    if entry.run is not None:
        run = (reader.folder / Path(entry.run).expanduser()).resolve()
        if not (run / "manifest.json").is_file():
            remedy = f"looked for {run / 'manifest.json'}; recipe: runs one first"
            reader.wrong((*place, "run"), f"'{entry.run}' is no finished run", remedy)
        return None
    path = (reader.folder / Path(str(entry.recipe)).expanduser()).resolve()
    if not path.is_file():
        problem = f"recipe '{entry.recipe}' does not exist"
        reader.wrong((*place, "recipe"), problem, f"looked for {path}")
        return None
    try:
        return _read(path)
    except RecipeError as error:
        reader.mistakes += error.mistakes
        return None


def _read(path: Path) -> Plan | SynthPlan:
    """Read a curate or a synth recipe: only the latter has methods."""
    data = load(path).data
    is_synth = isinstance(data, dict) and "methods" in data
    return read_synth(path) if is_synth else read_plan(path)


def _dedup(reader: Reader, top: Top) -> list[Spec]:
    found = []
    for i, item in enumerate(top.dedup):
        data = {"use": item} if isinstance(item, str) else item
        found.append(reader.part("dedup", data, ("dedup", i), f"dedup[{i}]"))
    return [spec for spec in found if spec is not None]


def _check(reader: Reader, top: Top) -> None:
    """Note what does not fit together."""
    trained = [entry for entry in top.runs if entry.use != "dev"]
    if not trained:
        reader.wrong(("runs",), "every run is held out: nothing is left to train on")
    fault = fault_of([entry.weight for entry in trained])
    if fault is not None and trained:
        reader.wrong(("runs",), fault, "weights are shares of an epoch, and add up to 1")
    wanted = top.dev.rows is not None or top.dev.share is not None
    if wanted and all(entry.use != "both" for entry in top.runs):
        reader.wrong(("dev",), "no run may give to dev", "use: both, for one of the runs")
    sizes: list[tuple[Place, Size | None]] = [(("budget",), top.budget)]
    sizes += [(("runs", i, "cap"), entry.cap) for i, entry in enumerate(top.runs)]
    for place, size in sizes:
        if size is not None and size.unit == "tokens" and top.tokenizer is None:
            remedy = "tokenizer: PATH of a SentencePiece model or tokenizer.json, or say chars"
            reader.wrong((*place, "tokens"), "tokens need a tokenizer", remedy)
    for i, entry in enumerate(top.runs):
        if entry.use == "dev" and (entry.upsample > 1 or entry.weight is not None):
            key = "weight" if entry.weight is not None else "upsample"
            reader.wrong(("runs", i, key), f"a run for dev has no {key}: it is never trained on")
