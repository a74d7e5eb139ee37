"""What this machine has, and what a recipe needs of it: cards, number types, packages."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator
from dataclasses import dataclass

from llmx_data.core.errors import EnvironmentTrouble, MissingPackage, RecipeError
from llmx_train.recipe import Sft

PACKAGES = ("torch", "transformers", "trl", "peft", "accelerate")
"""What training cannot do without; the extra `train` brings them."""


@dataclass(frozen=True)
class Machine:
    """Cards seen by this process, and processes that train together."""

    cards: int
    name: str | None
    """Name of the first card."""
    bf16: bool
    """Whether the card computes in bfloat16; true of a CPU, slowly."""
    processes: int

    @property
    def gpu(self) -> bool:
        """Whether there is a card at all."""
        return self.cards > 0


def look() -> Machine:
    """Look at this machine; imports torch. Errors: MissingPackage for what is not installed."""
    for package in PACKAGES:
        if importlib.util.find_spec(package) is None:
            raise MissingPackage(package, "train")
    import torch

    cards = torch.cuda.device_count() if torch.cuda.is_available() else 0
    name = torch.cuda.get_device_name(0) if cards else None
    bf16 = bool(torch.cuda.is_bf16_supported()) if cards else True
    return Machine(cards, name, bf16, int(os.environ.get("WORLD_SIZE", "1")))


def accumulation(recipe: Sft, processes: int) -> int:
    """Forward passes per optimizer step: global_batch = micro_batch x these x processes.

    Errors: RecipeError where that does not come out even.
    """
    train = recipe.top.train
    at_once = train.micro_batch * processes
    if train.global_batch % at_once:
        raise RecipeError(
            f"{recipe.path}  train.global_batch: {train.global_batch} is no multiple of "
            f"micro_batch {train.micro_batch} x {processes} processes\n    choose a multiple of "
            f"{at_once}"
        )
    return train.global_batch // at_once


def require(recipe: Sft, machine: Machine) -> None:
    """Check that the recipe can be trained here; every lack is told at once.

    Errors: EnvironmentTrouble (exit 6) for a missing card or number type, MissingPackage.
    """
    for package, extra in _packages(recipe):
        if importlib.util.find_spec(package) is None:
            raise MissingPackage(package, extra)
    lacks = list(_lacks(recipe, machine))
    if lacks:
        raise EnvironmentTrouble(f"{recipe.path}: " + "\n".join(lacks))


def _packages(recipe: Sft) -> Iterator[tuple[str, str]]:
    top = recipe.top
    if top.peft.method == "qlora" or "8bit" in top.train.optimizer:
        yield "bitsandbytes", "train"


def _lacks(recipe: Sft, machine: Machine) -> Iterator[str]:
    top, train = recipe.top, recipe.top.train
    from_hub = not recipe.tiny and recipe.local_model is None
    if train.precision == "fp16" and not machine.gpu:
        yield "train.precision: fp16 needs a GPU, and there is none\n    precision: fp32"
    if train.precision == "bf16" and not machine.gpu and from_hub:
        yield (
            f"no GPU here, and {top.model.base} in bf16 needs one\n    run it where one is, or "
            "train on the CPU, slowly: --set train.precision=fp32 --set model.dtype=float32"
        )
    if train.precision == "bf16" and not machine.bf16:
        yield f"train.precision: {machine.name} does not compute in bf16\n    precision: fp16"
    if top.model.attention == "flash_attention_2":
        if not machine.gpu:
            yield "model.attention: flash_attention_2 needs a GPU\n    attention: sdpa"
        if importlib.util.find_spec("flash_attn") is None:
            yield "model.attention: package 'flash-attn' is not installed\n    attention: sdpa"
    if train.tensorboard and importlib.util.find_spec("tensorboard") is None:
        yield (
            "train.tensorboard: package 'tensorboard' is not installed\n    pip install tensorboard"
        )
    if machine.cards > 1 and machine.processes == 1:
        yield (
            f"{machine.cards} GPUs are visible to one process\n    CUDA_VISIBLE_DEVICES=0 takes "
            "one; recipes/sft/accelerate-fsdp2.yaml says how to train on all"
        )
