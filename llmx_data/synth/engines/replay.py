"""Answers recorded by another run: for tests, and to make a data set again without its model."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from llmx_data.core.errors import EnvironmentTrouble
from llmx_data.synth.engines import Try
from llmx_data.synth.ledger import Response, answers, files


@dataclass(frozen=True)
class Replay:
    """Gives the answers of a ledger by request id; what it lacks fails at once.

    Errors: EnvironmentTrouble where the folder holds no ledger.
    """

    ledger: Path

    @property
    def name(self) -> str:
        """For the manifest; where the ledger lies stays out."""
        return "replay of a ledger"

    @cached_property
    def _recorded(self) -> dict[str, Response]:
        if not files(self.ledger):
            raise EnvironmentTrouble(
                f"{self.ledger}: no responses-*.jsonl here\n    a ledger is a run's folder "
                "store/synth/ledger"
            )
        return {response.request_id: response for response in answers(self.ledger)}

    def answer(self, tries: Iterable[Try]) -> Iterator[Response]:
        """Answer in order, with the usage that was recorded."""
        for one in tries:
            found = self._recorded.get(one.request.id)
            if found is not None:
                yield replace(found, attempt=one.attempt)
            else:
                missing = "not recorded"
                yield Response(one.request.id, one.attempt, "failed", error=missing, at=time.time())

    def close(self) -> None:
        """Nothing is held."""
