"""Tasks from nothing but the place where a user would speak, as in Magpie, steered to Japanese."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from typing import ClassVar

from pydantic import Field

from llmx_data.synth.answering import Task, answered, user
from llmx_data.synth.desk import Desk
from llmx_data.synth.methods import Made, Method, Rounds
from llmx_data.synth.replies import plain
from llmx_data.synth.requests import Request, Role
from llmx_data.synth.similar import ROUGE_L, Pool
from llmx_data.synth.templates import Family, family, magpie, own


class Magpie(Method):
    """Lets the model go on where its chat template has the user speak; that is the task.

    The family of the template is the catalogue's for the model (or `generator.family`, or the
    recipe's own `pre_query` and `stop`). Needs an engine that continues raw text: vllm, or a
    server's /v1/completions. Rejects: empty, too_long, too_similar, surplus.
    Source: Magpie; its stop at a line end is left out, as it cuts Japanese tasks of several lines.
    """

    raw: ClassVar[bool] = True
    best_of: ClassVar[bool] = True
    steer: list[str] = Field(default=[])
    """System texts to draw from, one per request; llmx's own asks for Japanese requests."""
    pre_query: str | None = None
    """Text up to where the user speaks, with {system}, for a template that llmx does not know."""
    stop: list[str] = Field(default=[])
    """What ends the user's turn there."""
    rounds: int = Field(default=3, ge=1)
    """Most rounds until `count` tasks are kept. Ours."""
    rouge_l: float = Field(default=ROUGE_L, gt=0, le=1)
    """A task as near as this to another goes. Self-Instruct, on characters."""
    max_chars: int = Field(default=1200, ge=1)
    """Characters of a task. The reference's figure."""

    def expects(self, count: int) -> dict[Role, int]:
        """Count a task and its answer."""
        return {"instruct": count, "answer": count}

    def make(self, desk: Desk) -> Rounds[list[Made]]:
        """Sample tasks until there are enough, then have them answered."""
        known = self._family(desk)
        pool, kept, number = Pool(self.rouge_l), list[Task](), 0
        for _ in range(self.rounds):
            lacking = desk.count - len(kept)
            if lacking <= 0:
                break
            asked = [self._ask(desk, known, number + i) for i in range(lacking)]
            number += lacking
            said = yield asked
            for request in asked:
                if request.id in said:
                    self._read(desk, request, said[request.id], pool, kept)
        return (yield from answered(desk, kept))

    def _family(self, desk: Desk) -> Family:
        if self.pre_query is not None:
            return own(self.pre_query, self.stop)
        return family(desk.family or desk.generator.model)

    def _ask(self, desk: Desk, known: Family, sample: int) -> Request:
        steer = desk.pick(self.steer or [magpie().steer], f"steer/{sample}")
        drawn = desk.sampling["instruct"]
        return Request(
            method=desk.method,
            template=f"magpie/{known.name}",
            template_sha256=sha256(f"{known.pre_query}\0{known.stop}".encode()).hexdigest(),
            messages=(),
            prompt=known.prompt(steer),
            sampling=replace(drawn, stop=tuple(dict.fromkeys((*drawn.stop, *known.stop)))),
            generator=desk.generator,
            sample=sample,
        )

    def _read(self, desk: Desk, request: Request, text: str, pool: Pool, kept: list[Task]) -> None:
        task = plain(text)
        reason = (
            "empty" if not task
            else "too_long" if len(task) > self.max_chars
            else "surplus" if len(kept) >= desk.count
            else None if pool.takes(task) else "too_similar"
        )  # fmt: skip
        if reason is not None:
            desk.reject(request, reason, text)
            return
        kept.append(Task((user(task),), meta={"task": request.id}))
