"""The door of every table: what is let through, and all that is said of what is not."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from llmx_data.core.errors import DataError
from llmx_data.core.tables import (
    MESSAGES,
    RECORDS,
    TABLES,
    check,
    derived_text,
    empty,
    pair_texts,
    side_text,
)

RECORD: dict[str, Any] = {
    "id": "0" * 32,
    "source": "wiki",
    "source_key": "a.jsonl#1",
    "kind": "document",
    "text": "東京の図書館。",
    "license_declared": "CC0-1.0",
    "license_basis": "recipe",
    "accepted_by": "self",
    "adaptation": "verbatim",
}
TURNS = [
    {"role": "system", "content": "短く。"},
    {"role": "user", "content": "日本の首都は？"},
    {"role": "assistant", "content": "東京。"},
]


def records(**changed: Any) -> pl.DataFrame:
    """One record with some fields changed."""
    return pl.DataFrame([RECORD | changed], schema=RECORDS)


@pytest.mark.parametrize("table", sorted(TABLES))
def test_an_empty_table_passes(table: str) -> None:
    assert check(empty(table), table, "here").schema == TABLES[table]


def test_a_right_record_is_given_back() -> None:
    frame = records()
    assert check(frame, "records", "here") is frame
    chat = records(kind="conversation", messages=TURNS, text="短く。\n\n日本の首都は？\n\n東京。")
    assert check(chat, "records", "here") is chat


def test_every_wrong_column_is_named_at_once() -> None:
    frame = records().drop("title", "url").with_columns(date=pl.lit(7), colour=pl.lit("red"))
    with pytest.raises(DataError) as caught:
        check(frame, "records", "shard-3")
    assert str(caught.value).splitlines() == [
        "shard-3: not a table of records",
        "    column 'title' is missing",
        "    column 'url' is missing",
        "    column 'colour' is not part of records",
        "    column 'date' is Int32, wanted String",
    ]


WRONG = [
    ({"text": None}, "column 'text' holds null"),
    ({"license_declared": None}, "column 'license_declared' holds null"),
    ({"kind": "novel"}, "column 'kind' holds ['novel']"),
    ({"adaptation": "stolen"}, "column 'adaptation' holds ['stolen']"),
    ({"accepted_by": "me"}, "column 'accepted_by' holds ['me']"),
    ({"license_basis": "rumour"}, "column 'license_basis' holds ['rumour']"),
    ({"messages": TURNS}, "column 'text' is not the joined messages in 1 rows"),
]


@pytest.mark.parametrize(("changed", "fault"), WRONG)
def test_wrong_values_of_a_record(changed: dict[str, Any], fault: str) -> None:
    with pytest.raises(DataError) as caught:
        check(records(**changed), "records", "here")
    assert str(caught.value).splitlines()[1:] == ["    " + fault]


def test_all_wrong_values_come_together() -> None:
    with pytest.raises(DataError) as caught:
        check(records(source=None, kind="novel", messages=TURNS), "records", "here")
    assert len(str(caught.value).splitlines()) == 4


SIDES = [
    (TURNS, "all", "全部"),
    (TURNS, "prompt", "短く。\n\n日本の首都は？"),
    (TURNS, "answer", "東京。"),
    (TURNS[:2], "answer", ""),
    (None, "all", "全部"),
    (None, "prompt", None),
    (None, "answer", None),
]


@pytest.mark.parametrize(("messages", "on", "expected"), SIDES)
def test_side_text(messages: list[dict[str, str]] | None, on: str, expected: str | None) -> None:
    schema = pl.Schema({"text": pl.String(), "messages": MESSAGES})
    frame = pl.DataFrame([{"text": "全部", "messages": messages}], schema=schema)
    assert frame.select(side_text(on).alias("t"))["t"].to_list() == [expected]


PAIRS = [
    ("su", None),
    ("sua", ("u2", "a3")),
    ("uaua", ("u3", "a4")),
    ("uauau", ("u3", "a4")),
    ("uuaa", ("u2", "a4")),
    ("utsa", ("u1", "a4")),
    ("au", None),
    ("a", None),
    ("", None),
    (None, None),
]
ROLES = {"s": "system", "u": "user", "a": "assistant", "t": "tool"}


@pytest.mark.parametrize(("roles", "expected"), PAIRS)
def test_a_pair_is_the_last_answer_and_the_user_before_it(
    roles: str | None, expected: tuple[str, str] | None
) -> None:
    turns = roles and [{"role": ROLES[r], "content": f"{r}{i}"} for i, r in enumerate(roles, 1)]
    messages = [] if roles == "" else turns
    frame = pl.DataFrame([{"messages": messages}], schema={"messages": MESSAGES})
    asked, answered = pair_texts()
    assert frame.select(p=asked, a=answered).row(0) == (expected or (None, None))


def test_a_pair_is_no_side() -> None:
    with pytest.raises(AssertionError):
        side_text("pair")


def test_text_follows_messages_and_stays_without() -> None:
    frame = pl.concat([records(messages=TURNS), records(), records(messages=[])])
    assert frame.select(derived_text().alias("t"))["t"].to_list() == [
        "短く。\n\n日本の首都は？\n\n東京。",
        "東京の図書館。",
        "",
    ]
