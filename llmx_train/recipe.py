"""A training recipe, read and checked: model, template, data, adapter, budget, evaluation.

Nothing heavy is imported here, and nothing is loaded: a recipe can be read where torch is not.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from llmx_data.core.errors import RecipeError
from llmx_data.core.recipe import Reader, open_recipe, set_value
from llmx_data.core.storage import shipped
from llmx_data.core.yaml12 import load
from llmx_data.license.facts import Facts
from llmx_data.license.facts import load as load_facts
from llmx_data.license.schema import Purpose

TINY = "tiny"
"""A model of random weights, made in the run from its own data: shows that everything works."""

MOST_BASES = 5
"""Recipes that may extend each other in a row."""


class Strict(BaseModel):
    """Unknown keys and wrong types are mistakes."""

    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, use_attribute_docstrings=True
    )


class Model(Strict):
    """What is trained."""

    base: str
    """Hub id, alias of the catalogue, folder (told from the recipe), or `tiny`."""
    revision: str | None = None
    """Commit of the hub; without one the newest is taken, and the card says so."""
    catalogue: str | None = None
    """Name of the model in the catalogue, where `base` is a folder: its terms bind."""
    dtype: Literal["bfloat16", "float16", "float32"] = "bfloat16"
    """Type of the weights in memory."""
    attention: Literal["sdpa", "eager", "flash_attention_2"] = "sdpa"
    """How attention is computed; packed rows are isolated by all three."""
    trust_remote_code: bool = False
    """Run code that comes with the model. Off: nothing of a model is executed."""


class Template(Strict):
    """How a conversation becomes text."""

    use: str | None = None
    """Name of a template of llmx; null takes the one that comes with the tokenizer."""
    path: str | None = None
    """A Jinja file of your own, with generation markers."""
    system: str | None = None
    """System text for conversations without one; null leaves the template's own."""


class Data(Strict):
    """What it is trained on."""

    mix: str
    """A mix recipe, or the directory of a finished mix, told from the recipe."""
    over_length: Literal["drop", "error", "truncate"] = "drop"
    """What becomes of conversations longer than `max_length`; truncating cuts an answer's end."""


class Peft(Strict):
    """What of the model is trained."""

    method: Literal["lora", "qlora", "dora", "prompt_tuning", "full"] = "lora"
    """Adapter, adapter on 4-bit weights, with magnitudes, virtual tokens, or all weights."""
    r: int = Field(default=16, ge=1)
    """Rank."""
    alpha: int = Field(default=32, ge=1)
    """Scale; alpha / r multiplies the adapter."""
    dropout: float = Field(default=0.05, ge=0, lt=1)
    """Dropout in the adapter."""
    targets: str | list[str] = "all-linear"
    """Layers that get an adapter; never lm_head, which the fused loss would skip."""
    rslora: bool = False
    """Scale by alpha / sqrt(r)."""
    virtual_tokens: int = Field(default=16, ge=1)
    """Length of a tuned prompt."""
    init_text: str | None = None
    """Text that a tuned prompt begins as; null begins with random vectors."""


