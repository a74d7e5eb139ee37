"""What training leaves in a run: model/ as a whole, and train.json, which is written last."""

from __future__ import annotations

import shutil
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from llmx_data.core.storage import read_json, write_json
from llmx_train.base import Base
from llmx_train.callbacks import memory_mb
from llmx_train.recipe import Sft

RESULT, MODEL, CHECKPOINTS = "train.json", "model", "checkpoints"

PACKAGES = ("torch", "transformers", "trl", "peft", "accelerate")

NEEDLESS = ("README.md", "training_args.bin")
"""A card with a placeholder for a licence, and a pickle."""


@dataclass(frozen=True)
class TrainResult:
    """What training gave; train.json holds the same."""

    model: Path
    """Adapter or whole weights, with tokenizer, chat template and what ends an answer."""
    ended: str
    """finished, or hours: the budget was used up first."""
    steps: int
    planned_steps: int
    epochs: float
    tokens: int
    """Read, padding not counted."""
    supervised: int
    seconds: float
    """Spent on steps, over all interruptions."""
    first_loss: float | None
    last_loss: float | None
    dev: dict[str, float]
    """Last loss of every source of the dev split."""
    resumed_at: int | None
    """Step that the last start went on from."""


def read_result(folder: Path) -> TrainResult | None:
    """Read what a finished training gave; None where it is not finished."""
    if not (folder / RESULT).is_file():
        return None
    told = read_json(folder / RESULT)
    names = TrainResult.__dataclass_fields__
    return TrainResult(**{k: v for k, v in told.items() if k in names} | {"model": folder / MODEL})


def write_model(folder: Path, base: Base, trainer: Any, tokenizer: Any) -> Path:
    """Write model/ whole: weights by the trainer, the tokenizer as it was prepared with.

    An adapter gets a generation_config.json too: engines read there what ends an answer.
    """
    from llmx_train.trl_adapter import adapters

    part, model = folder / f".{MODEL}.part", folder / MODEL
    if trainer.is_world_process_zero():
        shutil.rmtree(part, ignore_errors=True)
    trainer.save_model(str(part))  # every process: gathering the weights is a joint act
    if not trainer.is_world_process_zero():
        return model
    trainer.model.generation_config.save_pretrained(part)
    tokenizer.save_pretrained(part)
    for name in NEEDLESS:
        (part / name).unlink(missing_ok=True)
    if adapters.is_adapter(part):
        adapters.name_base(part, base.name, base.revision)
    shutil.rmtree(model, ignore_errors=True)
    part.rename(model)
    return model


def write_result(recipe: Sft, folder: Path, base: Base, result: TrainResult) -> None:
    """Write train.json, and remove the checkpoints, whose optimizer states nobody needs now."""
    write_json(
        folder / RESULT,
        {
            **asdict(result), "model": MODEL, "memory": memory_mb(),
            "base": {"name": base.name, "revision": base.revision},
            "method": recipe.top.peft.method, "kind": recipe.top.train.kind,
            "seed": recipe.top.seed, "versions": {name: version(name) for name in PACKAGES},
        },
    )  # fmt: skip
    shutil.rmtree(folder / CHECKPOINTS, ignore_errors=True)
