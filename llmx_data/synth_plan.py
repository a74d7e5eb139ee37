"""A synth recipe, read and checked: documents, generator, methods, screening."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from llmx_data.core.errors import RecipeError, nearest
from llmx_data.core.recipe import Reader, open_recipe
from llmx_data.core.storage import shipped
from llmx_data.license.facts import Facts
from llmx_data.license.facts import load as load_facts
from llmx_data.license.schema import Purpose
from llmx_data.plan import Output
from llmx_data.steps import read_steps
from llmx_data.synth.requests import Generator

METHODS = ("rules", "answer")
RULES, OPENAI, BATCH = "rules", "openai", "batch_file"


class Strict(BaseModel):
    """Unknown keys and wrong types are mistakes."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Documents(Strict):
    """Where the documents come from: a finished run, or a curate recipe that makes one."""

    run: str | None = None
    recipe: str | None = None


class Endpoint(Strict):
    """A server that speaks OpenAI's chat protocol; the key stands in an environment variable."""

    base_url: str
    served_as: str | None = None
    key_variable: str | None = None
    concurrency: int = Field(default=64, ge=1)
    timeout_s: float = 600.0


class GeneratorOptions(Strict):
    """Who answers: `rules`, or a model of the catalogue by a server or a batch file."""

    model: str = RULES
    revision: str | None = None
    quantization: str | None = None
    engine: Literal["auto", "openai", "batch_file"] = "auto"
    endpoint: Endpoint | None = None


class SamplingOptions(Strict):
    """How answers are drawn. The reference's figures for single answers."""

    max_tokens: int = Field(default=1024, ge=1)
    temperature: float = 0.3
    top_p: float = 0.9
    top_k: int = 0
    min_p: float = 0.0
    repetition_penalty: float = 1.05


class Top(Strict):
    """Top level of a synth recipe."""

    name: str
    purpose: str | dict[str, Any]
    on_denied: Literal["stop", "drop", "split"] = "stop"
    description: str | None = None
    date: str | None = None
    documents: Documents
    generator: GeneratorOptions = GeneratorOptions()
    count: int = Field(ge=1)
    seed: int = 1
    samples: int = Field(default=1, ge=1)
    sampling: SamplingOptions = SamplingOptions()
    methods: list[dict[str, Any]]
    screen: list[dict[str, Any]] = []
    output: dict[str, Any] = {}


@dataclass
class SynthPlan:
    """A checked synth recipe; nothing was read but the recipe and the facts."""

    path: Path
    top: Top
    purpose: Purpose
    facts: Facts

    system: str = "answer-v1"
    """Prompt file of the system turn for answers."""

    @property
    def methods(self) -> list[str]:
        """Names of the methods, each once."""
        return list(dict.fromkeys(str(m["use"]) for m in self.top.methods))

    @property
    def generator(self) -> Generator:
        """Whose outputs the answers are."""
        given = self.top.generator
        card = self.facts.model(given.model)
        repo = card.hub[0] if card is not None and card.hub else None
        return Generator(given.model, repo, given.revision, given.quantization)

    @property
    def name(self) -> str:
        """Name of the run."""
        return self.top.name

    def beside(self, path: str) -> Path:
        """Path told from the recipe's folder."""
        return (self.path.parent / Path(path).expanduser()).resolve()

    def screening(self, answers: Path) -> dict[str, Any]:
        """Give the recipe of the run that screens and publishes; it stands beside the answers."""
        return {
            "name": self.name,
            "description": self.top.description,
            "purpose": self.purpose.model_dump(mode="json"),
            "on_denied": self.top.on_denied,
            "date": self.top.date,
            "sources": [{"use": "generated", "name": self.name, "path": answers.name}],
            "normalize": [],
            "steps": self.top.screen,
            "output": self.top.output,
        }


def read_synth(path: Path, sets: list[str] | None = None) -> SynthPlan:
    """Read a synth recipe; one RecipeError names all its mistakes. Does no work."""
    reader = open_recipe(path, sets or [])
    facts = load_facts(shipped("licenses"))
    top = reader.validate(Top, reader.document.data, ())
    if top is None:
        reader.finish()
        raise RecipeError(f"{path}: not a synth recipe")
    purpose = _purpose(reader, top, facts)
    if (top.documents.run is None) == (top.documents.recipe is None):
        reader.wrong(("documents",), "say run: or recipe:, one of them")
    _methods(reader, top)
    _generator(reader, top)
    if top.generator.model != RULES and facts.model(top.generator.model) is None:
        known = list(facts.models)
        remedy = nearest(top.generator.model, known).partition(" (known:")[0]
        reader.wrong(("generator", "model"), f"no model '{top.generator.model}'", remedy)
    reader.validate(Output, top.output, ("output",))
    read_steps(reader, top.screen, (), "screen")
    reader.finish()
    return SynthPlan(reader.document.path, top, purpose, facts)


def _generator(reader: Reader, top: Top) -> None:
    given = top.generator
    if given.engine == OPENAI and given.endpoint is None:
        reader.wrong(("generator",), "engine openai needs endpoint: {base_url: http://...}")
    wants = [m.get("use") for m in top.methods if m.get("use") in METHODS and m["use"] != RULES]
    if given.model == RULES and wants:
        problem = f"method '{wants[0]}' needs a language model, not rules"
        reader.wrong(("generator", "model"), problem, "generator: {model: qwen2.5-32b, ...}")
    if given.model != RULES and RULES in [m.get("use") for m in top.methods]:
        reader.wrong(
            ("methods",), "method 'rules' has no language model: generator: {model: rules}"
        )


def _purpose(reader: Reader, top: Top, facts: Facts) -> Purpose:
    try:
        return facts.purpose(top.purpose)
    except RecipeError as error:
        for fault in error.mistakes:
            reader.wrong(("purpose",), fault.problem, fault.remedy, fault.place)
        return next(iter(facts.purposes.values()))


def _methods(reader: Reader, top: Top) -> None:
    for i, method in enumerate(top.methods):
        name = method.get("use")
        if name not in METHODS:
            problem = f"unknown method '{name}'"
            reader.wrong(("methods", i), problem, nearest(str(name), list(METHODS)))
        for key in set(method) - {"use"}:
            reader.wrong(("methods", i, key), f"unknown key '{key}'", "known: use")
    if not top.methods:
        reader.wrong(("methods",), "a synth recipe needs at least one method")
