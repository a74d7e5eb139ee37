"""A synth recipe, read and checked: documents, generator, judge, methods, screening."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from llmx_data.core.errors import RecipeError, nearest
from llmx_data.core.parts import Spec
from llmx_data.core.recipe import Reader, open_recipe
from llmx_data.core.storage import shipped
from llmx_data.license.facts import Facts
from llmx_data.license.facts import load as load_facts
from llmx_data.license.schema import Purpose
from llmx_data.plan import Output
from llmx_data.steps import read_steps
from llmx_data.synth.engines.vllm_options import VllmOptions
from llmx_data.synth.methods import Method
from llmx_data.synth.methods.rules import version as rules_version
from llmx_data.synth.requests import Generator, Role, Sampling
from llmx_data.synth.serving import served
from llmx_data.synth_screen import settled

RULES = "rules"
LLMX_RULES = "llmx-rules"
"""Name of the rules on records; there are no model terms."""

EngineName = Literal["auto", "vllm", "openai", "batch_file", "replay"]

DEFAULTS: dict[Role, Sampling] = {
    "instruct": Sampling(max_tokens=1536, temperature=1.0, top_p=0.95, min_p=0.05),
    "answer": Sampling(max_tokens=1024, temperature=0.3, top_p=0.9, repetition_penalty=1.05),
    "judge": Sampling(max_tokens=512, temperature=0.0),
}
"""Tasks hot, answers cold, judgements greedy: the reference's figures, which the peers share."""

SEVERAL = 0.7
"""Temperature of answers of which the best is picked. The reference's figure."""


class Strict(BaseModel):
    """Unknown keys and wrong types are mistakes."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Documents(Strict):
    """Where the documents come from: a finished run, or a curate recipe that makes one."""

    run: str | None = None
    recipe: str | None = None


class Endpoint(Strict):
    """A server that speaks OpenAI's chat protocol; the key stands in an environment variable."""

    base_url: str = Field(pattern=r"^https?://[^/\s]+")
    served_as: str | None = None
    key_variable: str | None = None
    concurrency: int = Field(default=64, ge=1)
    timeout_s: float = 600.0


class GeneratorOptions(Strict):
    """Who answers: `rules`, or a model of the catalogue, in this process or elsewhere."""

    model: str = RULES
    revision: str | None = None
    quantization: str | None = None
    family: str | None = None
    engine: EngineName = "auto"
    endpoint: Endpoint | None = None
    vllm: VllmOptions = VllmOptions()
    ledger: str | None = None


class JudgeOptions(GeneratorOptions):
    """Who scores; answers below `min_score` (1 to 5) go."""

    min_score: int | None = Field(default=None, ge=1, le=5)


class RoleSampling(Strict):
    """How tokens are drawn for one role; what is not said is llmx's default for it."""

    max_tokens: int | None = Field(default=None, ge=1)
    temperature: float | None = Field(default=None, ge=0)
    top_p: float | None = Field(default=None, gt=0, le=1)
    top_k: int | None = Field(default=None, ge=0)
    min_p: float | None = Field(default=None, ge=0, le=1)
    repetition_penalty: float | None = Field(default=None, gt=0)
    stop: list[str] | None = None


class SamplingOptions(Strict):
    """How tokens are drawn, by role."""

    instruct: RoleSampling = RoleSampling()
    answer: RoleSampling = RoleSampling()
    judge: RoleSampling = RoleSampling()


