"""How large a model is: counted from its configuration, or as the catalogue states it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from llmx_data.license.cards import Serving
from llmx_data.license.facts import Facts

FEED_PER_HIDDEN = 3.5
"""Width of the MLP per hidden width, where only the catalogue is known: LLM-jp-3 1.8b's."""

PEAK_BF16 = {
    "H200": 989e12, "H100 PCIe": 756e12, "H100": 989e12, "A100": 312e12, "L40S": 362e12,
    "A10G": 70e12, "A10": 125e12, "L4": 121e12, "RTX 4090": 165e12, "A6000": 155e12,
}  # fmt: skip
"""Dense 16-bit FLOPs per second by name of the card; NVIDIA's data sheets, without sparsity."""


@dataclass(frozen=True)
class Shape:
    """Sizes that memory and FLOPs follow from."""

    parameters: int
    embeddings: int
    """Those of `parameters` in embedding and output head."""
    layers: int
    hidden: int
    feed: int
    """Width of the MLP."""
    heads: int
    queries: int
    """Heads times their width."""
    keys: int
    """Key-value heads times their width."""
    vocabulary: int
    linear: int
    """Sum of (in + out) over all linear layers but the head: parameters of LoRA per rank."""
    exact: bool
    """Counted, not guessed from the catalogue's figures."""

    def trainable(self, method: str, *, r: int, virtual_tokens: int) -> int:
        """Parameters that are trained; an adapter on all linear layers."""
        if method == "full":
            return self.parameters
        if method == "prompt_tuning":
            return virtual_tokens * self.hidden
        outputs = self.layers * (self.queries + 2 * self.keys + 2 * self.hidden + 2 * self.feed)
        return r * self.linear + (outputs if method == "dora" else 0)

    def flops_per_token(self, method: str, length: int) -> float:
        """FLOPs of one trained token; what checkpointing computes twice is not counted.

        All weights: 6 N + 6 L d T (PaLM, appendix B, with causal attention: half of 12 L d T).
        An adapter or a prompt needs no gradient of the weights: 4 N + 6 L d T. N leaves out the
        embedding that is only looked up.
        """
        looked_up = self.vocabulary * self.hidden
        once = self.embeddings <= looked_up
        weights = self.parameters - (0 if once else looked_up)
        per_weight = 6 if method == "full" else 4
        return float(per_weight * weights + 6 * self.layers * self.queries * length)


def of_model(model: Any) -> Shape:
    """Count a loaded model, or one on the meta device."""
    config = model.config.get_text_config()
    heads = config.num_attention_heads
    width = getattr(config, "head_dim", None) or config.hidden_size // heads
    head = model.get_output_embeddings()
    embedding = model.get_input_embeddings().weight
    tied = head is not None and head.weight is embedding
    inner = [m for m in model.modules() if hasattr(m, "in_features") and m is not head]
    feed = getattr(config, "intermediate_size", None) or 4 * config.hidden_size
    return Shape(
        parameters=sum(p.numel() for p in model.parameters()),
        embeddings=embedding.numel() * (1 if tied or head is None else 2),
        layers=config.num_hidden_layers,
        hidden=config.hidden_size,
        feed=feed,
        heads=heads,
        queries=heads * width,
        keys=(getattr(config, "num_key_value_heads", None) or heads) * width,
        vocabulary=config.vocab_size,
        linear=sum(m.in_features + m.out_features for m in inner),
        exact=True,
    )


def of_folder(folder: Path) -> Shape:
    """Count a model from the config.json of its folder; no weights are read.

    Cost: the import of transformers and a model without memory. Errors: OSError, ValueError for a
    configuration that transformers does not know.
    """
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    config = AutoConfig.from_pretrained(folder, local_files_only=True)
    kind: Any = AutoModelForCausalLM
    with torch.device("meta"):
        return of_model(kind.from_config(config))


def module_names(folder: Path) -> frozenset[str]:
    """Last names of the linear layers of a model: q_proj, up_proj ...; no weights are read."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    config = AutoConfig.from_pretrained(folder, local_files_only=True)
    with torch.device("meta"):
        model: Any = AutoModelForCausalLM.from_config(config)  # type: ignore[no-untyped-call]
    named = model.named_modules()
    return frozenset(name.rpartition(".")[2] for name, m in named if hasattr(m, "in_features"))


def of_serving(entry: Serving) -> Shape:
    """Guess the widths from parameters, embeddings, layers and key-value heads.

    A layer of a Llama has 2 d^2 + 2 d k + 3 d f parameters, with f = 3.5 d. That gives d = 2,048
    for LLM-jp-3 1.8b (right), 4,645 for 13b (5,120), 1,082 for Qwen2.5-0.5B (896). Embedding and
    head are taken for one matrix, so that the vocabulary is not told too small.
    """
    keys = entry.kv_heads * entry.head_dim
    body = (entry.parameters - entry.embeddings) / entry.layers
    square = 2 + 3 * FEED_PER_HIDDEN
    hidden = round((math.sqrt(4 * keys**2 + 4 * square * body) - 2 * keys) / (2 * square))
    feed = round(FEED_PER_HIDDEN * hidden)
    attention = 2 * (2 * hidden) + 2 * (hidden + keys)
    return Shape(
        entry.parameters, entry.embeddings, entry.layers, hidden, feed,
        max(hidden // entry.head_dim, 1), hidden, keys,
        max(entry.embeddings // hidden, 1), entry.layers * (attention + 3 * (hidden + feed)),
        exact=False,
    )  # fmt: skip


def serving(facts: Facts, name: str) -> Serving | None:
    """Entry of the catalogue by alias, hub id of the chat model, or hub id of its base."""
    wanted = name.partition("@")[0].casefold()
    entries = [e for card in facts.models.values() for e in card.serving]
    for names in (lambda e: (e.alias, e.repo), lambda e: (e.base,)):
        for entry in entries:
            if wanted in {n.casefold() for n in names(entry) if n}:
                return entry
    return None


def peak_flops(card: str | None) -> float | None:
    """Peak of a card by its name; None for one that is not in the table."""
    known = [peak for name, peak in PEAK_BF16.items() if card and name in card]
    return known[0] if known else None
