"""Engines: what answers requests. Each gives responses in the order in which they are finished."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple, Protocol

from llmx_data.synth.ledger import Response
from llmx_data.synth.requests import Request


class Try(NamedTuple):
    """A request to answer now: which attempt it is, its seed, and the tokens it may take."""

    request: Request
    attempt: int
    seed: int
    max_tokens: int


class Engine(Protocol):
    """One way to have requests answered."""

    @property
    def name(self) -> str:
        """Engine and version, for the manifest."""

    def answer(self, tries: Iterable[Try]) -> Iterator[Response]:
        """Answer every try, in any order; a request that fails gives a failed response.

        Errors: EnvironmentTrouble where no request can be answered (no server, wrong key).
        """

    def close(self) -> None:
        """Give back what it holds (a model on a card); it may be asked again and takes it anew."""
