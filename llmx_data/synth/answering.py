"""From tasks to records: answers, the best of several, and a judge's score where one is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec

from llmx_data.synth.desk import Desk
from llmx_data.synth.methods import Answers, Made, Message, Rounds
from llmx_data.synth.replies import read_json
from llmx_data.synth.requests import Request


@dataclass(frozen=True)
class Task:
    """A conversation that waits for the assistant, and what it was made of."""

    messages: tuple[Message, ...]
    parents: tuple[str, ...] = ()
    meta: Mapping[str, Any] = field(default_factory=dict)
    kind: Literal["instruction", "conversation"] = "instruction"
    adaptation: Literal["generated", "merged"] = "generated"


class Score(msgspec.Struct, forbid_unknown_fields=True):
    """A judge's answer about one answer."""

    reason: str
    score: Literal[1, 2, 3, 4, 5]


def user(text: str) -> Message:
    """Make a user's turn."""
    return {"role": "user", "content": text}


def told(messages: Sequence[Message]) -> str:
    """Spell what was asked, for a judge: one turn as it is, several with who speaks."""
    turns = [turn for turn in messages if turn["role"] != "system"]
    if len(turns) == 1:
        return turns[0]["content"]
    names = {"user": "利用者", "assistant": "相手"}
    return "\n\n".join(f"{names.get(t['role'], t['role'])}：{t['content']}" for t in turns)


def answered(desk: Desk, tasks: Sequence[Task]) -> Rounds[list[Made]]:
    """Answer tasks, `desk.samples` times each; scored, the best is kept if it is good enough."""
    asked = [
        [
            desk.ask_answer(task.messages, parents=task.parents, facts=task.meta, sample=sample)
            for sample in range(desk.samples)
        ]
        for task in tasks
    ]
    said = yield [request for some in asked for request in some]
    groups = [[r for r in some if r.id in said] for some in asked]
    scores = (yield from scored(desk, tasks, groups, said)) if desk.judging else {}
    found = []
    for task, group in zip(tasks, groups, strict=True):
        best = _best(desk, group, said, scores)
        if best is not None:
            turn = {"role": "assistant", "content": said[best.id]}
            found.append(
                Made(
                    best,
                    (*task.messages, turn),
                    kind=task.kind,
                    adaptation=task.adaptation,
                    meta=task.meta,
                )
            )
    return found


def scored(
    desk: Desk, tasks: Sequence[Task], groups: Sequence[Sequence[Request]], said: Answers
) -> Rounds[dict[str, int]]:
    """Score answers from 1 to 5, by the id of their request; what is no score is left out."""
    asked = {
        request.id: desk.ask(
            "judge_score-v1", "judge", parents=task.parents,
            instruction=told(task.messages), answer=said[request.id],
        )
        for task, group in zip(tasks, groups, strict=True)
        for request in group
    }  # fmt: skip
    judged = yield list(asked.values())
    found = {i: read_json(judged[r.id], Score) for i, r in asked.items() if r.id in judged}
    return {i: score.score for i, score in found.items() if score is not None}


def _best(
    desk: Desk, group: Sequence[Request], said: Answers, scores: Mapping[str, int]
) -> Request | None:
    """Give the answer of the highest score, of equals the first; note why the others go."""
    if not desk.judging:
        return group[0] if group else None
    ranked = sorted(group, key=lambda r: (-scores.get(r.id, 0), r.sample))
    least = desk.min_score or 1
    for i, request in enumerate(ranked):
        score = scores.get(request.id)
        good = score is not None and score >= least
        if not (good and i == 0):
            reason = "not_judged" if score is None else "not_best" if good else "low_score"
            desk.reject(request, reason, said[request.id])
    first = ranked[0] if ranked else None
    return first if first is not None and scores.get(first.id, 0) >= least else None
