"""Forms to messages: which column is the prompt, who speaks, what is unusable."""

from __future__ import annotations

from typing import Any

import pytest

from llmx_data.ingest import NoColumn, Unusable
from llmx_data.ingest.chat import ROLES, Form, kind_of, layout, to_fields

Row = dict[str, Any]


def said(row: Row, form: Form, **columns: str) -> list[tuple[str, str]]:
    fields = to_fields(row, layout(form, columns, None))
    return [(turn["role"], turn["content"]) for turn in fields["messages"]]


QA = [("user", "問"), ("assistant", "答")]
MAPPED: list[tuple[Form, Row, dict[str, str], list[tuple[str, str]]]] = [
    ("alpaca", {"instruction": "問", "input": "", "output": "答"}, {}, QA),
    ("alpaca", {"instruction": "問", "input": None, "output": "答"}, {}, QA),
    ("alpaca", {"instruction": "問", "output": "答"}, {}, QA),
    ("alpaca", {"instruction": None, "input": "問", "output": "答"}, {}, QA),
    (
        "alpaca",
        {"instruction": "問", "input": "文脈", "output": "答"},
        {},
        [("user", "問\n\n文脈"), ("assistant", "答")],
    ),
    ("alpaca", {"text": "問", "output": "答"}, {"instruction": "text"}, QA),
    ("elyza", {"input": "問", "output": "答", "eval_aspect": "x"}, {}, QA),
    (
        "elyza",
        {"input_text": "問", "output_text": "答"},
        {"instruction": "input_text", "output": "output_text"},
        QA,
    ),
    (
        "openai",
        {"messages": [{"role": "user", "content": "問"}, {"role": "assistant", "content": "答"}]},
        {},
        QA,
    ),
    (
        "openai",
        {
            "messages": [
                {"role": "system", "content": ""},
                {"role": "user", "content": "問"},
                {"role": "assistant", "content": "答"},
            ]
        },
        {},
        QA,
    ),
    (
        "sharegpt",
        {"conversations": [{"from": "human", "value": "問"}, {"from": "gpt", "value": "答"}]},
        {},
        QA,
    ),
    (
        "utterances",
        {"utterances": [{"name": "user", "text": "問"}, {"name": "agent", "text": "答"}]},
        {},
        QA,
    ),
    (
        "utterances",
        {
            "utterances": [
                {"speaker": "GJ", "text": "問"},
                {"speaker": "ED", "text": "答"},
                {"speaker": "GJ", "text": "又"},
            ]
        },
        {},
        [*QA, ("user", "又")],
    ),
    (
        "utterances",
        {"turns": [{"speaker": "A", "text": "問"}, {"speaker": "B", "text": "答"}]},
        {"messages": "turns"},
        QA,
    ),
]


@pytest.mark.parametrize(("form", "row", "columns", "wanted"), MAPPED)
def test_mapped(
    form: Form, row: Row, columns: dict[str, str], wanted: list[tuple[str, str]]
) -> None:
    assert said(row, form, **columns) == wanted


UNUSABLE: list[tuple[Form, Row, str]] = [
    ("alpaca", {"instruction": "", "input": "", "output": "答"}, "'instruction' is empty"),
    ("alpaca", {"instruction": "問", "output": None}, "'output' is empty: no answer"),
    ("alpaca", {"instruction": ["問"], "output": "答"}, "'instruction' is list, wanted text"),
    ("openai", {"messages": []}, "'messages' is an empty list"),
    ("openai", {"messages": "text"}, "'messages' is str, wanted a list"),
    ("openai", {"messages": ["text"]}, "'messages' holds str, wanted turns"),
    ("openai", {"messages": [{"role": "user"}]}, "lacks speaker or text"),
    ("openai", {"messages": [{"role": "assistant", "content": None}]}, "lacks speaker or text"),
    ("openai", {"messages": [{"role": "user", "content": ""}]}, "has an empty turn"),
    ("openai", {"messages": [{"role": "system", "content": ""}]}, "has no turn with text"),
    (
        "utterances",
        {"utterances": [{"speaker": s, "text": "x"} for s in ("P", "Q", "R")]},
        "more than two speakers",
    ),
    ("preference", {"prompt": "問", "chosen": "", "rejected": "否"}, "'chosen' is empty"),
]


@pytest.mark.parametrize(("form", "row", "why"), UNUSABLE)
def test_unusable(form: Form, row: Row, why: str) -> None:
    with pytest.raises(Unusable, match=why):
        said(row, form)


@pytest.mark.parametrize("form", ["alpaca", "elyza", "openai", "document", "preference"])
def test_no_column(form: Form) -> None:
    with pytest.raises(NoColumn, match=r"\(there are: body\)"):
        to_fields({"body": "x"}, layout(form, {}, None))


def test_a_declared_input_must_be_there() -> None:
    with pytest.raises(NoColumn, match="no column 'ctx'"):
        said({"instruction": "問", "output": "答"}, "alpaca", input="ctx")


CHOSEN, REJECTED = ({"role": "assistant", "content": c} for c in ("良", "否"))
ASKED = {"role": "user", "content": "問"}


@pytest.mark.parametrize(
    "row",
    [
        {"prompt": "問", "chosen": "良", "rejected": "否"},
        {"prompt": [ASKED], "chosen": [CHOSEN], "rejected": [REJECTED]},
        {"chosen": [ASKED, CHOSEN], "rejected": [ASKED, REJECTED]},
        {"prompt": "問", "chosen": [ASKED, CHOSEN], "rejected": [ASKED, REJECTED]},
    ],
)
def test_preference(row: Row) -> None:
    fields = to_fields(row, layout("preference", {}, None))
    assert fields == {"messages": [ASKED, CHOSEN], "rejected": [ASKED, REJECTED]}


def test_every_role_is_one_of_four() -> None:
    assert set(ROLES.values()) == {"user", "assistant", "system", "tool"}


KINDS = {
    "document": "document",
    "alpaca": "instruction",
    "elyza": "instruction",
    "openai": "conversation",
    "sharegpt": "conversation",
    "utterances": "conversation",
    "preference": "preference",
}


@pytest.mark.parametrize(("form", "kind"), KINDS.items())
def test_kind(form: Form, kind: str) -> None:
    assert kind_of(form) == kind