class Top(Strict):
    """Top level of a synth recipe."""

    name: str
    purpose: str | dict[str, Any]
    on_denied: Literal["stop", "drop", "split"] = "stop"
    description: str | None = None
    date: str | None = None
    documents: Documents
    generator: GeneratorOptions = GeneratorOptions()
    judge: JudgeOptions | None = None
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
    specs: Sequence[Spec] = field(default_factory=list)
    """The methods, in the recipe's order."""

    system: str = "answer-v1"
    """Prompt file of the system turn for answers."""

    @property
    def methods(self) -> list[Method]:
        """The methods, built."""
        return [spec.build() for spec in self.specs]

    @property
    def by_rules(self) -> bool:
        """Whether no language model is used."""
        return self.top.generator.model == RULES

    def named(self, given: GeneratorOptions) -> Generator:
        """Name a model as requests and records do; an adapter or a quantization makes it another.

        The alias means the instruction-tuned model.
        """
        if given.model == RULES:
            return Generator(LLMX_RULES, revision=rules_version()[:12])
        entry, card = served(given.model, self.facts), self.facts.model(given.model)
        first = card.hub[0] if card is not None and card.hub else None
        made = [given.quantization or given.vllm.quantization, *given.vllm.identity()]
        repo = entry.entry.repo if entry is not None else first
        return Generator(
            given.model, repo, given.revision, " + ".join(part for part in made if part) or None
        )

    def sampling(self, role: Role) -> Sampling:
        """How tokens are drawn for a role."""
        told = getattr(self.top.sampling, role).model_dump(exclude_none=True)
        if "stop" in told:
            told["stop"] = tuple(told["stop"])
        if role == "answer" and self.top.samples > 1:
            told.setdefault("temperature", SEVERAL)
        return replace(DEFAULTS[role], **told)

    @property
    def judging(self) -> bool:
        """Whether a judge is asked at all: by a method, to pick the best, or for a score."""
        judge = self.top.judge
        scores = self.top.samples > 1 or (judge is not None and judge.min_score is not None)
        return any(
            "judge" in method.expects(1) or (method.best_of and scores) for method in self.methods
        )

    def count(self, method: Method) -> int:
        """Count records wanted from a method: its share of all, at least one."""
        shares = [other.share for other in self.methods]
        open_share = 1.0 - sum(share for share in shares if share is not None)
        share = method.share if method.share is not None else open_share / shares.count(None)
        return max(1, round(self.top.count * share))

    @property
    def name(self) -> str:
        """Name of the run."""
        return self.top.name

    def beside(self, path: str) -> Path:
        """Path told from the recipe's folder."""
        return (self.path.parent / Path(path).expanduser()).resolve()

    def screening(self, made: Sequence[Path], documents: Path) -> dict[str, Any]:
        """Give the recipe of the run that screens and publishes.

        A filter `copied_source` without a path looks at the documents the records were made of.
        """
        return {
            "name": self.name,
            "description": self.top.description,
            "purpose": self.purpose.model_dump(mode="json"),
            "on_denied": self.top.on_denied,
            "date": self.top.date,
            "sources": [self._source(path) for path in made],
            "normalize": [],
            "steps": settled(self.top.screen, self.path.parent, documents),
            "output": self.top.output,
        }

    def _source(self, made: Path) -> dict[str, Any]:
        """Name a file of records: after the run, the method if there are several, an odd kind."""
        use, kind, _ = made.name.split(".")
        natural = next(m.makes for m in self.methods if m.part_name() == use)
        several = len({method.part_name() for method in self.methods}) > 1
        name = [self.name, *([use] if several else []), *([kind] if kind != natural else [])]
        path = f"made/{made.name}"
        return {"use": "generated", "of": kind, "name": "-".join(name), "path": path}


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
    specs = _methods(reader, top)
    _model(reader, ("generator",), top.generator, facts)
    if top.judge is not None:
        _model(reader, ("judge",), top.judge, facts)
        known = len(specs) == len(top.methods)
        if known and not SynthPlan(path, top, purpose, facts, specs).judging:
            remedy = "say min_score:, samples: 2 or more, or use a method that judges"
            reader.wrong(("judge",), "this judge is never asked", remedy)
    reader.validate(Output, top.output, ("output",))
    read_steps(reader, settled(top.screen, reader.folder, shipped("recipes")), (), "screen")
    reader.finish()
    return SynthPlan(reader.document.path, top, purpose, facts, specs)


def _model(reader: Reader, place: tuple[str, ...], given: GeneratorOptions, facts: Facts) -> None:
    if given.engine == "openai" and given.endpoint is None:
        reader.wrong(place, "engine openai needs endpoint: {base_url: http://...}")
    if given.model == RULES and (given.engine != "auto" or given.endpoint is not None):
        reader.wrong(place, "rules need no engine and no endpoint", "generator: {model: rules}")
    if given.endpoint is not None and given.engine not in ("auto", "openai"):
        reader.wrong(place, f"engine {given.engine} asks no endpoint", "engine: openai")
    if given.engine == "replay" and given.ledger is None:
        reader.wrong(place, "engine replay needs ledger: a run's store/synth/ledger")
    if given.model == RULES and place == ("judge",):
        reader.wrong((*place, "model"), "a judge is a language model, not rules")
    elif given.model != RULES and facts.model(given.model) is None:
        remedy = nearest(given.model, list(facts.models)).partition(" (known:")[0]
        reader.wrong((*place, "model"), f"no model '{given.model}'", remedy)


def _purpose(reader: Reader, top: Top, facts: Facts) -> Purpose:
    try:
        return facts.purpose(top.purpose)
    except RecipeError as error:
        for fault in error.mistakes:
            reader.wrong(("purpose",), fault.problem, fault.remedy, fault.place)
        return next(iter(facts.purposes.values()))


def _methods(reader: Reader, top: Top) -> list[Spec]:
    specs = [
        reader.part("synth.methods", data, ("methods", i), f"methods[{i}]")
        for i, data in enumerate(top.methods)
    ]
    found = [spec for spec in specs if spec is not None]
    by_rules = top.generator.model == RULES
    for i, spec in enumerate(specs):
        method: Method | None = spec.build() if spec is not None else None
        if method is not None and method.raw and top.generator.engine == "batch_file":
            problem = f"method '{method.part_name()}' has raw text continued; batch files cannot"
            reader.wrong(("methods", i), problem, "engine: vllm, or openai with an endpoint")
        if spec is None or method is None or method.model != by_rules:
            continue
        if by_rules:
            problem = f"method '{spec.use}' needs a language model, not rules"
            reader.wrong(("generator", "model"), problem, "generator: {model: qwen2.5-32b, ...}")
        else:
            problem = f"method '{spec.use}' has no language model"
            reader.wrong(("methods", i), problem, "generator: {model: rules}")
    shares = [spec.build().share for spec in found]
    told = sum(share for share in shares if share is not None)
    if found and None not in shares and told < 0.999:
        reader.wrong(("methods",), f"shares add up to {told:g}: who makes the rest?")
    if told > 1.001 or (told > 0.999 and None in shares):
        reader.wrong(("methods",), f"shares add up to {told:g}: nothing is left for the rest")
    if not top.methods:
        reader.wrong(("methods",), "a synth recipe needs at least one method")
    return found
