"""Train what a recipe says on prepared token files, so that it can be killed and gone on with."""

from __future__ import annotations

import copy
import hashlib
import json
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from llmx_data.core.progress import Talk
from llmx_data.core.storage import make_folder, sha256_file
from llmx_train.base import Base, find_base
from llmx_train.callbacks import Watch
from llmx_train.checkpoint import last_whole
from llmx_train.recipe import Sft, read_sft
from llmx_train.shape import of_model, peak_flops
from llmx_train.trained import CHECKPOINTS, TrainResult, read_result, write_model, write_result

NO_MATTER = {"evaluate_every", "save_every", "log_every", "tensorboard"}
"""Settings of `train` that change no weight: a run may go on with others."""


@dataclass(frozen=True)
class Ready:
    """A trainer, and the tokenizer as it was before the trainer changed its copy."""

    trainer: Any
    tokenizer: Any


def train(recipe: Sft, folder: Path, *, talk: Talk | None = None) -> TrainResult:
    """Train on `folder`/tokens and write model/, log.jsonl, samples.jsonl and train.json.

    A finished run is not trained again. One that was killed goes on from its last whole
    checkpoint, to the same losses and weights as if it had not been.
    Errors: EnvironmentTrouble for a missing GPU, package or model; DataError for token files that
    do not fit; RecipeError for settings that TRL refuses; KeyboardInterrupt after SIGINT or
    SIGTERM, once the step in hand is saved.
    """
    done = read_result(folder)
    if done is not None:
        return done
    from llmx_train.trl_adapter.machine import look, require
    from llmx_train.trl_adapter.quiet import quiet

    quiet()
    machine = look()
    require(recipe, machine)
    base = find_base(recipe, folder)
    fingerprint = _fingerprint(recipe, folder, base)
    make_folder(folder / CHECKPOINTS)
    os.environ["TENSORBOARD_LOGGING_DIR"] = str(folder / "tensorboard")  # checkpoints go in the end
    found = last_whole(folder / CHECKPOINTS, fingerprint)
    watch = Watch(folder, fingerprint, hours=recipe.top.budget.hours, talk=talk)
    if found is not None:
        watch.counters = found[1]
    ready = make_ready(recipe, folder, base, watch, machine, resumed=found is not None)
    with _signals(watch):
        ready.trainer.train(resume_from_checkpoint=str(found[0]) if found else None)
    if talk:
        talk.end()
    if watch.ended == "interrupted":
        raise KeyboardInterrupt
    model = write_model(folder, base, ready.trainer, ready.tokenizer)
    state = ready.trainer.state
    result = TrainResult(
        model, watch.ended, state.global_step, state.max_steps, round(float(state.epoch or 0), 6),
        watch.counters.tokens, watch.counters.supervised, round(watch.counters.seconds, 3),
        watch.first_loss, watch.last_loss, watch.dev,
        int(found[0].name.rpartition("-")[2]) if found else None,
    )  # fmt: skip
    if watch.writes:
        write_result(recipe, folder, base, result)
    return result


def make_ready(
    recipe: Sft, folder: Path, base: Base, watch: Watch, machine: Any, *, resumed: bool = False
) -> Ready:
    """Load everything and put it together; nothing is trained yet.

    The tokenizer gets the recipe's template, as when the rows were prepared.
    """
    from llmx_train.template import load_template
    from llmx_train.tokenizers import load_tokenizer
    from llmx_train.trl_adapter import adapters, arguments, rows
    from llmx_train.trl_adapter.samples import sampler
    from llmx_train.trl_adapter.trainers import make_trainer

    top = recipe.top
    train_rows = rows.read_rows(folder / "tokens" / "train.parquet", recipe, train=True)
    dev_rows = rows.read_rows(folder / "tokens" / "dev.parquet", recipe, train=False)
    code = top.model.trust_remote_code
    tokenizer = load_tokenizer(base.folder, trust_remote_code=code)
    template = load_template(top.template, tokenizer, base=recipe.path.parent)
    tokenizer.chat_template = template.text
    ends = list(dict.fromkeys([template.end_id, tokenizer.eos_token_id or template.end_id]))
    model = adapters.load_model(
        base.folder,
        dtype=top.model.dtype,
        attention=top.model.attention,
        quantization=arguments.quantization(recipe),
        trust_remote_code=code,
    )
    adapters.say_ends(model, tokenizer, ends)
    watch.flops_per_token = of_model(model).flops_per_token(top.peft.method, top.train.max_length)
    peak = peak_flops(machine.name) if top.train.precision != "fp32" else None
    watch.peak_flops = None if peak is None else peak * machine.processes
    if machine.processes == 1:
        watch.sampler = sampler(recipe, dev_rows, tokenizer, ends)
    packed = top.train.kind == "sft" and top.train.packing != "none"
    parts = rows.by_source(dev_rows, top.eval.limit)
    trainer = make_trainer(
        model=model,
        tokenizer=copy.deepcopy(tokenizer),
        config=arguments.arguments(
            recipe, folder / CHECKPOINTS, machine, dev=dev_rows.records > 0, start=not resumed
        ),
        train=rows.data_set(train_rows, recipe, packed=packed),
        dev={name: rows.data_set(part, recipe, packed=packed) for name, part in parts.items()},
        adapter=arguments.adapter(recipe, str(base.folder)),
        watch=watch,
    )
    watch.writes = trainer.is_world_process_zero()
    return Ready(trainer, tokenizer)


def _fingerprint(recipe: Sft, folder: Path, base: Base) -> str:
    """Hash all that decides the weights: recipe, token file, base."""
    top = recipe.top.model_dump(mode="json")
    settings = {k: v for k, v in top["train"].items() if k not in NO_MATTER}
    decides = {
        "model": top["model"], "peft": top["peft"], "train": settings, "seed": top["seed"],
        "rows": sha256_file(folder / "tokens" / "train.parquet"),
        "base": sha256_file(base.folder / "config.json"), "revision": base.revision,
    }  # fmt: skip
    return hashlib.sha256(json.dumps(decides, sort_keys=True).encode()).hexdigest()


@contextmanager
def _signals(watch: Watch) -> Iterator[None]:
    """SIGINT and SIGTERM finish the step in hand and save; a second one stops at once."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    kept = {kind: signal.getsignal(kind) for kind in (signal.SIGINT, signal.SIGTERM)}

    def stop(*_: Any) -> None:
        if watch.interrupted:
            raise KeyboardInterrupt
        watch.interrupted = True

    for kind in kept:
        signal.signal(kind, stop)
    try:
        yield
    finally:
        for kind, before in kept.items():
            signal.signal(kind, before)


if __name__ == "__main__":  # accelerate launch ... -m llmx_train.train RECIPE RUN
    train(read_sft(Path(sys.argv[1])), Path(sys.argv[2]))
