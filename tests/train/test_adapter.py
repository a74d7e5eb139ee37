"""The adapter to TRL: what a recipe becomes, what is refused, what a machine must have."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from llmx_data.core.errors import EnvironmentTrouble, RecipeError
from llmx_data.core.storage import shipped
from llmx_train.base import Base, find_base, hub_id
from llmx_train.recipe import read_sft
from llmx_train.trl_adapter import machine, quiet
from llmx_train.trl_adapter.arguments import adapter, arguments, plan_config
from llmx_train.trl_adapter.machine import Machine, accumulation, look, require
from tests.train.training import recipe

LADDER = sorted(
    path
    for path in (shipped("recipes") / "sft").glob("*.yaml")
    if not path.name.startswith(("_", "accelerate"))
)
CPU = Machine(0, None, True, 1)
GPU = Machine(1, "NVIDIA H100 80GB HBM3", True, 1)

TOLD = [
    ({"warmup": 0.1}, "warmup_steps", 0.1),
    ({"warmup": 20}, "warmup_steps", 20),
    ({"scheduler": "cosine"}, "lr_scheduler_type", "cosine"),
    ({"scheduler": "constant"}, "lr_scheduler_type", "constant_with_warmup"),
    ({"packing": "bfd"}, "packing", True),
    ({"packing": "none"}, "packing", False),
    ({"neftune": 5.0}, "neftune_noise_alpha", 5.0),
    ({"gradient_checkpointing": True}, "gradient_checkpointing", True),
    ({"global_batch": 12, "micro_batch": 3}, "gradient_accumulation_steps", 4),
    ({"max_steps": None, "epochs": 2.5}, "num_train_epochs", 2.5),
    ({"max_steps": None}, "max_steps", -1),
    ({"save_every": 0.25}, "save_steps", 0.25),
    ({"save_every": 10.0}, "save_steps", 10),
    ({"evaluate_every": 5}, "eval_steps", 5),
    ({"optimizer": "adafactor"}, "optim", "adafactor"),
    ({"weight_decay": 0.1}, "weight_decay", 0.1),
    ({"clip": 0.5}, "max_grad_norm", 0.5),
    ({"precision": "bf16"}, "bf16", True),
    ({"precision": "fp32"}, "bf16", False),
    ({"kind": "dpo", "beta": 0.3}, "beta", 0.3),
    ({"kind": "dpo"}, "max_length", None),
]

REFUSED = [
    ({"optimizer": "adamw_magic"}, "adamw_magic"),
    ({"save_every": 2.5}, "save_every: 2.5 is neither a share below 1 nor whole steps"),
]

LACKING: list[tuple[dict[str, Any], Machine, str]] = [
    ({"train": {"precision": "bf16"}}, CPU, "no GPU here, and acme/model in bf16 needs one"),
    ({"train": {"precision": "fp16"}}, CPU, "fp16 needs a GPU"),
    ({"train": {"precision": "bf16"}}, Machine(1, "Tesla T4", False, 1), "Tesla T4 does not"),
    ({"model": {"base": "acme/model", "attention": "flash_attention_2"}}, CPU, "'flash-attn'"),
    ({}, Machine(4, "H100", True, 1), "4 GPUs are visible to one process"),
]


@pytest.mark.parametrize("path", LADDER, ids=lambda p: p.stem)
def test_every_recipe_of_the_ladder_becomes_arguments(path: Path) -> None:
    run = read_sft(path)
    told = plan_config(run)
    train = run.top.train
    trainer = told["trainer"]
    assert trainer["per_device_train_batch_size"] * trainer["gradient_accumulation_steps"] == (
        train.global_batch
    )
    assert (told["adapter"] is None) == (run.top.peft.method == "full")
    assert (told["quantization"] is None) == (run.top.peft.method != "qlora")
    assert told["notes"] == []
    first = path.read_text(encoding="utf-8").splitlines()
    opening = " ".join(line for line in first[:6] if line.startswith("#"))
    for word in ("Result:", "Cost:", f"llmx sft recipes/sft/{path.name}"):
        assert word in opening


def test_the_ladder_has_every_method() -> None:
    methods = {read_sft(path).top.peft.method for path in LADDER}
    assert len(LADDER) >= 7
    assert methods == {"lora", "qlora", "prompt_tuning", "full"}


@pytest.mark.parametrize(("asked", "name", "value"), TOLD)
def test_a_setting_reaches_the_trainer(
    asked: dict[str, Any], name: str, value: Any, tmp_path: Path
) -> None:
    config = arguments(recipe(tmp_path, "tiny", train=asked), tmp_path, CPU)
    assert getattr(config, name) == value


def test_trl_prepares_and_tells_nothing(tmp_path: Path) -> None:
    config = arguments(recipe(tmp_path, "tiny"), tmp_path, CPU)
    assert config.dataset_kwargs == {"skip_prepare_dataset": True}
    assert (config.completion_only_loss, config.assistant_only_loss) == (False, False)
    assert config.report_to == []
    assert config.push_to_hub is False


@pytest.mark.parametrize(("asked", "problem"), REFUSED)
def test_what_trl_refuses_is_a_mistake_of_the_recipe(
    asked: dict[str, Any], problem: str, tmp_path: Path
) -> None:
    with pytest.raises(RecipeError, match=problem):
        arguments(recipe(tmp_path, "tiny", train=asked), tmp_path, CPU)


@pytest.mark.parametrize("target", ["lm_head", "model.embed_tokens"])
def test_no_adapter_on_head_or_embedding(target: str, tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="the fused loss would skip it"):
        adapter(recipe(tmp_path, "tiny", peft={"method": "lora", "targets": target}))


def test_adapters_say_what_the_recipe_says(tmp_path: Path) -> None:
    asked = {"method": "dora", "r": 4, "alpha": 12, "dropout": 0.2, "rslora": True}
    made = adapter(recipe(tmp_path, "tiny", peft=asked))
    assert (made.r, made.lora_alpha, made.lora_dropout) == (4, 12, 0.2)
    assert (made.use_dora, made.use_rslora, made.target_modules) == (True, True, "all-linear")
    prompt = {"method": "prompt_tuning", "virtual_tokens": 3}
    made = adapter(recipe(tmp_path, "tiny", peft=prompt))
    assert (made.num_virtual_tokens, made.prompt_tuning_init.value) == (3, "RANDOM")
    assert adapter(recipe(tmp_path, "tiny")) is None


def test_batches_must_come_out_even_over_processes(tmp_path: Path) -> None:
    run = recipe(tmp_path, "tiny", train={"global_batch": 12, "micro_batch": 2})
    assert [accumulation(run, n) for n in (1, 2, 3)] == [6, 3, 2]
    with pytest.raises(RecipeError, match="12 is no multiple of micro_batch 2 x 4 processes"):
        accumulation(run, 4)


@pytest.mark.parametrize(("asked", "here", "problem"), LACKING)
def test_a_machine_that_lacks_something_is_told_before_anything_is_loaded(
    asked: dict[str, Any], here: Machine, problem: str, tmp_path: Path
) -> None:
    with pytest.raises(EnvironmentTrouble, match=problem) as told:
        require(recipe(tmp_path, "acme/model", **asked), here)
    assert told.value.exit_code == 6


def test_what_can_be_trained_here_passes(tiny_model_dir: Path, tmp_path: Path) -> None:
    require(recipe(tmp_path, "acme/model", train={"precision": "bf16"}), GPU)
    require(recipe(tmp_path, "acme/model"), CPU)
    require(recipe(tmp_path, tiny_model_dir, train={"precision": "bf16"}), CPU)
    require(recipe(tmp_path, tiny_model_dir, peft={"method": "qlora"}), look())


def test_a_missing_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def find(name: str) -> object | None:
        return None if name == "bitsandbytes" else object()

    monkeypatch.setattr(machine.importlib.util, "find_spec", find)
    with pytest.raises(EnvironmentTrouble, match=r"'bitsandbytes' is not installed\n.*\[train\]"):
        require(recipe(tmp_path, "tiny", peft={"method": "qlora"}), CPU)
    require(recipe(tmp_path, "tiny"), CPU)


NOWHERE = [
    ("acme/never-made", EnvironmentTrouble, "hf download acme/never-made"),
    ("no such model!", RecipeError, "no such folder, no alias"),
    ("tiny", EnvironmentTrouble, "config.json is missing"),
]


@pytest.mark.parametrize("revision", [None, "0123456789012345678901234567890123456789"])
@pytest.mark.parametrize(("base", "error", "problem"), NOWHERE)
def test_a_model_that_is_not_here_is_told_with_a_way_on(
    base: str, error: type[Exception], problem: str, revision: str | None, tmp_path: Path
) -> None:
    with pytest.raises(error, match=problem):
        find_base(recipe(tmp_path, base, model={"base": base, "revision": revision}), tmp_path)


def test_a_model_of_the_hub_counts_only_when_its_weights_are_there(
    tiny_model_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huggingface_hub import constants

    commit = "0123456789012345678901234567890123456789"
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    there = tmp_path / "models--acme--model" / "snapshots" / commit
    there.mkdir(parents=True)
    run = recipe(tmp_path, "x", model={"base": "acme/model", "revision": commit})
    for path in tiny_model_dir.iterdir():
        if not path.name.endswith(".safetensors"):
            (there / path.name).write_bytes(path.read_bytes())
    with pytest.raises(EnvironmentTrouble):
        find_base(run, tmp_path)
    (there / "model.safetensors").write_bytes(b"weights")
    assert find_base(run, tmp_path) == Base(there, "acme/model", commit)
    index = {"weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors"}}
    (there / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(EnvironmentTrouble):
        find_base(run, tmp_path)


def test_a_base_is_a_folder_or_a_hub_id(tiny_model_dir: Path, tmp_path: Path) -> None:
    found = find_base(recipe(tmp_path, tiny_model_dir), tmp_path)
    assert (found.folder, found.revision) == (tiny_model_dir, None)
    assert hub_id(recipe(tmp_path, "qwen2.5-0.5b")) == "Qwen/Qwen2.5-0.5B-Instruct"
    assert hub_id(recipe(tmp_path, "acme/model")) == "acme/model"


def test_telemetry_is_off_whatever_was_imported_first(monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants
    from trl import SFTTrainer

    from llmx_train.trl_adapter.trainers import Supervised

    monkeypatch.setattr(constants, "HF_HUB_DISABLE_TELEMETRY", False)
    monkeypatch.delenv("HF_HUB_DISABLE_TELEMETRY")
    quiet.quiet()
    assert constants.HF_HUB_DISABLE_TELEMETRY is True
    assert os.environ["HF_HUB_DISABLE_TELEMETRY"] == "1"
    for name in ("_send_telemetry", "create_model_card", "_prepare_dataset"):
        assert hasattr(SFTTrainer, name), f"TRL renamed {name}"
        assert getattr(Supervised, name) is not getattr(SFTTrainer, name)
