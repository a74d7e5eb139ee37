"""Conversations carried on: the user's next turn, then its answer."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from pydantic import Field

from llmx_data.synth.answering import Task, answered, told, user
from llmx_data.synth.desk import Desk
from llmx_data.synth.methods import Adaptation, Kind, Made, Method, Rounds
from llmx_data.synth.replies import plain
from llmx_data.synth.requests import Role

PROMPT = "follow_up-v1"


class FollowUp(Method):
    """Adds turns to human conversations and pairs that end with an answer.

    A conversation whose next turn fails is kept as far as it went, if a turn was added at all.
    Rejects: empty, repeated (a turn that the user took before).
    """

    kinds: ClassVar[tuple[str, ...]] = ("instruction", "conversation")
    makes: ClassVar[Kind] = "conversation"
    best_of: ClassVar[bool] = True
    adaptation: ClassVar[Adaptation] = "merged"
    turns: int = Field(default=1, ge=1)
    """Turns of the user to add."""
    max_chars: int = Field(default=6000, ge=100)
    """Longer conversations are left out: they would not fit beside an answer in 4,096 tokens.
    Ours."""

    def expects(self, count: int) -> dict[Role, int]:
        """Count a turn and an answer each."""
        return {"instruct": count * self.turns, "answer": count * self.turns}

    def make(self, desk: Desk) -> Rounds[list[Made]]:
        """Carry on as many conversations as records are wanted."""
        rows = [
            row
            for row in desk.records
            if row["messages"]
            and row["messages"][-1]["role"] == "assistant"
            and len(row["text"]) <= self.max_chars
        ]
        tasks = [
            Task(
                tuple(turn for turn in row["messages"] if turn["role"] != "system"), (row["id"],),
                kind="conversation", adaptation="merged",
            )
            for row in desk.shuffled(rows, "conversation")[: desk.count]
        ]  # fmt: skip
        longest: dict[tuple[str, ...], Made] = {}
        for number in range(1, self.turns + 1):
            asked = [
                desk.ask(PROMPT, "instruct", parents=task.parents, conversation=told(task.messages))
                for task in tasks
            ]
            said = yield asked
            longer = []
            for task, request in zip(tasks, asked, strict=True):
                text = plain(said.get(request.id, ""))
                before = {turn["content"] for turn in task.messages}
                if text and text not in before:
                    meta = {"turns": number}
                    messages = (*task.messages, user(text))
                    longer.append(replace(task, messages=messages, meta=meta))
                elif request.id in said:
                    desk.reject(request, "repeated" if text else "empty", said[request.id])
            found = yield from answered(desk, longer)
            longest |= {made.request.parents: made for made in found}
            tasks = [Task(m.messages, m.request.parents, kind="conversation", adaptation="merged")
                     for m in found]  # fmt: skip
        return list(longest.values())
