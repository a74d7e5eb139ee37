"""Edits: spans of the normalized text and what is published in their place."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from llmx_data.core.edits import apply_edits, spliced
from llmx_data.core.errors import DataError
from llmx_data.core.tables import EDITS, RECORDS, empty

Span = tuple[int, int, str]

SPLICES: list[tuple[str, list[Span], str]] = [
    ("電話は03-1234です", [(3, 10, "〈電話〉")], "電話は〈電話〉です"),
    ("abcdef", [(0, 1, "X"), (5, 6, "Y")], "XbcdeY"),
    ("abcdef", [(0, 6, "")], ""),
    ("abcdef", [(1, 2, ""), (2, 3, "")], "adef"),
    ("abc", [(3, 3, "終")], "abc終"),
    ("𠮟る😀人", [(2, 3, "・")], "𠮟る・人"),
    ("か\u3099ｶﾞ", [(2, 4, "ガ")], "か\u3099ガ"),
    ("", [], ""),
]


def spans(items: list[Span]) -> pl.DataFrame:
    """Frame of spans."""
    columns = {"start": pl.UInt32, "end": pl.UInt32, "replacement": pl.String}
    return pl.DataFrame(items, schema=columns, orient="row")


@pytest.mark.parametrize(("text", "items", "expected"), SPLICES)
def test_spliced(text: str, items: list[Span], expected: str) -> None:
    assert spliced(text, spans(items), "x") == expected


@pytest.mark.parametrize("items", [[(0, 3, "X"), (2, 4, "Y")], [(2, 9, "X")]])
def test_spans_that_overlap_or_leave_the_text(items: list[Span]) -> None:
    with pytest.raises(DataError, match="record x: edits overlap or leave the text at 2"):
        spliced("abcdef", spans(items), "x")


CHAT = [{"role": "user", "content": "私は田中。"}, {"role": "assistant", "content": "田中さん。"}]
ROWS: list[dict[str, Any]] = [
    {"id": "b", "text": "田中と田中", "meta": "m"},
    {"id": "a", "text": "そのまま"},
    {"id": "c", "text": "私は田中。\n\n田中さん。", "messages": CHAT, "rejected": CHAT[1:]},
]
RECORD_TABLE = pl.DataFrame(ROWS, schema=RECORDS)


def edits(*rows: tuple[str, str, int, int]) -> pl.DataFrame:
    """Edits that put ＊ in place of spans."""
    named = [
        {"id": i, "step": "01-pii", "what": "name", "field": f, "start": s, "end": e}
        for i, f, s, e in rows
    ]
    return pl.DataFrame([row | {"replacement": "＊"} for row in named], schema=EDITS)


def test_edits_in_any_order_change_what_they_name_and_nothing_else() -> None:
    wanted = edits(
        ("c", "messages.1", 0, 2),
        ("b", "text", 3, 5),
        ("b", "text", 0, 2),
        ("c", "rejected.0", 0, 2),
        ("c", "messages.0", 2, 4),
    )
    found = apply_edits(RECORD_TABLE, wanted)
    assert found["id"].to_list() == ["b", "a", "c"]
    assert found["text"].to_list() == ["＊と＊", "そのまま", "私は＊。\n\n＊さん。"]
    assert [m["content"] for m in found["messages"][2]] == ["私は＊。", "＊さん。"]
    assert [m["content"] for m in found["rejected"][2]] == ["＊さん。"]
    same = [name for name in RECORDS if name not in ("text", "messages", "rejected")]
    assert found.schema == RECORDS
    assert found.select(same).equals(RECORD_TABLE.select(same))


def test_a_text_may_become_empty() -> None:
    gone = edits(("b", "text", 0, 5)).with_columns(replacement=pl.lit(""))
    assert apply_edits(RECORD_TABLE, gone)["text"][0] == ""


def test_without_edits_records_stay() -> None:
    assert apply_edits(RECORD_TABLE, empty("edits")) is RECORD_TABLE
    assert apply_edits(RECORD_TABLE, edits(("elsewhere", "text", 0, 1))).equals(RECORD_TABLE)


@pytest.mark.parametrize("field", ["title", "messages.2", "messages.x", "messages", "rejected.1"])
def test_an_edit_of_an_unknown_field(field: str) -> None:
    with pytest.raises(DataError, match=f"record c: edit of unknown field '{field}'"):
        apply_edits(RECORD_TABLE, edits(("c", field, 0, 1)))
