"""What a recipe says, as TRL and PEFT are told: one place that owns their argument names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from llmx_data.core.errors import RecipeError
from llmx_train.recipe import Sft
from llmx_train.trl_adapter.machine import Machine, accumulation, look
from llmx_train.trl_adapter.quiet import quiet

KEPT = 2
"""Checkpoints kept: the newest, and the one before it while the newest is written. Ours."""

FORBIDDEN_TARGETS = ("lm_head", "embed_tokens", "embed_out", "wte")
"""Layers without an adapter: the fused loss multiplies by the head's weights and skips adapters."""

SHOWN = (
    "per_device_train_batch_size", "gradient_accumulation_steps", "num_train_epochs", "max_steps",
    "learning_rate", "lr_scheduler_type", "warmup_steps", "optim", "weight_decay",
    "max_grad_norm", "bf16", "fp16", "max_length", "packing", "packing_strategy", "padding_free",
    "gradient_checkpointing", "neftune_noise_alpha", "eval_strategy", "eval_steps", "save_steps",
    "logging_steps", "seed", "data_seed", "use_cpu", "loss_type", "beta", "dataset_kwargs",
    "report_to",
)  # fmt: skip
"""Arguments that a plan shows."""


def arguments(
    recipe: Sft, output: Path, machine: Machine, *, dev: bool = True, start: bool = True
) -> Any:
    """SFTConfig or DPOConfig of the recipe.

    `dev` says whether there are rows to evaluate on, `start` whether to do so before training.

    Nothing is loaded. Errors: RecipeError for what TRL refuses, and for batches that do not add up.
    """
    quiet()
    from trl.trainer.dpo_config import DPOConfig
    from trl.trainer.sft_config import SFTConfig

    train = recipe.top.train
    given = _common(recipe, machine, dev=dev) | {"eval_on_start": dev and start}
    if train.kind == "dpo":
        own: dict[str, Any] = {"beta": train.beta, "max_length": None}
        config: Any = DPOConfig
    else:
        own = _packed(recipe)
        config = SFTConfig
    try:
        return config(output_dir=str(output), **given, **own)
    except (ValueError, TypeError) as error:
        raise RecipeError(f"{recipe.path}  train: {error}") from error


def _packed(recipe: Sft) -> dict[str, Any]:
    """Rows come tokenized, masked and packed; TRL is told so and prepares nothing."""
    train = recipe.top.train
    return {
        "max_length": train.max_length,
        "packing": train.packing != "none",
        "packing_strategy": "bfd",
        "dataset_kwargs": {"skip_prepare_dataset": True},
        "completion_only_loss": False,  # labels are ours: nothing is masked again
        "assistant_only_loss": False,
        "loss_type": "nll",
    }


def _common(recipe: Sft, machine: Machine, *, dev: bool) -> dict[str, Any]:
    train = recipe.top.train
    return {
        "per_device_train_batch_size": train.micro_batch,
        "per_device_eval_batch_size": train.micro_batch,
        "gradient_accumulation_steps": accumulation(recipe, machine.processes),
        "num_train_epochs": train.epochs,
        "max_steps": train.max_steps or -1,
        "learning_rate": train.lr,
        "lr_scheduler_type": _scheduler(recipe),
        "warmup_steps": train.warmup,
        "optim": train.optimizer,
        "weight_decay": train.weight_decay,
        "max_grad_norm": train.clip,
        "bf16": train.precision == "bf16",
        "fp16": train.precision == "fp16",
        "gradient_checkpointing": train.gradient_checkpointing,
        "neftune_noise_alpha": train.neftune,
        "seed": recipe.top.seed,
        "data_seed": recipe.top.seed,
        "use_cpu": not machine.gpu,
        "dataloader_pin_memory": machine.gpu,
        "logging_steps": train.log_every,
        "logging_nan_inf_filter": False,  # a lost run must show
        "eval_strategy": "steps" if dev else "no",
        "eval_steps": _steps(recipe, "evaluate_every", train.evaluate_every) if dev else None,
        "save_strategy": "steps",
        "save_steps": _steps(recipe, "save_every", train.save_every),
        "save_total_limit": KEPT,
        "report_to": ["tensorboard"] if train.tensorboard else "none",
        "disable_tqdm": True,
        "trust_remote_code": recipe.top.model.trust_remote_code,
    }


def _scheduler(recipe: Sft) -> str:
    """`constant` of transformers ignores the warm-up; the one with it does not."""
    train = recipe.top.train
    return "constant_with_warmup" if train.scheduler == "constant" else train.scheduler


def _steps(recipe: Sft, key: str, value: float) -> float:
    """Take a share of all steps below 1, else whole steps."""
    if value >= 1 and value != int(value):
        raise RecipeError(
            f"{recipe.path}  train.{key}: {value} is neither a share below 1 nor whole steps"
        )
    return value if value < 1 else int(value)


