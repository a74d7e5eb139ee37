"""New tasks after the example of seed tasks, as in Self-Instruct, with a check on characters."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, ClassVar, NamedTuple

import msgspec
from pydantic import Field

from llmx_data.synth.answering import Task, answered, user
from llmx_data.synth.desk import Desk
from llmx_data.synth.material import seeds
from llmx_data.synth.methods import Made, Method, Rounds
from llmx_data.synth.replies import plain, read_json
from llmx_data.synth.requests import Request, Role
from llmx_data.synth.similar import ROUGE_L, Pool

PROMPT = "self_instruct-v1"


class Shot(NamedTuple):
    """An example in a prompt: a seed task, or one kept before."""

    id: str
    text: str


class Proposed(msgspec.Struct, forbid_unknown_fields=True):
    """A task as the model proposes it."""

    instruction: str
    input: str = ""


class Proposals(msgspec.Struct, forbid_unknown_fields=True):
    """What one request gives."""

    tasks: list[Proposed]


class SelfInstruct(Method):
    """Proposes tasks from examples, drops those near to another, and has the rest answered.

    Every request shows `shots` seed tasks and, from the second round on, `from_machine` kept ones
    (Self-Instruct: 6 and 2). Rounds go on until `count` tasks are kept, `rounds` at most.
    Rejects: bad_json, empty, too_long, too_similar, surplus.
    """

    best_of: ClassVar[bool] = True
    shots: int = Field(default=6, ge=1)
    """Seed tasks in a prompt. Self-Instruct."""
    from_machine: int = Field(default=2, ge=0)
    """Kept tasks in a prompt, once there are some. Self-Instruct."""
    per_request: int = Field(default=5, ge=1)
    """Tasks asked for at once. Ours."""
    rounds: int = Field(default=4, ge=1)
    """Most rounds. Ours."""
    rouge_l: float = Field(default=ROUGE_L, gt=0, le=1)
    """A task as near as this to another goes. Self-Instruct, on characters."""
    max_chars: int = Field(default=1200, ge=1)
    """Characters of a task with its input. The reference's figure."""

    def expects(self, count: int) -> dict[Role, int]:
        """Count proposals, which give several tasks each."""
        return {"instruct": math.ceil(count / self.per_request), "answer": count}

    def make(self, desk: Desk) -> Rounds[list[Made]]:
        """Propose until there are enough, then answer."""
        pool, kept = Pool(self.rouge_l), list[Task]()
        known = [Shot(seed.id, _spelled(seed.instruction, seed.input)) for seed in seeds()]
        pool.fill(shot.text for shot in known)
        for number in range(self.rounds):
            lacking = desk.count - len(kept)
            if lacking <= 0:
                break
            own = [Shot(task.meta["task"], task.messages[0]["content"]) for task in kept]
            asked = [
                self._propose(desk, known, own, f"{number}/{i}")
                for i in range(math.ceil(lacking / self.per_request))
            ]
            said = yield asked
            for request in asked:
                if request.id in said:
                    self._read(desk, request, said[request.id], pool, kept)
        return (yield from answered(desk, kept))

    def _propose(self, desk: Desk, known: list[Shot], own: list[Shot], key: str) -> Request:
        shots = _drawn(desk, known, f"{key}/seeds", self.shots)
        shots += _drawn(desk, own, f"{key}/own", self.from_machine)
        shots = _drawn(desk, shots, f"{key}/order", len(shots))
        examples = "\n\n".join(f"見本{i}\n{shot.text}" for i, shot in enumerate(shots, 1))
        facts: dict[str, Any] = {"shots": [shot.id for shot in shots], "key": key}
        count = str(self.per_request)
        return desk.ask(PROMPT, "instruct", facts=facts, examples=examples, count=count)

    def _read(self, desk: Desk, request: Request, text: str, pool: Pool, kept: list[Task]) -> None:
        found = read_json(text, Proposals)
        if found is None:
            desk.reject(request, "bad_json", text)
            return
        for number, one in enumerate(found.tasks):
            spelled = _spelled(plain(one.instruction), plain(one.input))
            reason = self._fault(spelled, pool, enough=len(kept) >= desk.count)
            if reason is not None:
                desk.reject(request, reason, spelled)
                continue
            meta = {"task": f"{request.id}#{number}", "shots": request.facts["shots"]}
            kept.append(Task((user(spelled),), meta=meta))

    def _fault(self, spelled: str, pool: Pool, *, enough: bool) -> str | None:
        if not spelled:
            return "empty"
        if len(spelled) > self.max_chars:
            return "too_long"
        if enough:
            return "surplus"
        return None if pool.takes(spelled) else "too_similar"


def _spelled(instruction: str, more: str) -> str:
    return f"{instruction}\n\n{more}" if more else instruction


def _drawn(desk: Desk, shots: Sequence[Shot], name: str, count: int) -> list[Shot]:
    """Draw some shots without putting one back, in the order drawn.

    Fisher and Yates' shuffle, of which only the first `count` places are made: 2 us a shot,
    however many there are.
    """
    moved: dict[int, int] = {}
    found = []
    for place in range(min(count, len(shots))):
        number = int.from_bytes(desk.draw(f"{name}/{place}")[:8], "big")
        taken = place + number % (len(shots) - place)
        found.append(shots[moved.get(taken, taken)])
        moved[taken] = moved.get(place, place)
    return found
