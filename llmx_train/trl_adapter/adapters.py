"""Weights on disk to a model in memory: the base, with its adapter, merged."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from llmx_data.core.errors import DataError, EnvironmentTrouble
from llmx_data.core.storage import write_json
from llmx_train.trl_adapter.quiet import no_bars, quiet

CONFIG = "adapter_config.json"


def is_adapter(folder: Path) -> bool:
    """Whether a folder holds an adapter or a tuned prompt, not a whole model."""
    return (folder / CONFIG).is_file()


def kind_of(folder: Path) -> str:
    """PEFT's type of an adapter: LORA, PROMPT_TUNING."""
    return str(json.loads((folder / CONFIG).read_bytes())["peft_type"])


def load_model(
    base: Path,
    *,
    dtype: str,
    attention: str = "sdpa",
    quantization: Any = None,
    trust_remote_code: bool = False,
) -> Any:
    """Load a causal language model from a folder; safetensors only, so that no pickle is executed.

    Errors: EnvironmentTrouble where the folder holds no model that can be read.
    """
    quiet()
    import torch
    from transformers import AutoModelForCausalLM

    no_bars()
    options: dict[str, Any] = {"quantization_config": quantization} if quantization else {}
    if quantization and torch.cuda.is_available():
        options["device_map"] = {"": torch.cuda.current_device()}
    try:
        return AutoModelForCausalLM.from_pretrained(
            base,
            dtype=getattr(torch, dtype),
            attn_implementation=attention,
            trust_remote_code=trust_remote_code,
            local_files_only=True,
            use_safetensors=True,
            **options,
        )
    except (OSError, ValueError, ImportError) as error:
        told = str(error).strip().splitlines()[0][:300]
        raise EnvironmentTrouble(f"{base}: no model that can be loaded: {told}") from error


def load_tuned(base: Path, model: Path, *, dtype: str, **more: Any) -> Any:
    """Load what training left in `model`: whole weights, or an adapter put on the base.

    The base is given, since a folder named in an adapter need not be where it was.
    """
    if not is_adapter(model):
        return load_model(model, dtype=dtype, **more)
    from peft import PeftModel

    return with_adapter(PeftModel, load_model(base, dtype=dtype, **more), model)


def with_adapter(kind: Any, base: Any, model: Path) -> Any:
    """Put an adapter on a loaded base. Errors: DataError where they do not fit."""
    try:
        return kind.from_pretrained(base, str(model))
    except (ValueError, RuntimeError) as error:
        told = str(error).strip().splitlines()[0][:300]
        raise DataError(f"{model}: does not fit its base: {told}") from error


def say_ends(model: Any, tokenizer: Any, ends: list[int]) -> None:
    """Let a model end answers at `ends`; how the base liked to be sampled is left out.

    Some bases come with sampling settings that contradict each other, and cannot be saved.
    """
    import transformers

    settings: Any = transformers.GenerationConfig
    model.generation_config = settings(
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=ends if len(ends) > 1 else ends[0],
        pad_token_id=tokenizer.pad_token_id,
    )


def merged(model: Any) -> Any:
    """Add an adapter to the weights under it; numbers that are none stop it."""
    return model.merge_and_unload(safe_merge=True)


def name_base(folder: Path, base: str, revision: str | None) -> None:
    """Write into an adapter what its base is called, instead of a folder of this machine."""
    path = folder / CONFIG
    told = json.loads(path.read_bytes())
    told["base_model_name_or_path"], told["revision"] = base, revision
    if "tokenizer_name_or_path" in told:
        told["tokenizer_name_or_path"] = base
    write_json(path, told)
