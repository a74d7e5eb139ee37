"""One size of a model of the catalogue: what to load, and how much memory it takes.

Arithmetic from published shapes, not measured on a card.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from llmx_data.license.cards import ModelCard, Serving
from llmx_data.license.facts import Facts

GIB = 1 << 30

Quantization = Literal["bf16", "fp8", "awq"]

BYTES = {"bf16": 2.0, "fp8": 1.0, "awq": (4 + 16 / 128 + 4 / 128) / 8}
"""Bytes per weight. AWQ: 4 bits, with a 16-bit scale and a 4-bit zero for every 128 weights."""


@dataclass(frozen=True)
class Served:
    """One size of a model card, and smaller ones of its family, the largest first."""

    card: ModelCard
    entry: Serving
    smaller: tuple[Served, ...] = ()

    @property
    def name(self) -> str:
        """Name of the size, with the licence of its card: a smaller size may have another."""
        return f"{self.entry.alias} ({self.card.license or 'licence unknown'})"

    def repo(self, quantization: Quantization) -> str:
        """Hub id to load: of quantized weights where some are known, else the model's own."""
        known = {kind: repo for kind, repo in self.entry.quantized.items() if kind == quantization}
        return next(iter(known.values()), self.entry.repo)

    def weights_gib(self, quantization: Quantization = "bf16") -> float:
        """Size in memory; embeddings and output head stay at 2 bytes. bf16: as published."""
        if quantization == "bf16" and self.entry.weights_gib is not None:
            return self.entry.weights_gib
        inner = self.entry.parameters - self.entry.embeddings
        return (inner * BYTES[quantization] + self.entry.embeddings * 2) / GIB

    def token_bytes(self, *, fp8: bool = False) -> int:
        """Bytes of keys and values per token; layers that look back a window only need less."""
        return 2 * self.entry.layers * self.entry.kv_heads * self.entry.head_dim * (1 if fp8 else 2)


def served(model: str, facts: Facts) -> Served | None:
    """Find how a model is served, by alias or hub id, whatever the case; None: no facts.

    The alias of a size, its hub id with or without the owner, and other names of a card that
    serves one size. A base model's name is none: the alias means the chat model.
    """
    name = model.partition("@")[0].strip().casefold()
    for card in facts.models.values():
        for entry in card.serving:
            own = (entry.alias, entry.repo, entry.repo.rpartition("/")[2])
            single = (card.id, *card.aliases) if len(card.serving) == 1 else ()
            if name in {n.casefold() for n in (*own, *single)}:
                return Served(card, entry, _smaller(card, entry, facts))
    return None


def _smaller(card: ModelCard, entry: Serving, facts: Facts) -> tuple[Served, ...]:
    family = [
        Served(other, one)
        for other in facts.models.values()
        for one in other.serving
        if other.vendor == card.vendor
        and one.template == entry.template
        and one.parameters < entry.parameters
    ]
    return tuple(sorted(family, key=lambda s: -s.entry.parameters))
