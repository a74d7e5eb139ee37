"""Which engine answers for a generator: what the recipe says, or what this machine can run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from llmx_data.core.errors import EnvironmentTrouble
from llmx_data.synth.engines import Engine
from llmx_data.synth.engines.batch_file import BatchFile
from llmx_data.synth.engines.devices import WAYS_OUT, check, gpus, groups
from llmx_data.synth.engines.openai import OpenAI
from llmx_data.synth.engines.replay import Replay
from llmx_data.synth.engines.rules import Rules
from llmx_data.synth.engines.several import Several
from llmx_data.synth.engines.switch import Switch
from llmx_data.synth.engines.vllm import Vllm
from llmx_data.synth.requests import Generator
from llmx_data.synth.serving import cards, fit, served
from llmx_data.synth_plan import RULES, GeneratorOptions, SynthPlan


@dataclass(frozen=True)
class Cast:
    """Who plays: engine, generator and judge, settled before anything is asked."""

    engine: Engine
    generator: Generator
    judge: Generator | None


def cast(plan: SynthPlan, folder: Path) -> Cast:
    """Settle engines and generators. Loads nothing.

    Errors: EnvironmentTrouble, with the ways out, where no engine can run a model.
    """
    given = plan.top.generator
    generator, engine = _settled(plan, given, folder / "batch")
    if plan.top.judge is None:
        return Cast(engine, generator, None)
    judge, other = _settled(plan, plan.top.judge, folder / "batch-judge")
    if judge == generator:
        return Cast(engine, generator, judge)
    return Cast(Switch({generator: engine, judge: other}), generator, judge)


def settled_names(plan: SynthPlan) -> Cast:
    """Name generator and judge where no engine can run: for a plan, which asks nobody."""
    judge = plan.named(plan.top.judge) if plan.top.judge is not None else None
    return Cast(Rules(), plan.named(plan.top.generator), judge)


def _settled(plan: SynthPlan, given: GeneratorOptions, batch: Path) -> tuple[Generator, Engine]:
    if given.model == RULES:
        return plan.named(given), Rules()
    named = plan.named(given)
    model = named.repo or given.model
    if given.engine == "openai" or (given.engine == "auto" and given.endpoint is not None):
        there = given.endpoint
        assert there is not None
        served_as = there.served_as or model
        address = there.base_url.rstrip("/")
        return named, OpenAI(
            address, served_as, there.key_variable, there.concurrency, there.timeout_s
        )
    if given.engine == "batch_file":
        return named, BatchFile(batch, model)
    if given.engine == "replay":
        return named, Replay(plan.beside(str(given.ledger)))
    if given.engine == "auto":
        given = fitted(plan, given)
        named = plan.named(given)
    return named, _in_process(plan, given, named)


def fitted(plan: SynthPlan, given: GeneratorOptions) -> GeneratorOptions:
    """Fill in what the recipe leaves open by the memory arithmetic for the cards found here.

    Errors: EnvironmentTrouble where nothing fits.
    """
    found, entry = cards(), served(given.model, plan.facts)
    if not found or entry is None or given.vllm.model is not None:
        return given
    card = found[0]
    chosen = fit(
        entry, gpu_gib=card.gib, gpus=len(found), quantization=given.quantization,
        compute_capability=card.compute_capability,
    )  # fmt: skip
    if not chosen.fits:
        raise EnvironmentTrouble("\n    ".join([*chosen.lines(), WAYS_OUT]))
    told = given.vllm.model_dump(exclude_defaults=True)
    options = given.vllm.model_validate({"model": chosen.repo} | chosen.options() | told)
    kind = chosen.generator_quantization
    return given.model_copy(update={"quantization": kind, "vllm": options})


def _in_process(plan: SynthPlan, given: GeneratorOptions, named: Generator) -> Engine:
    options = given.vllm
    check(given.model, options.tensor_parallel_size)
    if options.model is not None and (local := plan.beside(options.model)).is_dir():
        options = options.model_copy(update={"model": str(local)})
    if options.lora is not None:
        options = options.model_copy(update={"lora": str(plan.beside(options.lora))})
    one = Vllm(named.repo or given.model, options, given.revision)
    places = groups(gpus(), options.tensor_parallel_size)
    return Several(one, places or [""])  # a process of its own, which dies with this one
