"""Requests for a tiny random model, whose answers are noise."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from llmx_data.synth.engines import Try
from llmx_data.synth.requests import Generator, Request, Sampling

SCHEMA = {
    "type": "object",
    "properties": {
        "score": {"type": "integer", "minimum": 1, "maximum": 5},
        "verdict": {"enum": ["良い", "悪い"]},
    },
    "required": ["score", "verdict"],
    "additionalProperties": False,
}
"""Ends the noise of a random model: at most 60 tokens."""


def request(text: str, *, tokens: int = 60, sample: int = 0, **more: Any) -> Request:
    """Make a request; `schema` and `prompt` are those of requests, the rest goes to sampling."""
    kept = {name: more.pop(name) for name in ("schema", "prompt") if name in more}
    messages = () if "prompt" in kept else ({"role": "user", "content": text},)
    drawn = Sampling(tokens, **more)
    return Request("answer", "t", "00", messages, drawn, Generator("tiny"), sample, **kept)


def once(some: Iterable[Request], seed: int | None = None) -> list[Try]:
    """Try each for the first time, all with `seed` if it is given."""
    return [
        Try(one, 0, one.seed(1) if seed is None else seed, one.sampling.max_tokens) for one in some
    ]
