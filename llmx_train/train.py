"""Train what a recipe says on prepared token files, so that it can be killed and gone on with."""

from __future__ import annotations

import hashlib
import json
import shutil
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from llmx_data.core.progress import Talk
from llmx_data.core.storage import make_folder, read_json, sha256_file, write_json
from llmx_train.base import Base, find_base
from llmx_train.callbacks import Watch, last_whole, memory_mb
from llmx_train.recipe import Sft, read_sft
from llmx_train.shape import of_model, peak_flops

RESULT, MODEL, CHECKPOINTS = "train.json", "model", "checkpoints"

NO_MATTER = {"evaluate_every", "save_every", "log_every", "tensorboard"}
"""Settings of `train` that change no weight: a run may go on with others."""


@dataclass(frozen=True)
class TrainResult:
    """What training gave; train.json holds the same."""

    model: Path
    """Adapter or whole weights, with tokenizer and chat template."""
    ended: str
    """finished, or hours: the budget was used up first."""
    steps: int
    planned_steps: int
    epochs: float
    tokens: int
    supervised: int
    seconds: float
    """Spent on steps, over all interruptions."""
    first_loss: float | None
    last_loss: float | None
    dev: dict[str, float]
    """Last loss of every source of the dev split."""
    resumed_at: int | None
    """Step that the last start went on from."""


def train(recipe: Sft, folder: Path, *, talk: Talk | None = None) -> TrainResult:
    """Train on `folder`/tokens and write model/, log.jsonl, samples.jsonl and train.json.

    A finished run is not trained again. One that was killed goes on from its last whole
    checkpoint, to the same losses and weights as if it had not been.
    Errors: EnvironmentTrouble for a missing GPU, package or model; DataError for token files that
    do not fit; RecipeError for settings that TRL refuses; KeyboardInterrupt after SIGINT or
    SIGTERM, once the step in hand is saved.
    """
    if (folder / RESULT).is_file():
        return _read(folder)
    from llmx_train.trl_adapter.machine import look, require
    from llmx_train.trl_adapter.quiet import quiet

    quiet()
    machine = look()
    require(recipe, machine)
    base = find_base(recipe, folder)
    fingerprint = _fingerprint(recipe, folder, base)
    make_folder(folder / CHECKPOINTS)
    found = last_whole(folder / CHECKPOINTS, fingerprint)
    watch = Watch(folder, fingerprint, hours=recipe.top.budget.hours, talk=talk)
    if found is not None:
        watch.counters = found[1]
    trainer = _trainer(recipe, folder, base, watch, machine, resumed=found is not None)
    with _signals(watch):
        trainer.train(resume_from_checkpoint=str(found[0]) if found else None)
    if talk:
        talk.end()
    if watch.ended == "interrupted":
        raise KeyboardInterrupt
    resumed_at = int(found[0].name.rpartition("-")[2]) if found else None
    return _finish(recipe, folder, base, trainer, watch, resumed_at)


def _trainer(
    recipe: Sft, folder: Path, base: Base, watch: Watch, machine: Any, *, resumed: bool
) -> Any:
    """Load everything and put it together; nothing is trained yet."""
    from llmx_train.trl_adapter import adapters, arguments, rows
    from llmx_train.trl_adapter.samples import sampler
    from llmx_train.trl_adapter.trainers import make_trainer

    top = recipe.top
    train_rows = rows.read_rows(folder / "tokens" / "train.parquet", recipe, train=True)
    dev_rows = rows.read_rows(folder / "tokens" / "dev.parquet", recipe, train=False)
    packed = top.train.kind == "sft" and top.train.packing != "none"
    config = arguments.arguments(
        recipe, folder / CHECKPOINTS, machine, dev=dev_rows.records > 0, start=not resumed
    )
    prepared = folder / "tokenizer"
    tokenizer = adapters.load_tokenizer(
        prepared if prepared.is_dir() else base.folder,
        trust_remote_code=top.model.trust_remote_code,
    )
    model = adapters.load_model(
        base.folder,
        dtype=top.model.dtype,
        attention=top.model.attention,
        quantization=arguments.quantization(recipe),
        trust_remote_code=top.model.trust_remote_code,
    )
    watch.flops_per_token = of_model(model).flops_per_token(top.peft.method, top.train.max_length)
    peak = peak_flops(machine.name) if top.train.precision != "fp32" else None
    watch.peak_flops = None if peak is None else peak * machine.processes
    watch.sampler = sampler(recipe, dev_rows, tokenizer) if machine.processes == 1 else None
    trainer = make_trainer(
        model=model,
        tokenizer=tokenizer,
        config=config,
        train=rows.data_set(train_rows, recipe, packed=packed),
        dev={n: rows.data_set(r, recipe, packed=packed) for n, r in _limited(recipe, dev_rows)},
        adapter=arguments.adapter(recipe, str(base.folder)),
        watch=watch,
    )
    watch.writes = trainer.is_world_process_zero()
    return trainer


def _limited(recipe: Sft, dev: Any) -> Iterator[tuple[str, Any]]:
    """Dev rows by source, at most `eval.limit` of each."""
    from llmx_train.trl_adapter.rows import by_source

    yield from by_source(dev, recipe.top.eval.limit).items()


def _fingerprint(recipe: Sft, folder: Path, base: Base) -> str:
    """Hash of all that decides the weights: recipe, token file, base."""
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


def _finish(
    recipe: Sft, folder: Path, base: Base, trainer: Any, watch: Watch, resumed_at: int | None
) -> TrainResult:
    """Write model/ as a whole, then train.json; the optimizer's states are no longer needed."""
    from llmx_train.trl_adapter import adapters

    part, model = folder / f".{MODEL}.part", folder / MODEL
    trainer.save_model(str(part))
    state = trainer.state
    result = TrainResult(
        model, watch.ended, state.global_step, state.max_steps, round(float(state.epoch or 0), 6),
        watch.counters.tokens, watch.counters.supervised, round(watch.counters.seconds, 3),
        watch.first_loss, watch.last_loss, watch.dev, resumed_at,
    )  # fmt: skip
    if not watch.writes:
        return result
    for needless in ("README.md", "training_args.bin"):  # a placeholder, and a pickle
        (part / needless).unlink(missing_ok=True)
    if adapters.is_adapter(part):
        adapters.name_base(part, base.name, base.revision)
    shutil.rmtree(model, ignore_errors=True)
    part.rename(model)
    _write(recipe, folder, base, result)
    for spent in (folder / CHECKPOINTS).glob("checkpoint-*"):
        shutil.rmtree(spent)
    return result


def _write(recipe: Sft, folder: Path, base: Base, result: TrainResult) -> None:
    from importlib.metadata import version

    packages = ("torch", "transformers", "trl", "peft", "accelerate")
    write_json(
        folder / RESULT,
        {
            **asdict(result), "model": MODEL, "memory": memory_mb(),
            "base": {"name": base.name, "revision": base.revision},
            "method": recipe.top.peft.method, "kind": recipe.top.train.kind,
            "seed": recipe.top.seed, "versions": {name: version(name) for name in packages},
        },
    )  # fmt: skip


def _read(folder: Path) -> TrainResult:
    told = read_json(folder / RESULT)
    names = TrainResult.__dataclass_fields__
    return TrainResult(**{k: v for k, v in told.items() if k in names} | {"model": folder / MODEL})


if __name__ == "__main__":  # accelerate launch ... -m llmx_train.train RECIPE RUN
    train(read_sft(Path(sys.argv[1])), Path(sys.argv[2]))