class Train(Strict):
    """How it is trained."""

    kind: Literal["sft", "dpo"] = "sft"
    """Answers, or preference pairs."""
    epochs: float = Field(default=1.0, gt=0)
    """Times that the data is seen."""
    max_steps: int | None = Field(default=None, ge=1)
    """Optimizer steps, whatever the epochs."""
    lr: float = Field(default=1e-4, gt=0)
    """Peak learning rate. LLM-jp: 1e-4 for LoRA, 1e-5 to 2e-5 for all weights, 9e-7 for DPO."""
    scheduler: Literal["cosine", "linear", "constant"] = "cosine"
    """How it falls."""
    warmup: float = Field(default=0.1, ge=0)
    """Steps to the peak; below 1 a share of all. LLM-jp: 0.1."""
    global_batch: int = Field(default=64, ge=1)
    """Rows per optimizer step, over all devices. LLM-jp: 64."""
    micro_batch: int = Field(default=1, ge=1)
    """Rows per forward pass and device."""
    max_length: int = Field(default=2048, ge=8)
    """Most tokens of a row. LLM-jp: 2,048 to 4,096."""
    packing: Literal["bfd", "none"] = "bfd"
    """Put several rows into one of `max_length`, isolated from each other."""
    neftune: float | None = Field(default=None, gt=0)
    """Noise on embeddings. NEFTune: 5."""
    gradient_checkpointing: bool = True
    """Compute activations twice and keep none."""
    optimizer: str = "adamw_torch"
    """Name as transformers has it."""
    weight_decay: float = Field(default=0.0, ge=0)
    """Decay of weights."""
    clip: float = Field(default=1.0, gt=0)
    """Largest norm of the gradient. LLM-jp: 1.0."""
    precision: Literal["bf16", "fp16", "fp32"] = "bf16"
    """Type of the computation."""
    beta: float = Field(default=0.1, gt=0)
    """DPO: how far it may move from the base. LLM-jp: 0.1."""
    evaluate_every: float = Field(default=0.25, gt=0)
    """Steps between losses on the dev split; below 1 a share of all."""
    save_every: float = Field(default=0.25, gt=0)
    """Steps between checkpoints; below 1 a share of all."""
    log_every: int = Field(default=10, ge=1)
    """Steps between lines of the log."""
    tensorboard: bool = False
    """Write TensorBoard files too."""


class Budget(Strict):
    """What it may take; preflight fails and training stops beyond it."""

    gpu_gb: float | None = Field(default=None, gt=0)
    """Memory of one card in GB."""
    hours: float | None = Field(default=None, gt=0)
    """Hours of training; the run then saves and goes on to evaluation."""


class Generate(Strict):
    """How answers are drawn in evaluation and samples."""

    max_new_tokens: int = Field(default=256, ge=1)
    """Most tokens of an answer."""
    temperature: float = Field(default=0.0, ge=0)
    """0 is greedy."""
    top_p: float = Field(default=1.0, gt=0, le=1)
    """Nucleus."""
    top_k: int = Field(default=0, ge=0)
    """Most likely tokens; 0 is all."""
    min_p: float = Field(default=0.0, ge=0, le=1)
    """Least probability, relative to the likeliest."""
    repetition_penalty: float = Field(default=1.0, gt=0)
    """1 is none."""


class Competition(Strict):
    """Answers that a competition asks for."""

    tasks: str
    """File of tasks: JSON lines with `task_id` and `input`, told from the recipe."""
    file: str = "output.jsonl"
    """File of answers in the run: `task_id`, `input`, `output`, in the order of the tasks."""


class Evaluation(Strict):
    """What is measured before and after."""

    tasks: list[dict[str, Any]] = Field(default=[])
    """Tasks with their files: `{use: jcommonsenseqa, path: ...}`."""
    base: bool = True
    """Measure the untouched model too, so that a difference can be told."""
    limit: int | None = Field(default=None, ge=1)
    """Most items of a task, and dev records per source."""
    generate: Generate = Generate()
    """How answers are drawn."""
    samples: int = Field(default=4, ge=0)
    """Dev prompts that are answered at every evaluation while training."""
    output: Competition | None = None
    """A competition's task file, and the answers to write into the run."""


class Output(Strict):
    """What is packaged."""

    merge: bool = False
    """Merge the adapter into the base, checked for equality."""
    name: str | None = None
    """Name of the model, which some terms ask words of."""
    license: str | None = None
    """Licence of the weights; null takes the outgoing one of the verdict."""


class Top(Strict):
    """Top level of a training recipe."""

    name: str
    purpose: str | dict[str, Any]
    description: str | None = None
    date: str | None = None
    seed: int = 42
    extends: str | None = None
    model: Model
    template: Template = Template()
    data: Data
    peft: Peft = Peft()
    train: Train = Train()
    budget: Budget = Budget()
    eval: Evaluation = Evaluation()
    output: Output = Output()


