"""What a recipe takes on one card: memory by part, steps, and hours where a rate is measured.

All of it is arithmetic, not measured on a card.
"""

from __future__ import annotations

import math
from typing import Any

from llmx_train.recipe import Sft
from llmx_train.shape import Shape

BYTES = {"bfloat16": 2, "float16": 2, "float32": 4, "bf16": 2, "fp16": 2, "fp32": 4}

NF4 = 4.127 / 8
"""Bytes of a weight in 4-bit NormalFloat: 4 bits, a quarter-byte scale per 64. Source: QLoRA."""

TILE = (4_096, 32_768)
"""Tokens and words whose scores the fused loss holds at once, in 32 bits. Source: TRL 1.16."""

CUDA_GB = 1.0
"""The driver's context and what the allocator cannot use. Ours."""


def estimate(recipe: Sft, shape: Shape) -> dict[str, Any]:
    """Memory of one card in GB of 10^9 bytes, by part, with `total_gb` and what it stands on.

    Parts: weights, adapter, gradients, optimizer, casts (16-bit copies of 32-bit weights),
    reference (DPO of all weights), activations, head (scores of the fused loss), cuda.
    Source: reference figures of 16 B per parameter for all weights in 32 bits with Adam, 2 B and
    16 B per adapter parameter for LoRA, 0.52 B for QLoRA; activations are counted per layer.
    """
    parts = {name: round(size / 1e9, 3) for name, size in _bytes(recipe, shape).items()}
    parts["cuda"] = CUDA_GB
    return {
        "parts_gb": parts,
        "total_gb": round(sum(parts.values()), 2),
        "parameters": shape.parameters,
        "trainable": _trainable(recipe, shape),
        "exact_shape": shape.exact,
        "measured": False,
    }


def _trainable(recipe: Sft, shape: Shape) -> int:
    peft = recipe.top.peft
    return shape.trainable(peft.method, r=peft.r, virtual_tokens=peft.virtual_tokens)


def _bytes(recipe: Sft, shape: Shape) -> dict[str, float]:
    top, method = recipe.top, recipe.top.peft.method
    held = BYTES[top.model.dtype]
    trainable = _trainable(recipe, shape)
    full = method == "full"
    body = shape.parameters - shape.embeddings
    own = held if full else 2 if method == "qlora" else 4  # TRL: adapters on 4 bits are bf16
    weights = body * NF4 + shape.embeddings * 2 if method == "qlora" else shape.parameters * held
    cast = full and held == 4 and top.train.precision != "fp32"
    return {
        "weights": weights,
        "adapter": 0 if full else trainable * own,
        "gradients": trainable * own,
        "optimizer": trainable * _moments(top.train.optimizer, own),
        "casts": shape.parameters * 2 if cast else 0,
        "reference": shape.parameters * held if full and top.train.kind == "dpo" else 0,
        "activations": _activations(recipe, shape),
        "head": _head(recipe, shape),
    }


def _moments(optimizer: str, width: int) -> float:
    """Bytes of optimizer state per trained parameter: Adam keeps two numbers of its type."""
    if "adafactor" in optimizer:
        return 0.05 * width  # a row and a column per matrix
    if "sgd" in optimizer or "lion" in optimizer:
        return 1.0 * width
    return 2.0 if "8bit" in optimizer else 2.0 * width


def tokens_at_once(recipe: Sft) -> int:
    """Tokens of one forward pass: DPO reads the chosen and the rejected answer."""
    train = recipe.top.train
    virtual = recipe.top.peft.virtual_tokens if recipe.top.peft.method == "prompt_tuning" else 0
    return train.micro_batch * (train.max_length + virtual) * (2 if train.kind == "dpo" else 1)


def _activations(recipe: Sft, shape: Shape) -> float:
    """Count what backward needs: with checkpointing every layer's input and one layer whole.

    A layer of a Llama keeps 4 d + 2 q + 2 k + 4 f numbers a token, and two norms in 32 bits; an
    adapter with dropout keeps the input of every linear layer once more. Attention scores are
    not kept by sdpa and flash attention; eager attention keeps heads x length^2. Ours, counted.
    """
    top, tokens = recipe.top, tokens_at_once(recipe)
    width = BYTES[top.train.precision]
    kept = 4 * shape.hidden + 2 * shape.queries + 2 * shape.keys + 4 * shape.feed
    layer = kept * width + 8 * shape.hidden
    if top.peft.method in ("lora", "qlora", "dora") and top.peft.dropout > 0:
        layer += (4 * shape.hidden + 2 * shape.hidden + shape.queries + shape.feed) * (width + 1)
    if top.model.attention == "eager":
        layer += shape.heads * top.train.max_length * (width + 4)  # scores; softmax in 32 bits
    if not top.train.gradient_checkpointing:
        return float(tokens * shape.layers * layer)
    return float(tokens * (shape.layers * shape.hidden * width + layer))


def _head(recipe: Sft, shape: Shape) -> float:
    """One tile of scores, and the gradient of the head in 32 bits where it is trained."""
    tile = min(tokens_at_once(recipe), TILE[0]) * min(shape.vocabulary, TILE[1]) * 4
    trained = shape.vocabulary * shape.hidden * 4 if recipe.top.peft.method == "full" else 0
    return float(tile + trained)


def steps(recipe: Sft, *, rows: int) -> int:
    """Optimizer steps for so many rows, or packs, an epoch."""
    train = recipe.top.train
    if train.max_steps is not None:
        return train.max_steps
    return math.ceil(train.epochs * max(math.ceil(rows / train.global_batch), 1))


def hours(tokens: int, epochs: float, tokens_per_second: float | None) -> float | None:
    """Hours of training; None where no rate was measured: llmx guesses none."""
    if tokens_per_second is None:
        return None
    return tokens * epochs / tokens_per_second / 3600
