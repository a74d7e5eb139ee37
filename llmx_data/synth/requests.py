"""Requests to a generator: what is asked, of whom, and an id that says nothing of where it runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from typing import Any, Literal

import msgspec

Role = Literal["instruct", "answer", "judge"]
"""What a request is for: a task, an answer, or a judgement; each is drawn in its own way."""

_canonical = msgspec.json.Encoder(order="sorted")
ID_DIGITS = 24
"""96 bits: among 100 million requests two share an id with probability 6e-14."""


@dataclass(frozen=True)
class Generator:
    """Whose outputs they are: alias in the catalogue, repository, commit, quantization.

    A quantized model is another generator than the full one, for its answers differ.
    """

    model: str
    repo: str | None = None
    revision: str | None = None
    quantization: str | None = None

    @property
    def name(self) -> str:
        """As records carry it: alias@revision, with the quantization; the law reads the alias."""
        if self.quantization:
            return f"{self.model}@{self.revision or 'unpinned'} {self.quantization}"
        return f"{self.model}@{self.revision}" if self.revision else self.model


@dataclass(frozen=True)
class Sampling:
    """How tokens are drawn; `max_tokens` is always said, as the engines' own default is 16."""

    max_tokens: int
    temperature: float = 1.0
    top_p: float = 1.0
    top_k: int = 0
    min_p: float = 0.0
    repetition_penalty: float = 1.0
    stop: tuple[str, ...] = ()


@dataclass(frozen=True)
class Request:
    """One thing to be answered: messages of a template, for a method, made of some parents.

    With `prompt` the model goes on with a raw text instead, and there are no messages.

    `id` is a content hash of method, template, messages, sampling, schema, generator and the
    number of the sample: the same question to the same generator is the same request on every
    machine. Addresses, concurrency and chunk sizes are not in it.
    """

    method: str
    template: str
    template_sha256: str
    messages: tuple[Mapping[str, str], ...]
    sampling: Sampling
    generator: Generator
    sample: int = 0
    schema: Mapping[str, Any] | None = None
    prompt: str | None = None
    parents: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What the method needs to read the answer; not part of the id."""

    @cached_property
    def id(self) -> str:
        """Hex digits of the content hash."""
        asked = {
            "method": self.method,
            "template": (self.template, self.template_sha256),
            "messages": list(self.messages),
            "sampling": self.sampling,
            "generator": self.generator,
            "sample": self.sample,
            "schema": self.schema,
            "prompt": self.prompt,
            "parents": self.parents,
        }
        return sha256(_canonical.encode(asked)).hexdigest()[:ID_DIGITS]

    def seed(self, run_seed: int, attempt: int = 0) -> int:
        """Seed of an attempt, below 2**31: the same on every machine, another for every attempt."""
        text = f"{run_seed}/{self.id}/{attempt}".encode()
        return int.from_bytes(sha256(text).digest()[:8], "big") % (1 << 31)

    def line(self) -> bytes:
        """One JSON line, with the id."""
        return _canonical.encode({"request_id": self.id, **_plain(self)}) + b"\n"

    @classmethod
    def read(cls, line: bytes) -> Request:
        """Read a line again. Errors: ValueError if its id is not that of its content."""
        data = msgspec.json.decode(line)
        given = data.pop("request_id")
        found = msgspec.convert(data, cls)
        if found.id != given:
            raise ValueError(f"request {given} has the content of {found.id}: the file was changed")
        return found


def _plain(request: Request) -> dict[str, Any]:
    return {name: getattr(request, name) for name in request.__dataclass_fields__}
