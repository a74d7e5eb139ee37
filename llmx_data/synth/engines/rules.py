"""No model at all: the answer was computed when the task was made, and is checked once more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from llmx_data.synth.engines import Try
from llmx_data.synth.ledger import Response

GENERATOR = "llmx-rules"
"""Its name on records; there are no model terms."""


@dataclass(frozen=True)
class Rules:
    """Gives the answer that a request's facts hold (`answer`)."""

    name: str = "rules (no language model)"

    def answer(self, tries: Iterable[Try]) -> Iterator[Response]:
        """Answer in order; a request without a computed answer fails."""
        for one in tries:
            text = one.request.facts.get("answer")
            if isinstance(text, str):
                yield Response(one.request.id, one.attempt, "done", text, "stop")
            else:
                why = "this request needs a language model"
                yield Response(one.request.id, one.attempt, "failed", error=why)

    def close(self) -> None:
        """Nothing is held."""
