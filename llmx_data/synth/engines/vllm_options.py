"""Options of vllm in a recipe (`generator.vllm:`): what the machine needs, none of the answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from llmx_data.core.errors import DataError

RANKS = (1, 8, 16, 32, 64, 128, 256, 320, 512)
"""Ranks of LoRA adapters that vllm makes room for."""

MOST_AT_ONCE = 2048
"""Largest chunk by default: what a crash can lose at most. Ours."""

SAME = ("quantization", "dtype", "tensor_parallel_size", "max_model_len", "max_num_seqs",
        "gpu_memory_utilization", "kv_cache_dtype", "enforce_eager")  # fmt: skip
"""Options that vllm calls by the same names."""


class VllmOptions(BaseModel):
    """How vllm loads and runs a model; None leaves vllm its own choice."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    model: str | None = None
    """Folder, or hub repository, to load instead of the catalogue's repository."""

    revision: str | None = None
    """Commit of that repository; a folder has none."""

    quantization: str | None = None
    """Quantize while loading: fp8, fp8_per_block ... Leave it out where the repository holds
    quantized weights (AWQ, GPTQ, FP8): vllm reads that from the model."""

    dtype: Literal["auto", "bfloat16", "float16", "float32"] = "auto"
    """Type of weights and activations."""

    tensor_parallel_size: int = Field(default=1, ge=1)
    """GPUs that one model is spread over; only where it does not fit one."""

    max_model_len: int | None = Field(default=None, ge=1)
    """Most tokens of prompt and answer together; a model's own length can need too much memory."""

    gpu_memory_utilization: float = Field(default=0.92, gt=0.0, le=1.0)
    """Share of each GPU's memory that vllm takes. 0.92 is vllm's."""

    max_num_seqs: int | None = Field(default=None, ge=1)
    """Answers in work at once; vllm takes 1,024 on an H100 and 256 on smaller cards."""

    kv_cache_dtype: str = "auto"
    """Type of the KV cache; fp8 holds twice as many tokens."""

    enforce_eager: bool = False
    """Skip compilation and CUDA graphs: starts sooner, runs slower."""

    chunk: int | None = Field(default=None, ge=1)
    """Requests in one call, written down together; None is 4 * max_num_seqs, at most 2,048."""

    lora: str | None = None
    """Folder of a PEFT LoRA adapter that every answer goes through."""

    structured_outputs: Literal["auto", "xgrammar", "guidance", "outlines"] = "auto"
    """What holds an answer to its JSON schema."""

    compact_json: bool = False
    """JSON without white space; needs xgrammar or guidance. Small models fill answers with it."""

    chat_template_kwargs: dict[str, Any] = {}
    """Variables of the model's chat template, like {enable_thinking: false}."""

    suppress_chinese: bool = False
    """Never draw a token that holds a character only Chinese uses. Off until it is measured."""

    def identity(self) -> list[str]:
        """Name what makes other answers of the same weights: they are another generator's."""
        lora = [Path(self.lora).name] if self.lora else []
        words = [f"{key}={value}" for key, value in sorted(self.chat_template_kwargs.items())]
        return [*lora, *words, *(["suppress_chinese"] if self.suppress_chinese else [])]

    def arguments(self, revision: str | None) -> dict[str, Any]:
        """Keyword arguments of vllm's `LLM`, beside the model. Errors: those of `lora_rank`."""
        said: dict[str, Any] = {name: getattr(self, name) for name in SAME}
        said |= {"revision": revision, "tokenizer_revision": revision}
        held = {"backend": self.structured_outputs, "disable_any_whitespace": self.compact_json}
        said["structured_outputs_config"] = held
        if self.lora:
            said |= {"enable_lora": True, "max_lora_rank": lora_rank(self.lora)}
        if self.suppress_chinese:
            said["logits_processors"] = ["llmx_data.synth.engines.vllm:NoChinese"]
        return said


def lora_rank(folder: str) -> int:
    """Room to make for an adapter: the smallest of `RANKS` that holds its largest rank.

    Errors: DataError where the folder holds no LoRA adapter, or one too large.
    """
    path = Path(folder) / "adapter_config.json"
    if not path.is_file():
        raise DataError(f"{path}: no such file\n    lora: names the folder of a PEFT adapter")
    config = json.loads(path.read_text(encoding="utf-8"))
    largest = max([config.get("r", 0), *(config.get("rank_pattern") or {}).values()])
    fitting = [rank for rank in RANKS if rank >= largest > 0]
    if not fitting:
        raise DataError(f"{path}: rank {largest}; vllm takes 1 to {RANKS[-1]}")
    return fitting[0]
