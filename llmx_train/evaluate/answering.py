"""Ask a runner everything that is missing, in batches that do not depend on where it was killed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

from llmx_data.core.part import content_key
from llmx_data.core.progress import Talk
from llmx_train.evaluate.ledger import Outputs
from llmx_train.evaluate.requests import Request, Row, Weigh, Write
from llmx_train.evaluate.runner import Weight, Written
from llmx_train.recipe import Generate

CPU_TOKENS = 2_048
"""Padded tokens of a batch on a CPU. Ours: 0.8 GB of float32 logits of 100,000 words at worst."""

GPU_TOKENS = 16_384
"""Padded tokens of a batch on a GPU. Ours: 3.3 GB of bfloat16 logits of 100,000 words at worst;
a batch that does not fit is halved."""


class Answers(Protocol):
    """What is needed of a runner."""

    one_length: bool

    @property
    def on_cpu(self) -> bool:
        """Whether it computes on the CPU."""
        ...

    def weigh(self, rows: Sequence[Row]) -> list[Weight]:
        """Log-likelihoods of rows."""
        ...

    def write(
        self,
        prompts: Sequence[Sequence[int]],
        generate: Generate,
        *,
        seed: int,
        stop: str | None = None,
    ) -> list[Written]:
        """Answers to prompts."""
        ...


def answer_all(
    requests: Sequence[Request],
    outputs: Outputs,
    runner: Callable[[], Answers],
    *,
    generate: Generate,
    seed: int = 0,
    batch_tokens: int | None = None,
    talk: Talk | None = None,
) -> None:
    """Append an output for every request that has none; the runner is built only if one lacks.

    Batches are formed over all requests, longest first, and a batch of which an output lacks is
    asked again as a whole: the same batches, and seeds, whenever it was killed.
    """
    if all(request.id in outputs.known for request in requests):
        return
    run = runner()
    tokens = batch_tokens or (CPU_TOKENS if run.on_cpu else GPU_TOKENS)
    for batch in _batches(requests, tokens, generate.max_new_tokens, run.one_length):
        if any(request.id not in outputs.known for request in batch):
            _answer(batch, outputs, run, generate, seed)
        if talk is not None:
            talk.advance(len(batch))


def _batches(
    requests: Sequence[Request], tokens: int, new: int, one_length: bool
) -> Iterator[list[Request]]:
    """Cut the requests, longest first, where the padded batch would exceed `tokens`."""
    batch: list[Request] = []
    width = rows = 0
    for request in sorted(requests, key=lambda r: (-r.size, r.id)):
        more = len(request.rows) if isinstance(request, Weigh) else 1
        other = one_length and batch and request.size != batch[0].size
        stop = isinstance(request, Write) and batch and _stop(batch[0]) != request.stop
        if batch and (other or stop or width * (rows + more) > tokens):
            yield batch
            batch, rows = [], 0
        if not batch:
            width = request.size + (new if isinstance(request, Write) else 0)
        batch.append(request)
        rows += more
    if batch:
        yield batch


def _stop(request: Request) -> str | None:
    return request.stop if isinstance(request, Write) else None


def _answer(
    batch: list[Request], outputs: Outputs, run: Answers, generate: Generate, seed: int
) -> None:
    """Ask one batch; where the device's memory ends, its halves."""
    try:
        lines = _lines(batch, run, generate, seed)
    except Exception as error:
        if type(error).__name__ != "OutOfMemoryError" or len(batch) == 1:
            raise
    else:
        outputs.append(lines)
        return
    half = len(batch) // 2
    _answer(batch[:half], outputs, run, generate, seed)
    _answer(batch[half:], outputs, run, generate, seed)


def _lines(
    batch: list[Request], run: Answers, generate: Generate, seed: int
) -> list[dict[str, Any]]:
    weigh = [request for request in batch if isinstance(request, Weigh)]
    write = [request for request in batch if isinstance(request, Write)]
    lines: list[dict[str, Any]] = []
    if weigh:
        told = iter(run.weigh([row for request in weigh for row in request.rows]))
        for request in weigh:
            mine = [next(told) for _ in request.rows]
            lines.append(_weighed(request, mine))
    if write:
        own = int(content_key([seed, write[0].id]), 16) % (1 << 63)
        made = run.write([r.ids for r in write], generate, seed=own, stop=write[0].stop)
        lines += [
            {"id": r.id, "item": r.item, **w._asdict()} for r, w in zip(write, made, strict=True)
        ]
    return lines


def _weighed(request: Weigh, weights: list[Weight]) -> dict[str, Any]:
    return {
        "id": request.id,
        "item": request.item,
        "logprobs": [weight.logprob for weight in weights],
        "tokens": [len(row.scored) for row in request.rows],
        "cut": max(weight.cut for weight in weights),
    }