@dataclass
class Sft:
    """A checked training recipe."""

    path: Path
    top: Top
    purpose: Purpose
    facts: Facts
    bases: list[Path] = field(default_factory=list)
    """Recipes that it extends, nearest first."""

    @property
    def name(self) -> str:
        """Name of the run."""
        return self.top.name

    def beside(self, path: str) -> Path:
        """Path told from the recipe's folder."""
        return (self.path.parent / Path(path).expanduser()).resolve()

    @property
    def local_model(self) -> Path | None:
        """Folder of the base, if it is one."""
        path = self.beside(self.top.model.base)
        return path if path.is_dir() else None

    @property
    def tiny(self) -> bool:
        """Whether the model is made in the run."""
        return self.top.model.base == TINY


def read_sft(path: Path, sets: list[str] | None = None) -> Sft:
    """Read a training recipe with those it extends; one RecipeError names all mistakes."""
    reader = open_recipe(path, [])
    bases = _extend(reader)
    for item in sets or []:
        set_value(reader, item)
    facts = load_facts(shipped("licenses"))
    top = reader.validate(Top, reader.document.data, ())
    if top is None:
        reader.finish()
        raise RecipeError(f"{path}: not a training recipe")
    purpose = _purpose(reader, top, facts)
    _check(reader, top)
    _tasks(reader, top)
    reader.finish()
    return Sft(reader.document.path, top, purpose, facts, bases)


def _extend(reader: Reader) -> list[Path]:
    """Lay the recipe over the one it extends, and that over its own; mappings merge, lists go."""
    found: list[Path] = []
    data, here = reader.document.data, reader.document.path
    name = data.get("extends")
    while isinstance(name, str):
        base = (here.parent / name).resolve()
        if not base.is_file() or len(found) == MOST_BASES or base in found:
            reader.wrong(("extends",), f"recipe '{name}' does not exist, or extends itself")
            break
        found.append(base)
        below = load(base).data
        name, here = below.get("extends"), base
        _lay(data, below)
    return found


def _lay(over: dict[str, Any], under: dict[str, Any]) -> None:
    for key, value in under.items():
        if key not in over:
            over[key] = value
        elif isinstance(value, dict) and isinstance(over[key], dict):
            _lay(over[key], value)


def _purpose(reader: Reader, top: Top, facts: Facts) -> Purpose:
    try:
        return facts.purpose(top.purpose)
    except RecipeError as error:
        for fault in error.mistakes:
            reader.wrong(("purpose",), fault.problem, fault.remedy, fault.place)
        return next(iter(facts.purposes.values()))


def _tasks(reader: Reader, top: Top) -> None:
    """Check the evaluation's tasks with everything else, so that mistakes come together."""
    from llmx_train.evaluate.finding import check_tasks

    check_tasks(reader, top.eval.tasks)


def _check(reader: Reader, top: Top) -> None:
    folder = (reader.folder / Path(top.model.base).expanduser()).is_dir()
    if top.model.catalogue is not None and not folder:
        problem = "only a folder is named by it; a model of the hub has its own terms"
        reader.wrong(("model", "catalogue"), problem, "leave it out")
    given = top.eval.output
    if given is not None and not (reader.folder / Path(given.tasks).expanduser()).is_file():
        reader.wrong(("eval", "output", "tasks"), f"file '{given.tasks}' does not exist")
    if top.template.use is not None and top.template.path is not None:
        reader.wrong(("template",), "say use: or path:, not both")
    if top.train.global_batch % top.train.micro_batch:
        told = f"global_batch {top.train.global_batch} is no multiple of {top.train.micro_batch}"
        reader.wrong(("train", "micro_batch"), told)
    if top.peft.method == "prompt_tuning" and top.train.packing != "none":
        problem = "prompt_tuning cannot be packed: virtual tokens stand before every row"
        reader.wrong(("train", "packing"), problem, "packing: none")
    if top.peft.method == "prompt_tuning" and top.output.merge:
        problem = "a tuned prompt cannot be merged into weights"
        reader.wrong(("output", "merge"), problem, "merge: false")
    if top.train.kind == "dpo" and top.peft.method == "prompt_tuning":
        reader.wrong(("peft", "method"), "dpo needs an adapter on weights, or all weights")
    if isinstance(top.peft.targets, list) and {"lm_head", "embed_tokens"} & set(top.peft.targets):
        problem = "no adapter on lm_head or embed_tokens: the fused loss would skip it"
        reader.wrong(("peft", "targets"), problem)
