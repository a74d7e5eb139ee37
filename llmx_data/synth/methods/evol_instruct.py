"""Tasks made harder step by step, as in Evol-Instruct, with eliminations that work in Japanese."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar, Literal

import msgspec
from pydantic import Field

from llmx_data.synth.answering import Task, answered, user
from llmx_data.synth.desk import Desk
from llmx_data.synth.methods import Answers, Made, Method, Rounds
from llmx_data.synth.methods.answer import asked_last
from llmx_data.synth.replies import plain, read_json
from llmx_data.synth.requests import Request, Role
from llmx_data.synth.similar import Pool

Operation = Literal["constraint", "deepen", "concretize", "reasoning", "breadth"]
OPERATIONS: tuple[Operation, ...] = ("constraint", "deepen", "concretize", "reasoning", "breadth")
UNCHANGED = 0.97
"""ROUGE-L on characters from which an evolved task counts as the same. Ours: a changed ending of a
task of 60 characters lies below."""


class Judged(msgspec.Struct, forbid_unknown_fields=True):
    """What the judge says of a step."""

    reason: str
    verdict: Literal[
        "keep", "same", "easier", "unanswerable", "needs_missing", "contradictory",
        "leaks_prompt", "includes_answer", "not_japanese",
    ]  # fmt: skip


class EvolInstruct(Method):
    """Rewrites human prompts by one operation a round; a judge says why a step is thrown away.

    A step that is thrown away leaves the task as it was; tasks that no step changed are not made.
    Rejects: empty, too_long, evol_unchanged, bad_json (of the judge), evol_<its verdict>. Source:
    WizardLM's five operations; its English tests of refusal and stop words never fire in Japanese.
    """

    kinds: ClassVar[tuple[str, ...]] = ("instruction",)
    best_of: ClassVar[bool] = True
    rounds: int = Field(default=2, ge=1)
    """Steps per task. The reference's recipe."""
    operations: list[Operation] = Field(default=list(OPERATIONS), min_length=1)
    """Steps to draw from."""
    max_chars: int = Field(default=1200, ge=1)
    """Characters of a task. The reference's figure."""

    def expects(self, count: int) -> dict[Role, int]:
        """Count a step and a judgement per round."""
        return {"instruct": count * self.rounds, "judge": count * self.rounds, "answer": count}

    def make(self, desk: Desk) -> Rounds[list[Made]]:
        """Evolve, judge, go on with what is left, and answer."""
        rows = [row for row in desk.records if len(asked_last(row)) == 1]
        tasks = [
            Task(asked_last(row), (row["id"],), {"steps": []})
            for row in desk.shuffled(rows, "prompt")[: desk.count]
        ]
        for number in range(self.rounds):
            asked = [self._step(desk, task, f"{number}/{task.parents[0]}") for task in tasks]
            said = yield asked
            changed = self._changed(desk, tasks, asked, said)
            judge = {i: self._judge(desk, tasks[i], text) for i, text in changed.items()}
            judged = yield list(judge.values())
            for i, text in changed.items():
                if self._kept(desk, asked[i], text, judged.get(judge[i].id)):
                    steps = [*tasks[i].meta["steps"], asked[i].facts["operation"]]
                    tasks[i] = replace(tasks[i], messages=(user(text),), meta={"steps": steps})
        return (yield from answered(desk, [task for task in tasks if task.meta["steps"]]))

    def _step(self, desk: Desk, task: Task, key: str) -> Request:
        operation = desk.pick(self.operations, key)
        return desk.ask(
            f"evol_{operation}-v1", "instruct", parents=task.parents,
            facts={"operation": operation}, instruction=task.messages[0]["content"],
        )  # fmt: skip

    def _judge(self, desk: Desk, task: Task, text: str) -> Request:
        before = task.messages[0]["content"]
        return desk.ask("evol_judge-v1", "judge", parents=task.parents, before=before, after=text)

    def _changed(
        self, desk: Desk, tasks: list[Task], asked: list[Request], said: Answers
    ) -> dict[int, str]:
        """Give the new texts that are worth a judgement, by the place of their task."""
        found = {}
        for i, request in enumerate(asked):
            if request.id not in said:
                continue
            text, before = plain(said[request.id]), Pool(UNCHANGED)
            before.fill([tasks[i].messages[0]["content"]])
            if not text or len(text) > self.max_chars:
                desk.reject(request, "too_long" if text else "empty", said[request.id])
            elif not before.takes(text):
                desk.reject(request, "evol_unchanged", text)
            else:
                found[i] = text
        return found

    def _kept(self, desk: Desk, request: Request, text: str, judged: str | None) -> bool:
        if judged is None:
            desk.reject(request, "not_judged", text)
            return False
        found = read_json(judged, Judged)
        if found is None:
            desk.reject(request, "bad_json", judged)
            return False
        if found.verdict != "keep":
            desk.reject(request, f"evol_{found.verdict}", text)
        return found.verdict == "keep"