def adapter(recipe: Sft, tokenizer: str | None = None) -> Any:
    """LoraConfig or PromptTuningConfig of the recipe; None where all weights are trained.

    `tokenizer` is a folder; a tuned prompt that begins as text needs it.
    """
    quiet()
    from peft import LoraConfig, PromptTuningConfig, PromptTuningInit, TaskType

    peft = recipe.top.peft
    if peft.method == "full":
        return None
    if peft.method == "prompt_tuning":
        text = peft.init_text
        return PromptTuningConfig(
            task_type=TaskType.CAUSAL_LM,
            num_virtual_tokens=peft.virtual_tokens,
            prompt_tuning_init=PromptTuningInit.TEXT if text else PromptTuningInit.RANDOM,
            prompt_tuning_init_text=text,
            tokenizer_name_or_path=(tokenizer or recipe.top.model.base) if text else None,
        )
    return LoraConfig(
        task_type=TaskType.CAUSAL_LM,
        r=peft.r,
        lora_alpha=peft.alpha,
        lora_dropout=peft.dropout,
        target_modules=_targets(recipe),
        use_rslora=peft.rslora,
        use_dora=peft.method == "dora",
        bias="none",
    )


def _targets(recipe: Sft) -> str | list[str]:
    targets = recipe.top.peft.targets
    names = [targets] if isinstance(targets, str) else targets
    for name in names:
        if name.rpartition(".")[2] in FORBIDDEN_TARGETS:
            raise RecipeError(
                f"{recipe.path}  peft.targets: no adapter on {name}: the fused loss would skip it"
            )
    return targets


def quantization(recipe: Sft) -> Any:
    """4-bit NormalFloat with double quantization for QLoRA, else None. Source: QLoRA."""
    if recipe.top.peft.method != "qlora":
        return None
    quiet()
    import torch
    import transformers

    kinds = {"bf16": torch.bfloat16, "fp16": torch.float16, "fp32": torch.float32}
    settings: Any = transformers.BitsAndBytesConfig
    return settings(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=kinds[recipe.top.train.precision],
    )


def plan_config(recipe: Sft) -> dict[str, Any]:
    """Say what training would be told, from the recipe alone: nothing is loaded or written.

    Gives: `trainer` (class and arguments), `adapter`, `quantization` (null where there is none),
    `rows_per_step`, `machine`, `notes` (sentences on what is unwise).
    Cost: the import of TRL, 3 to 8 seconds. Errors: as `arguments`; MissingPackage.
    """
    quiet()
    machine = look()
    config = arguments(recipe, Path("checkpoints"), machine)
    told = {name: _plain(getattr(config, name)) for name in SHOWN if hasattr(config, name)}
    given, four_bit = adapter(recipe), quantization(recipe)
    return {
        "trainer": {"class": type(config).__name__, **told},
        "adapter": None if given is None else {"class": type(given).__name__, **_own(given)},
        "quantization": None if four_bit is None else {
            "load_in_4bit": four_bit.load_in_4bit,
            "quant_type": four_bit.bnb_4bit_quant_type,
            "double_quant": four_bit.bnb_4bit_use_double_quant,
            "compute_dtype": str(four_bit.bnb_4bit_compute_dtype).removeprefix("torch."),
        },
        "rows_per_step": recipe.top.train.global_batch,
        "machine": {"gpus": machine.cards, "name": machine.name, "processes": machine.processes},
        "notes": notes(recipe),
    }  # fmt: skip


def notes(recipe: Sft) -> list[str]:
    """Sentences on what is allowed but unwise."""
    top, train = recipe.top, recipe.top.train
    said = []
    if top.peft.method == "full" and top.model.dtype != "float32" and train.lr < 1e-4:
        said.append(
            f"all weights in {top.model.dtype} with a rate of {train.lr:g}: updates smaller than "
            "1/256 of a weight are rounded away; dtype: float32 keeps them, at twice the memory"
        )
    if top.peft.method in ("lora", "qlora", "dora") and train.lr < 5e-5 and train.kind == "sft":
        said.append(f"a rate of {train.lr:g} is low for an adapter: LLM-jp takes 1e-4")
    if train.kind == "dpo" and train.packing != "none":
        said.append("preference pairs are not packed; packing: none says so")
    return said


def _plain(value: Any) -> Any:
    return getattr(value, "value", value)


def _own(config: Any) -> dict[str, Any]:
    """Keep what we said of an adapter, not what PEFT fills in."""
    names = (
        "r", "lora_alpha", "lora_dropout", "target_modules", "use_rslora", "use_dora",
        "num_virtual_tokens", "prompt_tuning_init", "prompt_tuning_init_text",
    )  # fmt: skip
    found = {name: _plain(getattr(config, name)) for name in names if hasattr(config, name)}
    return {k: sorted(v) if isinstance(v, set) else v for k, v in found.items()}
