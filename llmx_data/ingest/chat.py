"""Chat forms to messages. A column's name says nothing alone: each data set declares its form."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from typing import Any, Literal

from llmx_data.ingest import NoColumn, Unusable

Form = Literal["document", "alpaca", "elyza", "openai", "sharegpt", "utterances", "preference"]
Messages = list[dict[str, str]]

COLUMNS: dict[str, dict[str, str]] = {
    "document": {"text": "text"},
    "alpaca": {"instruction": "instruction", "input": "input", "output": "output"},
    "elyza": {"instruction": "input", "output": "output"},
    "openai": {"messages": "messages"},
    "sharegpt": {"messages": "conversations"},
    "utterances": {"messages": "utterances"},
    "preference": {"instruction": "prompt", "output": "chosen", "rejected": "rejected"},
}
"""Columns of each form as the field uses them; a recipe's `columns` overrides each."""

ROLES = {
    "human": "user",
    "user": "user",
    "prompter": "user",
    "A": "user",
    "customer": "user",
    "gpt": "assistant",
    "assistant": "assistant",
    "agent": "assistant",
    "bot": "assistant",
    "B": "assistant",
    "operator": "assistant",
    "model": "assistant",
    "system": "system",
    "tool": "tool",
}


def kind_of(form: Form) -> Literal["document", "instruction", "conversation", "preference"]:
    """Kind of record that a form makes."""
    if form == "document":
        return "document"
    if form == "preference":
        return "preference"
    return "instruction" if form in ("alpaca", "elyza") else "conversation"


@dataclass(frozen=True)
class Layout:
    """Where a data set keeps what: its form, and the column of every field."""

    form: Form
    columns: dict[str, str]
    """What the recipe or the card said."""
    where: dict[str, str]
    """The same, filled up with the form's usual names."""
    used: frozenset[str]
    """Columns that are not extra: the form's and the key."""


def layout(form: Form, columns: dict[str, str], key: str | None) -> Layout:
    """Merge the columns a data set declares with those of its form."""
    where = COLUMNS[form] | columns
    return Layout(form, columns, where, frozenset(where.values()) | {key or ""})


def to_fields(row: dict[str, Any], laid: Layout) -> dict[str, Any]:
    """Record fields (`text` or `messages`, and `rejected`) of a row; raises Unusable."""
    form, where = laid.form, laid.where
    if form == "document":
        return {"text": string(row, where["text"])}
    if form in ("alpaca", "elyza"):
        return {"messages": pair(row, where, declared=laid.columns)}
    if form == "preference":
        return _preference(row, where)
    return {"messages": turns(_column(row, where["messages"]), where["messages"])}


def pair(row: dict[str, Any], where: dict[str, str], *, declared: Container[str] = ()) -> Messages:
    """One prompt and one answer; `input` is context below the instruction, or the prompt if alone.

    Many files leave `input` out where it is empty, so its column may be absent unless `declared`.
    """
    prompt = optional(row, where["instruction"])
    context = None
    if "input" in where and (where["input"] in row or "input" in declared):
        context = optional(row, where["input"])
    answer = optional(row, where["output"])
    if prompt is None and context is None:
        raise Unusable(f"'{where['instruction']}' is empty: no prompt")
    if answer is None:
        raise Unusable(f"'{where['output']}' is empty: no answer")
    asked = "\n\n".join(part for part in (prompt, context) if part is not None)
    return [{"role": "user", "content": asked}, {"role": "assistant", "content": answer}]


def _preference(row: dict[str, Any], where: dict[str, str]) -> dict[str, Any]:
    """Map a prompt with a chosen and a rejected answer, each a text or a list of turns.

    Lists that hold the prompt already come without a prompt column, or begin with what it says.
    """
    sides = {"messages": where["output"], "rejected": where["rejected"]}
    asked: Messages = []
    if where["instruction"] in row or any(isinstance(row.get(c), str) for c in sides.values()):
        asked = _said(row, where["instruction"], "user")
    said = {side: _said(row, column, "assistant") for side, column in sides.items()}
    return {
        side: turns if turns[: len(asked)] == asked else asked + turns
        for side, turns in said.items()
    }


def _said(row: dict[str, Any], column: str, role: str) -> Messages:
    if isinstance(_column(row, column), list):
        return turns(row[column], column)
    text = optional(row, column)
    if text is None:
        raise Unusable(f"'{column}' is empty")
    return [{"role": role, "content": text}]


def turns(found: Any, column: str) -> Messages:
    """Map a list of turns in any of the three spellings: role/content, from/value, speaker/text.

    Speakers that are not known roles are told apart by who speaks first: user, then assistant.
    A system turn without text says nothing and is left out; any other empty turn is unusable.
    """
    if not isinstance(found, list) or not found:
        raise Unusable(f"'{column}' is {_type(found)}, wanted a list of turns")
    messages: Messages = []
    strangers: list[str] = []
    for turn in found:
        if not isinstance(turn, dict):
            raise Unusable(f"'{column}' holds {_type(turn)}, wanted turns")
        who = next((turn[k] for k in ("role", "from", "speaker", "name") if k in turn), None)
        said = next((turn[k] for k in ("content", "value", "text") if k in turn), None)
        if not isinstance(who, str) or not isinstance(said, str):
            raise Unusable(f"a turn of '{column}' lacks speaker or text")
        if who not in ROLES and who not in strangers:
            strangers.append(who)
        if len(strangers) > 2:
            raise Unusable(f"'{column}' has more than two speakers")
        role = ROLES.get(who) or ("user" if strangers.index(who) == 0 else "assistant")
        if said:
            messages.append({"role": role, "content": said})
        elif role != "system":
            raise Unusable(f"'{column}' has an empty turn")
    if not messages:
        raise Unusable(f"'{column}' has no turn with text")
    return messages


def string(row: dict[str, Any], column: str) -> str:
    """Text of a column that must hold one."""
    value = _column(row, column)
    if not isinstance(value, str):
        raise Unusable(f"'{column}' is {_type(value)}, wanted text")
    return value


def optional(row: dict[str, Any], column: str) -> str | None:
    """Text of a column that may be null or empty; anything but text is unusable."""
    value = _column(row, column)
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise Unusable(f"'{column}' is {_type(value)}, wanted text")
    return value


def _column(row: dict[str, Any], column: str) -> Any:
    if column not in row:
        there = ", ".join(map(str, row))
        raise NoColumn(f"no column '{column}' (there are: {there})")
    return row[column]


def _type(value: Any) -> str:
    if value == []:
        return "an empty list"
    return "null" if value is None else type(value).__name__
