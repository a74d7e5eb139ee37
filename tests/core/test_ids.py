"""Ids: pinned, so that a release cannot change them unseen; blind to order, alive to content."""

from __future__ import annotations

import pytest

from llmx_data.core.ids import record_id

FIELDS: dict[str, object] = {"text": "東京の図書館。", "title": "図書館"}


def test_an_id_is_what_it_was_in_every_release() -> None:
    assert record_id("wiki", "a.jsonl#1", FIELDS) == "67f02a50927fbcdfa170ede881c2536c"
    assert record_id("", "", {}) == "9535f16015a26655ad5369f4e3eade71"


def test_order_of_fields_and_nulls_do_not_matter() -> None:
    turned: dict[str, object] = {"url": None, "title": "図書館", "text": "東京の図書館。"}
    assert record_id("wiki", "1", turned) == record_id("wiki", "1", FIELDS)


DIFFERENT: list[tuple[str, str, dict[str, object]]] = [
    ("wiki2", "1", FIELDS),
    ("wiki", "2", FIELDS),
    ("wiki", "1", FIELDS | {"text": "東京の図書館"}),
    ("wiki", "1", FIELDS | {"title": ""}),
    ("wiki", "1", {"text": FIELDS["title"], "title": FIELDS["text"]}),
    ("wiki1", "", FIELDS),
    ("wiki", "1", FIELDS | {"text": "東京の図書館。".replace("書", "書\u3099")}),
]


@pytest.mark.parametrize(("source", "key", "fields"), DIFFERENT)
def test_whatever_differs_makes_another_id(
    source: str, key: str, fields: dict[str, object]
) -> None:
    assert record_id(source, key, fields) != record_id("wiki", "1", FIELDS)


def test_lists_keep_their_order() -> None:
    turns = [{"role": "user", "content": "あ"}, {"role": "assistant", "content": "い"}]
    there, back = ({"messages": m} for m in (turns, turns[::-1]))
    assert record_id("s", "1", {**there}) != record_id("s", "1", {**back})
    swapped: dict[str, object] = {"messages": [dict(reversed(t.items())) for t in turns]}
    assert record_id("s", "1", swapped) == record_id("s", "1", {**there})
