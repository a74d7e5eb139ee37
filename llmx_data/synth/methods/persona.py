"""Requests as people of many kinds would make them: own factor lists, no borrowed personas."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from llmx_data.synth.answering import Task, answered, user
from llmx_data.synth.desk import Desk
from llmx_data.synth.material import personas
from llmx_data.synth.methods import Made, Method, Rounds
from llmx_data.synth.replies import plain
from llmx_data.synth.requests import Role
from llmx_data.synth.similar import ROUGE_L, Pool

PROMPT = "persona-v1"


class Persona(Method):
    """Draws a person (work, age, place, interest, tone), asks what they would ask, and answers.

    Rejects: empty, too_long, too_similar.
    """

    best_of: ClassVar[bool] = True
    rouge_l: float = Field(default=ROUGE_L, gt=0, le=1)
    """A task as near as this to another goes. Self-Instruct, on characters."""
    max_chars: int = Field(default=1200, ge=1)
    """Characters of a task. The reference's figure."""

    def expects(self, count: int) -> dict[Role, int]:
        """Count a request per person, and its answer."""
        return {"instruct": count, "answer": count}

    def make(self, desk: Desk) -> Rounds[list[Made]]:
        """Ask as many people as records are wanted."""
        asked = []
        for person in personas(desk.count, desk.seed + desk.seat):
            values = person.values
            facts = {"persona": person.text}
            asked.append(
                desk.ask(
                    PROMPT,
                    "instruct",
                    facts=facts,
                    persona=person.text,
                    goal=values["goal"],
                    tone=values["tone"],
                    medium=values["medium"],
                )
            )
        said = yield asked
        pool, tasks = Pool(self.rouge_l), []
        for request in asked:
            if request.id not in said:
                continue
            text = plain(said[request.id])
            reason = (
                "empty" if not text
                else "too_long" if len(text) > self.max_chars
                else None if pool.takes(text) else "too_similar"
            )  # fmt: skip
            if reason is not None:
                desk.reject(request, reason, said[request.id])
                continue
            meta = {"task": request.id, "persona": request.facts["persona"]}
            tasks.append(Task((user(text),), meta=meta))
        return (yield from answered(desk, tasks))
