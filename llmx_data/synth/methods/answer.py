"""New answers to prompts that people wrote: the method with the best evidence for Japanese."""

from __future__ import annotations

from typing import Any, ClassVar

from llmx_data.synth.answering import Task, answered
from llmx_data.synth.desk import Desk, Row
from llmx_data.synth.methods import Adaptation, Made, Message, Method, Rounds


class Answer(Method):
    """Asks for an answer to each human prompt; `samples` and a judge make it best of n.

    A conversation is answered anew at its last user turn. Source: Ma et al. 2025
    (arXiv 2503.23714): human prompts with answers of open models beat synthetic prompts.
    """

    kinds: ClassVar[tuple[str, ...]] = ("instruction", "conversation")
    best_of: ClassVar[bool] = True
    adaptation: ClassVar[Adaptation] = "merged"

    def make(self, desk: Desk) -> Rounds[list[Made]]:
        """Draw prompts by the seed and have them answered."""
        rows = [row for row in desk.records if asked_last(row)]
        tasks = [
            Task(
                asked_last(row), (row["id"],), {"kind": row["kind"]},
                kind=row["kind"], adaptation="merged",
            )
            for row in desk.shuffled(rows, "prompt")[: desk.count]
        ]  # fmt: skip
        return (yield from answered(desk, tasks))


def asked_last(row: Row) -> tuple[Message, ...]:
    """Give the turns up to the last one of the user, without system texts; empty without one."""
    turns: list[dict[str, Any]] = row["messages"] or []
    last = max((i for i, turn in enumerate(turns) if turn["role"] == "user"), default=-1)
    return tuple(turn for turn in turns[: last + 1] if turn["role"] != "system")
