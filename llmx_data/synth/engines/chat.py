"""OpenAI's protocol: the body of a request, chat or raw text, and how an answer is read."""

from __future__ import annotations

import time
from typing import Any

from llmx_data.synth.engines import Try
from llmx_data.synth.ledger import Response


def path_of(one: Try) -> str:
    """Where a try goes, below /v1: raw text is continued, messages are answered."""
    return "chat/completions" if one.request.prompt is None else "completions"


def body_of(one: Try, model: str) -> dict[str, Any]:
    """Spell a try in OpenAI's words; vLLM's own words only where they say something."""
    drawn = one.request.sampling
    body: dict[str, Any] = {
        "model": model,
        "max_tokens": one.max_tokens,
        "temperature": drawn.temperature,
        "top_p": drawn.top_p,
        "seed": one.seed,
    }
    if one.request.prompt is None:
        body["messages"] = list(one.request.messages)
    else:
        body["prompt"] = one.request.prompt
        body["add_special_tokens"] = False  # the text begins as the template says
        body["skip_special_tokens"] = False  # else stops that are special tokens never match
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
        text = choice["message"]["content"] if one.request.prompt is None else choice["text"]
    except (KeyError, IndexError, TypeError) as error:
        raise ValueError(f"no text in choices[0]: {str(data)[:150]}") from error
    if not isinstance(text, str):
        raise ValueError(f"an answer without text: {str(choice)[:150]}")
    usage = data.get("usage") or {}
    return Response(
        one.request.id, one.attempt, "done", text, choice.get("finish_reason"),
        int(usage.get("prompt_tokens") or 0), int(usage.get("completion_tokens") or 0),
        at=time.time(),
    )  # fmt: skip
