"""Pairs that are there, kept if a judge finds their answer good enough."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from llmx_data.synth.answering import Score, told
from llmx_data.synth.desk import Desk, Row
from llmx_data.synth.methods import Adaptation, Made, Message, Method, Rounds
from llmx_data.synth.replies import read_json
from llmx_data.synth.requests import Request, Role

PROMPT = "judge_score-v1"


class Judge(Method):
    """Scores the last answer of human pairs from 1 to 5 and keeps those of `min_score`.

    The text stays as it was; scores stand in the run's ledger, not in the data set.
    Rejects: bad_json, low_score.
    """

    kinds: ClassVar[tuple[str, ...]] = ("instruction", "conversation")
    adaptation: ClassVar[Adaptation] = None
    min_score: int = Field(default=4, ge=1, le=5)
    """Least score. Ours: 4 is correct with small faults by the prompt's own scale."""

    def expects(self, count: int) -> dict[Role, int]:
        """Count one judgement each."""
        return {"judge": count}

    def make(self, desk: Desk) -> Rounds[list[Made]]:
        """Score as many pairs as records are wanted."""
        rows = {r["id"]: r for r in desk.records if r["messages"][-1]["role"] == "assistant"}
        asked = [
            desk.ask(
                PROMPT, "judge", parents=[row["id"]],
                instruction=told(_turns(row)[:-1]), answer=_turns(row)[-1]["content"],
            )
            for row in desk.shuffled(rows.values(), "pair")[: desk.count]
        ]  # fmt: skip
        said = yield asked
        found = [
            self._read(desk, request, said[request.id], rows[request.parents[0]])
            for request in asked
            if request.id in said
        ]
        return [made for made in found if made is not None]

    def _read(self, desk: Desk, request: Request, text: str, row: Row) -> Made | None:
        score = read_json(text, Score)
        if score is None or score.score < self.min_score:
            desk.reject(request, "bad_json" if score is None else "low_score", text)
            return None
        return Made(request, _turns(row), kind=row["kind"], adaptation=None, by_model=False)


def _turns(row: Row) -> tuple[Message, ...]:
    return tuple(row["messages"])
