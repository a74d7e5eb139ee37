"""Rows as TRL's trainers want them: prompt and completion, or prompt, chosen and rejected."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import polars as pl

from llmx_data.core.tables import MESSAGES

NO_ANSWER = "ends_without_answer"
NO_PROMPT = "no_prompt"
DIFFERENT = "different_prompts"
SAME = "same_answers"
"""Why a record has no row in a shape. Nothing is dropped by it: it stays in its configuration."""

Messages = list[dict[str, str]]


class Shape(NamedTuple):
    """A shape: which kinds have it, which columns it reads and gives, and how rows are made."""

    kinds: tuple[str, ...]
    reads: tuple[str, ...]
    gives: tuple[str, ...]
    make: Callable[[pl.DataFrame], pl.DataFrame]
    about: str


def prompt_completion(records: pl.DataFrame) -> pl.DataFrame:
    """Add `prompt`, all turns but the last, `completion`, the last one, and `fault` or null.

    The last turn must be the assistant's, and a user must have spoken before it.
    Cost: 1 us a record.
    """
    turns = pl.col("messages")
    roles = turns.list.eval(pl.element().struct.field("role"))
    before = turns.list.len().cast(pl.Int64) - 1
    answered = roles.list.last() == "assistant"
    asked = roles.list.head(before).list.contains("user")
    return records.with_columns(
        prompt=turns.list.head(before),
        completion=turns.list.tail(1),
        fault=pl.when(~answered.fill_null(False))
        .then(pl.lit(NO_ANSWER))
        .when(~asked.fill_null(False))
        .then(pl.lit(NO_PROMPT)),
    )


def dpo(records: pl.DataFrame) -> pl.DataFrame:
    """Add `prompt`, `chosen`, `rejected` and `fault` or null: the two sides part at an answer.

    `messages` holds prompt and chosen answer, `rejected` prompt and rejected answer, or the
    rejected answer alone. Cost: 55 us a record.
    """
    sides = records.select("messages", "rejected").iter_rows()
    made = [_parted(chosen or [], rejected or []) for chosen, rejected in sides]
    columns = dict.fromkeys(("prompt", "chosen", "rejected"), MESSAGES)
    schema = pl.Schema(columns | {"fault": pl.String()})
    return records.with_columns(pl.DataFrame(made, schema=schema, orient="row"))


def _parted(
    chosen: Messages, rejected: Messages
) -> tuple[Messages, Messages, Messages, str | None]:
    """Give the common prompt and the two rests, or the reason why they are no pair."""
    if chosen and rejected and rejected[0]["role"] == "assistant" != chosen[0]["role"]:
        rejected = chosen[:-1] + rejected
    pairs = enumerate(zip(chosen, rejected, strict=False))
    same = next((i for i, (a, b) in pairs if a != b), min(len(chosen), len(rejected)))
    prompt, rests = chosen[:same], (chosen[same:], rejected[same:])
    if any(not side or side[-1]["role"] != "assistant" for side in (chosen, rejected)):
        fault = NO_ANSWER
    elif chosen == rejected:
        fault = SAME
    elif any(not rest or rest[0]["role"] != "assistant" for rest in rests):
        fault = DIFFERENT
    elif not any(turn["role"] == "user" for turn in prompt):
        fault = NO_PROMPT
    else:
        return prompt, *rests, None
    return [], [], [], fault


SHAPES = {
    "prompt_completion": Shape(
        ("instruction", "conversation"),
        ("messages",),
        ("prompt", "completion"),
        prompt_completion,
        "supervised fine-tuning on the last answer",
    ),
    "dpo": Shape(
        ("preference",),
        ("messages", "rejected"),
        ("prompt", "chosen", "rejected"),
        dpo,
        "preference optimization",
    ),
}
"""Shapes that `output.shapes` may name: TRL's conversational prompt-completion and preference."""
