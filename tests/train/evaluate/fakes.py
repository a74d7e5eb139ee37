"""A tokenizer of characters, a model of a table, and a runner whose likelihoods are known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import torch

from llmx_train.evaluate.requests import Row
from llmx_train.evaluate.runner import Weight, Written
from llmx_train.evaluate.subject import Subject
from llmx_train.recipe import Generate

BEGIN, END, PAD = "\x02", "\x03", "\x00"


class Characters:
    """Every character is its code point's token; 京都 is one token, and texts begin with one."""

    merged = "京都"
    bos_token_id, eos_token_id, pad_token_id = ord(BEGIN), ord(END), ord(PAD)
    bos_token, eos_token = BEGIN, END
    all_special_ids = (ord(BEGIN), ord(END), ord(PAD))
    chat_template = "{user}{assistant}"
    city = 0x80

    def __call__(self, text: str, *, add_special_tokens: bool = True) -> dict[str, list[int]]:
        ids = [ord(c) for c in text.replace(self.merged, chr(self.city))]
        return {"input_ids": [ord(BEGIN), *ids] if add_special_tokens else ids}

    def decode(self, ids: Sequence[int], *, skip_special_tokens: bool = False) -> str:
        kept = [i for i in ids if not (skip_special_tokens and i in self.all_special_ids)]
        return "".join(self.merged if i == self.city else chr(i) for i in kept)

    def batch_decode(self, rows: Any, *, skip_special_tokens: bool = False) -> list[str]:
        return [self.decode(r, skip_special_tokens=skip_special_tokens) for r in rows.tolist()]

    def apply_chat_template(
        self, messages: list[dict[str, str]], *, tokenize: bool, add_generation_prompt: bool
    ) -> str:
        assert not tokenize
        assert add_generation_prompt
        told = "".join(f"<{m['role']}>{m['content']}{END}" for m in messages)
        return f"{BEGIN}{told}<assistant>"


class Bigrams(torch.nn.Module):
    """Logits of the next token by the last one, from a table; blind to everything else."""

    def __init__(self, size: int, *, seed: int = 0, most: int = 64) -> None:
        super().__init__()
        table = torch.randn(size, size, generator=torch.Generator().manual_seed(seed))
        self.table = torch.nn.Parameter(table)
        self.config = SimpleNamespace(max_position_embeddings=most)
        self.seen: list[tuple[int, int]] = []

    def forward(self, input_ids: Any, attention_mask: Any) -> Any:
        self.seen.append(tuple(input_ids.shape))
        return SimpleNamespace(logits=self.table[input_ids])


class Known:
    """Gives what its functions say; counts what it was asked, and dies when told to."""

    one_length = False
    on_cpu = True

    def __init__(
        self,
        *,
        weigh: Callable[[str], float] = lambda text: 0.0,
        write: Callable[[str], str] = lambda prompt: "",
        dies_after: int | None = None,
        fits: int | None = None,
    ) -> None:
        self._weigh, self._write = weigh, write
        self.dies_after, self.fits = dies_after, fits
        self.batches: list[list[str]] = []
        self.seeds: list[int] = []
        self.generates: list[Generate] = []
        self.tokenizer = Characters()

    def _begin(self, texts: list[str]) -> None:
        if self.dies_after is not None and len(self.batches) >= self.dies_after:
            raise KeyboardInterrupt
        if self.fits is not None and len(texts) > self.fits:
            raise torch.OutOfMemoryError("too big")
        self.batches.append(texts)

    def weigh(self, rows: Sequence[Row]) -> list[Weight]:
        texts = [self.tokenizer.decode([row.ids[p] for p in row.scored]) for row in rows]
        self._begin(texts)
        return [Weight(self._weigh(text), 0) for text in texts]

    def write(
        self,
        prompts: Sequence[Sequence[int]],
        generate: Generate,
        *,
        seed: int,
        stop: str | None = None,
    ) -> list[Written]:
        texts = [self.tokenizer.decode(ids) for ids in prompts]
        self._begin(texts)
        self.seeds.append(seed)
        self.generates.append(generate)
        made = [self._write(text) for text in texts]
        return [Written(text, len(text), True, 0) for text in made]


def subject(identity: str = "one") -> Subject:
    """Make a subject of the character tokenizer; there is nothing to load."""

    def load() -> Any:
        raise AssertionError("nothing to load")

    return Subject(identity, Characters(), "fake", load)
