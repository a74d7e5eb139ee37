"""A causal model as two abilities: weigh given texts, write new ones. CPU or GPU, any dtype."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from llmx_data.core.errors import DataError
from llmx_train.evaluate.requests import Row
from llmx_train.evaluate.sampling import stopping
from llmx_train.recipe import Generate


class Weight(NamedTuple):
    """Sum of the natural-log likelihoods of a row's scored tokens, and how many tokens were cut."""

    logprob: float
    cut: int


class Written(NamedTuple):
    """An answer: text without special tokens, its tokens, whether it ended by itself."""

    text: str
    tokens: int
    finished: bool
    cut: int


class Runner:
    """Runs a model in batches; the caller forms them.

    Rows are padded on the right to weigh and on the left to write, always masked. A tuned prompt
    sees positions move with padding, so its answers are written in batches of one length.
    """

    def __init__(self, model: Any, tokenizer: Any, *, stops: Sequence[int] = ()) -> None:
        self.model = model.eval()
        self.tokenizer = tokenizer
        self.device = next(model.parameters()).device
        tuned = getattr(model, "active_peft_config", None)
        self.one_length = bool(getattr(tuned, "is_prompt_learning", False))
        virtual = int(tuned.num_virtual_tokens) if tuned is not None and self.one_length else 0
        self._most = _most_positions(model) - virtual
        self._base = model.get_base_model() if tuned is not None else model
        self._windowed = not self.one_length and _takes(self._base, "logits_to_keep")
        self._stops = _stops(model, tokenizer, stops)

    @property
    def on_cpu(self) -> bool:
        """Whether it computes on the CPU."""
        return bool(self.device.type == "cpu")

    def weigh(self, rows: Sequence[Row]) -> list[Weight]:
        """Log-likelihood of the scored tokens of every row, all in one forward pass.

        Rows that differ in their last token only (labels A to D) share one input. Likelihoods are
        summed in float32. Errors: DataError where a scored token has none before it, or lies in
        what must be cut because the model cannot see so far.
        """
        import torch

        cuts = [max(0, len(row.ids) - 1 - self._most) for row in rows]
        inputs = [tuple(row.ids[cut:-1]) for row, cut in zip(rows, cuts, strict=True)]
        wanted = [[p - cut for p in row.scored] for row, cut in zip(rows, cuts, strict=True)]
        for row, places in zip(rows, wanted, strict=True):
            if not places or min(places) < 1:
                raise DataError(_no_context(row, self._most))
        unique = list(dict.fromkeys(inputs))
        first = min(min(places) for places in wanted) - 1
        last = max(max(places) for places in wanted)
        with torch.no_grad():
            logits = self._logits(unique, first, last)
            where = {ids: k for k, ids in enumerate(unique)}
            found = []
            for row, ids, places, cut in zip(rows, inputs, wanted, cuts, strict=True):
                at = torch.tensor(places, device=self.device)
                target = torch.tensor(list(row.ids[cut:]), device=self.device)[at]
                picked = logits[where[ids]][at - 1 - first].float().log_softmax(-1)
                told = picked.gather(1, target[:, None]).sum()
                found.append(Weight(float(told), cut))
        return found

    def write(
        self,
        prompts: Sequence[Sequence[int]],
        generate: Generate,
        *,
        seed: int,
        stop: str | None = None,
    ) -> list[Written]:
        """Answer prompts (token ids) in one batch; the same seed and batch give the same texts.

        `stop` ends an answer and is no part of it. The global random state of torch is left as it
        was. Errors: DataError where `max_new_tokens` leaves no room for a prompt.
        """
        import torch

        room = self._most - generate.max_new_tokens
        if room < 1:
            told = f"max_new_tokens {generate.max_new_tokens} of the {self._most} the model can see"
            raise DataError(f"{told} leaves no room for a prompt\n    lower it")
        cuts = [max(0, len(ids) - room) for ids in prompts]
        kept = [list(ids[cut:]) for ids, cut in zip(prompts, cuts, strict=True)]
        ids, mask = self._padded(kept, left=True)
        with torch.random.fork_rng(devices=_devices(self.device)), torch.no_grad():
            torch.manual_seed(seed)
            with self._plain_defaults(), warnings.catch_warnings():
                warnings.filterwarnings("ignore", "Position ids are not supported")
                made = self.model.generate(
                    input_ids=ids,
                    attention_mask=mask,
                    generation_config=self._config(generate),
                    stopping_criteria=stopping(self.tokenizer, stop, ids.shape[1]),
                )
        return [
            self._written(row, stop, cut)
            for row, cut in zip(made[:, ids.shape[1] :].tolist(), cuts, strict=True)
        ]

    def _logits(self, rows: Sequence[Sequence[int]], first: int, last: int) -> Any:
        """Logits of the positions from `first` up to `last`, of a batch padded on the right."""
        import torch

        ids, mask = self._padded(rows, left=False)
        more: dict[str, Any] = {}
        if self._windowed:
            more["logits_to_keep"] = torch.arange(first, last, device=self.device)
        logits = self.model(input_ids=ids, attention_mask=mask, **more).logits
        if self._windowed:
            return logits
        virtual = logits.shape[1] - ids.shape[1]
        return logits[:, virtual + first : virtual + last]

    def _padded(self, rows: Sequence[Sequence[int]], *, left: bool) -> tuple[Any, Any]:
        import torch

        size = max(len(row) for row in rows)
        pad = self._pad
        ids = torch.full((len(rows), size), pad, dtype=torch.long)
        mask = torch.zeros((len(rows), size), dtype=torch.long)
        for k, row in enumerate(rows):
            part = slice(size - len(row), size) if left else slice(0, len(row))
            ids[k, part] = torch.tensor(list(row))
            mask[k, part] = 1
        return ids.to(self.device), mask.to(self.device)

    @property
    def _pad(self) -> int:
        pad = self.tokenizer.pad_token_id
        return int(pad) if pad is not None else next(iter(self._stops), 0)

    def _config(self, generate: Generate) -> Any:
        from transformers import GenerationConfig

        drawn: dict[str, Any] = {}
        if generate.temperature > 0:
            drawn = {
                "temperature": generate.temperature,
                "top_p": generate.top_p,
                "top_k": generate.top_k,
                "min_p": generate.min_p or None,
            }
        return GenerationConfig(  # type: ignore[no-untyped-call]
            do_sample=generate.temperature > 0,
            max_new_tokens=generate.max_new_tokens,
            repetition_penalty=generate.repetition_penalty,
            eos_token_id=list(self._stops) or None,
            pad_token_id=self._pad,
            **drawn,
        )

    @contextmanager
    def _plain_defaults(self) -> Iterator[None]:
        """Lay the model's own sampling defaults aside: they fill what a config leaves open."""
        from transformers import GenerationConfig

        before = [(model, model.generation_config) for model in {self.model, self._base}]
        self.model.generation_config = GenerationConfig()  # type: ignore[no-untyped-call]
        try:
            yield
        finally:
            for model, own in before:
                model.generation_config = own

    def _written(self, made: list[int], stop: str | None, cut: int) -> Written:
        end = next((k for k, token in enumerate(made) if token in self._stops), None)
        kept = made if end is None else made[:end]
        while end is None and kept and kept[-1] == self._pad:
            kept = kept[:-1]
        text = str(self.tokenizer.decode(kept, skip_special_tokens=True))
        head, found, _ = text.lstrip().partition(stop) if stop else (text, "", "")
        finished = end is not None or bool(found)
        return Written(head if found else text, len(kept), finished, cut)


def _most_positions(model: Any) -> int:
    """Tokens the model can see; models with relative positions say nothing and see all."""
    told = getattr(model.config, "max_position_embeddings", None)
    return int(told) if isinstance(told, int) and told > 0 else 1 << 30


def _takes(model: Any, name: str) -> bool:
    return name in inspect.signature(model.forward).parameters


def _stops(model: Any, tokenizer: Any, more: Sequence[int]) -> tuple[int, ...]:
    """Tokens that end an answer: the model's, the tokenizer's, the caller's; each once."""
    own = getattr(getattr(model, "generation_config", None), "eos_token_id", None)
    named = own if isinstance(own, list) else [own]
    told = [*named, tokenizer.eos_token_id, *more]
    return tuple(dict.fromkeys(int(token) for token in told if token is not None))


def _devices(device: Any) -> list[int]:
    return [device.index or 0] if device.type == "cuda" else []


def _no_context(row: Row, most: int) -> str:
    if len(row.ids) - 1 > most:
        return f"a text of {len(row.ids)} tokens does not fit into a model that sees {most}"
    if not row.scored:
        return "a text without a token to weigh"
    return "a scored token has no token before it\n    the tokenizer begins texts with none"
