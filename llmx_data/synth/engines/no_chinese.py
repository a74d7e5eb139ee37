"""A mask over the logits of all requests: tokens that only Chinese needs are never drawn."""

from __future__ import annotations

from importlib import import_module
from typing import Any, ClassVar

from llmx_data.synth.chinese_tokens import chinese_tokens


class Mask:
    """What vllm's logits processors have in common, with the tokens of `chinese_tokens` masked.

    A `logit_bias` per request would do the same, but vllm's runner for GPUs takes 1,024 tokens of
    it at most, and the other runner walks all tokens of all requests whenever one of them ends.
    Cost: one indexed fill per step.
    """

    tokenizer_of: ClassVar[Any]
    """Gives the tokenizer of a model's configuration; set by the class that is made of this."""

    def __init__(self, config: Any, where: Any, *_: Any) -> None:
        model = config.model_config
        tokenizer = self.tokenizer_of(model)
        size = min(len(tokenizer), model.get_vocab_size())
        device = getattr(where, "device", where)  # one runner gives a device, the other its state
        tokens = chinese_tokens(tokenizer.decode, size)
        self.tokens = import_module("torch").tensor(tokens, device=device).long()

    def apply(self, logits: Any, *_: Any) -> Any:
        """Mask in place: n requests by tokens of the vocabulary."""
        return logits.index_fill_(-1, self.tokens, float("-inf"))

    def is_argmax_invariant(self) -> bool:
        """Say that the likeliest token can change."""
        return False

    def update_state(self, batch_update: Any) -> None:
        """Do nothing: every request is masked alike."""
