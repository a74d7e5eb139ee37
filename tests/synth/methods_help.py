"""A desk for tests, and a driver that answers every round by a function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llmx_data.synth.desk import Desk
from llmx_data.synth.methods import Made, Method
from llmx_data.synth.requests import Generator, Request
from llmx_data.synth_plan import DEFAULTS

Reply = Callable[[Request], str | None]
MODEL = Generator("qwen2.5-32b", "Qwen/Qwen2.5-32B-Instruct")
JUDGE = Generator("qwen3-32b", "Qwen/Qwen3-32B")


def desk(count: int = 4, **changes: Any) -> Desk:
    """Make a desk of a model with a judge."""
    given = {
        "method": "test", "count": count, "seed": 1, "generator": MODEL,
        "sampling": DEFAULTS, "family": "qwen2.5",
    } | changes  # fmt: skip
    return Desk(**given)


def drive(method: Method, at: Desk, reply: Reply) -> tuple[list[Made], list[list[Request]]]:
    """Play a method to its end; gives what it made and what it asked, round by round."""
    going, rounds = method.make(at), list[list[Request]]()
    try:
        asked = list(next(going))
        while True:
            rounds.append(asked)
            replies = {request.id: reply(request) for request in asked}
            asked = list(going.send({i: text for i, text in replies.items() if text is not None}))
    except StopIteration as end:
        return end.value, rounds


def reasons(at: Desk) -> dict[str, int]:
    """Count rejects by reason."""
    found: dict[str, int] = {}
    for one in at.rejected:
        found[one.reason] = found.get(one.reason, 0) + 1
    return found


def pair(number: int, **more: Any) -> dict[str, Any]:
    """Make a record of a human pair."""
    turns = [
        {"role": "user", "content": f"{number}番目の質問です。図書館で静かに過ごす工夫を教えて。"},
        {"role": "assistant", "content": f"{number}つ目の工夫は、席を選ぶことです。"},
    ]
    text = "\n\n".join(turn["content"] for turn in turns)
    return {"id": f"p{number}", "kind": "instruction", "messages": turns, "text": text} | more


def document(number: int, text: str) -> dict[str, Any]:
    """Make a record of a document."""
    return {"id": f"d{number}", "kind": "document", "messages": None, "text": text, "title": None,
            "date": None}  # fmt: skip
