"""Which engine settings let a model of the catalogue run on which card.

All of it is arithmetic from published shapes, not measured on a card. What is assumed, and the
table that the tests hold it against, comes from a survey of vLLM 0.32 and 0.33.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from llmx_data.core.errors import RecipeError
from llmx_data.synth.fitting import ENOUGH_TOKENS, Fit, room_tokens
from llmx_data.synth.gpus import Card, Hours, cards, hours, parse_cards
from llmx_data.synth.sizes import Quantization, Served, served

__all__ = [
    "Card", "Fit", "Hours", "Served", "cards", "fit", "hours", "parse_cards", "served",
]  # fmt: skip

FP8_CAPABILITY = 8.9
"""Compute capability from which cards calculate in 8 bits: Ada, Hopper and later."""


def fit(
    served: Served,
    *,
    gpu_gib: float,
    gpus: int = 1,
    quantization: str | None = None,
    compute_capability: float | None = None,
) -> Fit:
    """Choose engine settings for `gpus` like cards of `gpu_gib` GiB; null quantization: the choice.

    The widest weights that leave 48 K tokens of room; else what leaves most. One process per card
    where a card holds the model, several cards for one process only where none does. 8 bits need
    compute capability 8.9; where it is not known they are not chosen.
    Errors: RecipeError for a quantization that is unknown, or of which no weights are.
    """
    assert gpus >= 1, "no card, nothing to fit"
    fp8 = compute_capability is not None and compute_capability >= FP8_CAPABILITY
    asked = None if quantization is None else _asked(quantization, served)
    if asked == "fp8" and compute_capability is not None and not fp8:
        told = f"fp8 needs compute capability {FP8_CAPABILITY}, the card has {compute_capability}"
        raise RecipeError(told)
    fp8 = fp8 or asked == "fp8"
    found = _best(served, gpu_gib, gpus, asked, fp8=fp8)
    return found if found.fits else replace(found, smaller=tuple(_smaller(found, asked, fp8=fp8)))


def _asked(quantization: str, served: Served) -> Quantization:
    for kind in _kinds(served, fp8=True):
        if quantization == kind:
            return kind
    known = ", ".join(_kinds(served, fp8=True))
    raise RecipeError(f"quantization '{quantization}' of {served.entry.alias}: known are {known}")


def _kinds(served: Served, *, fp8: bool) -> Iterator[Quantization]:
    yield "bf16"
    if fp8 and served.entry.weights_gib is None:
        yield "fp8"
    if "awq" in served.entry.quantized:
        yield "awq"


def _best(
    served: Served, gpu_gib: float, gpus: int, asked: Quantization | None, *, fp8: bool
) -> Fit:
    heads = served.entry.kv_heads
    widths = [n for n in (1, 2, 4, 8, 16) if n <= gpus and heads % n == 0]
    kinds = [asked] if asked is not None else list(_kinds(served, fp8=fp8))
    every = [
        Fit(served, gpu_gib, gpus, kind, kv, at, room_tokens(served, gpu_gib, kind, fp8=kv, at=at))
        for at in widths
        for kv in ((False, True) if fp8 else (False,))
        for kind in kinds
    ]
    alone = [one for one in every if one.tensor_parallel == 1 and one.fits]
    roomy = [one for one in alone or every if one.tokens >= ENOUGH_TOKENS]
    return roomy[0] if roomy else max(alone or every, key=lambda f: (f.tokens, -f.weights_gib))


def _smaller(found: Fit, asked: Quantization | None, *, fp8: bool) -> Iterator[Served]:
    for one in found.served.smaller:
        known = asked if asked in tuple(_kinds(one, fp8=fp8)) else None
        if _best(one, found.gpu_gib, found.gpus, known, fp8=fp8).fits:
            yield one
