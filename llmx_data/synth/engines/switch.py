"""Several generators in one run: each request goes to the engine of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from llmx_data.synth.engines import Engine, Try
from llmx_data.synth.ledger import Response
from llmx_data.synth.requests import Generator


@dataclass(frozen=True)
class Switch:
    """Engines by generator; one works after the other and is closed before the next one starts.

    Two models in one process would not fit beside each other on a card.
    """

    engines: Mapping[Generator, Engine]

    @property
    def name(self) -> str:
        """All of them, for the manifest."""
        return ", ".join(dict.fromkeys(engine.name for engine in self.engines.values()))

    def answer(self, tries: Iterable[Try]) -> Iterator[Response]:
        """Answer by generator, in the order of the engines."""
        waiting: dict[Generator, list[Try]] = {}
        for one in tries:
            waiting.setdefault(one.request.generator, []).append(one)
        for generator, engine in self.engines.items():
            yield from engine.answer(waiting.get(generator, []))  # a batch file clears up
            if len(self.engines) > 1:
                engine.close()

    def close(self) -> None:
        """Close all."""
        for engine in self.engines.values():
            engine.close()
