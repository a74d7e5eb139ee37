"""Preference pairs for DPO: several answers to a human prompt, compared by a judge both ways."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from typing import ClassVar, Literal

import msgspec
from pydantic import Field

from llmx_data.synth.answering import Task, told
from llmx_data.synth.desk import Desk
from llmx_data.synth.methods import Adaptation, Answers, Kind, Made, Method, Rounds
from llmx_data.synth.methods.answer import asked_last
from llmx_data.synth.replies import read_json
from llmx_data.synth.requests import Request, Role

PROMPT = "judge_pair-v1"


class Choice(msgspec.Struct, forbid_unknown_fields=True):
    """Which of two answers a judge prefers."""

    reason: str
    better: Literal["first", "second", "tie"]


class Preference(Method):
    """Two answers each; every pair is judged twice with the places changed.

    Only pairs on which both judgements agree are made; of several, the first in order of samples.
    Rejects: same_answer, bad_json, not_judged, undecided (a tie, or the places decided).
    """

    kinds: ClassVar[tuple[str, ...]] = ("instruction", "conversation")
    makes: ClassVar[Kind] = "preference"
    adaptation: ClassVar[Adaptation] = "merged"
    judged: ClassVar[bool] = True
    answers: int = Field(default=2, ge=2, le=8)
    """Answers per prompt; n give n (n - 1) judgements."""

    def expects(self, count: int) -> dict[Role, int]:
        """Count answers, and two judgements for each pair of them."""
        return {"answer": count * self.answers, "judge": count * self.answers * (self.answers - 1)}

    def make(self, desk: Desk) -> Rounds[list[Made]]:
        """Answer, judge, and pair."""
        rows = [row for row in desk.records if asked_last(row)]
        tasks = [
            Task(asked_last(row), (row["id"],), {"kind": row["kind"]})
            for row in desk.shuffled(rows, "prompt")[: desk.count]
        ]
        asked = [
            [desk.ask_answer(t.messages, parents=t.parents, sample=n) for n in range(self.answers)]
            for t in tasks
        ]
        said = yield [request for some in asked for request in some]
        pairs = [
            (i, one, two, self._judge(desk, tasks[i], said, one, two))
            for i, some in enumerate(asked)
            for one, two in combinations([r for r in some if r.id in said], 2)
            if self._differ(desk, said, one, two)
        ]
        judged = yield [request for *_, both in pairs for request in both]
        found: dict[int, Made] = {}
        for i, one, two, both in pairs:
            chosen = _agreed(desk, one, two, both, judged)
            if chosen is not None and i not in found:
                other = two if chosen is one else one
                found[i] = replace(_pair(tasks[i], said, chosen, other), judge=desk.judge)
        return [found[i] for i in sorted(found)]

    def _differ(self, desk: Desk, said: Answers, one: Request, two: Request) -> bool:
        same = said[one.id].strip() == said[two.id].strip()
        if same:
            desk.reject(two, "same_answer", said[two.id])
        return not same

    def _judge(
        self, desk: Desk, task: Task, said: Answers, one: Request, two: Request
    ) -> tuple[Request, Request]:
        """Ask for a comparison in both orders."""
        asked, a, b = told(task.messages), said[one.id], said[two.id]
        parents = task.parents
        return (
            desk.ask(PROMPT, "judge", parents=parents, instruction=asked, first=a, second=b),
            desk.ask(PROMPT, "judge", parents=parents, instruction=asked, first=b, second=a),
        )


def _agreed(
    desk: Desk, one: Request, two: Request, both: Sequence[Request], judged: Answers
) -> Request | None:
    """Give the answer that wins in both orders; note why there is none."""
    texts = [judged.get(request.id) for request in both]
    if any(text is None for text in texts):
        desk.reject(one, "not_judged", "")
        return None
    read = [read_json(str(text), Choice) for text in texts]
    choices = [choice.better for choice in read if choice is not None]
    if len(choices) < len(texts):
        desk.reject(one, "bad_json", "\n".join(map(str, texts)))
        return None
    if choices == ["first", "second"]:
        return one
    if choices == ["second", "first"]:
        return two
    desk.reject(one, "undecided", " / ".join(choices))
    return None


def _pair(task: Task, said: Answers, chosen: Request, other: Request) -> Made:
    good, bad = ({"role": "assistant", "content": said[r.id]} for r in (chosen, other))
    return Made(
        chosen, (*task.messages, good), (*task.messages, bad), kind="preference",
        adaptation="merged", meta=task.meta,
    )  # fmt: skip
