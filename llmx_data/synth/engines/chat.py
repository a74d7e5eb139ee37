"""OpenAI's chat protocol: the body of a request, and how an answer is read."""

from __future__ import annotations

import time
from typing import Any

from llmx_data.synth.engines import Try
from llmx_data.synth.ledger import Response


def chat_body(one: Try, model: str) -> dict[str, Any]:
    """Spell a try in OpenAI's words; vLLM's own words only where they say something."""
    drawn = one.request.sampling
    body: dict[str, Any] = {
        "model": model,
        "messages": list(one.request.messages),
        "max_tokens": one.max_tokens,
        "temperature": drawn.temperature,
        "top_p": drawn.top_p,
        "seed": one.seed,
    }
    more = {"top_k": drawn.top_k, "min_p": drawn.min_p, "stop": list(drawn.stop)}
    body |= {name: value for name, value in more.items() if value}
    if drawn.repetition_penalty != 1.0:
        body["repetition_penalty"] = drawn.repetition_penalty
    if one.request.schema is not None:
        schema = {"name": "answer", "schema": dict(one.request.schema), "strict": True}
        body["response_format"] = {"type": "json_schema", "json_schema": schema}
    return body


def read_answer(one: Try, data: dict[str, Any]) -> Response:
    """Read an answer; a shape that is none is worth another try (ValueError)."""
    try:
        choice = data["choices"][0]
        text = choice["message"]["content"]
    except (KeyError, IndexError, TypeError) as error:
        raise ValueError(f"no choices[0].message.content: {str(data)[:150]}") from error
    if not isinstance(text, str):
        raise ValueError(f"an answer without text: {str(choice)[:150]}")
    usage = data.get("usage") or {}
    return Response(
        one.request.id, one.attempt, "done", text, choice.get("finish_reason"),
        int(usage.get("prompt_tokens") or 0), int(usage.get("completion_tokens") or 0),
        at=time.time(),
    )  # fmt: skip
