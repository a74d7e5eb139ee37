"""Edits of the mask: fields, spans in code points, replacements."""

from __future__ import annotations

import polars as pl
import pytest

from llmx_data.core.tables import MESSAGES
from llmx_data.pii.mask import LABELS, SPANS, Mask


def records(text: str | None, *contents: str, rejected: tuple[str, ...] = ()) -> pl.DataFrame:
    messages = [{"role": "user", "content": c} for c in contents] or None
    refused = [{"role": "assistant", "content": c} for c in rejected] or None
    schema = {"text": pl.String, "messages": MESSAGES, "rejected": MESSAGES}
    joined = "\n\n".join(contents) if contents else text
    return pl.DataFrame(
        {"text": [joined], "messages": [messages], "rejected": [refused]}, schema=schema
    )


def applied(text: str, edits: pl.DataFrame) -> str:
    for start, end, new in edits.select("start", "end", "replacement").rows()[::-1]:
        text = text[:start] + new + text[end:]
    return text


@pytest.mark.parametrize(
    ("options", "published"),
    [
        ({}, "😀電話は〈電話番号〉、メールは〈メールアドレス〉、〒100-0001"),
        ({"replacement": "nothing"}, "😀電話は、メールは、〒100-0001"),
        ({"replacement": "stars"}, f"😀電話は{'＊' * 12}、メールは{'＊' * 6}、〒100-0001"),
        ({"what": ["postal_code"]}, "😀電話は03-1234-5678、メールはa@b.jp、〈郵便番号〉"),
    ],
)
def test_documents(options: dict[str, object], published: str) -> None:
    text = "😀電話は03-1234-5678、メールはa@b.jp、〒100-0001"
    edits = Mask.model_validate(options).edits(records(text))
    assert edits.schema == pl.Schema(SPANS)
    assert set(edits["field"]) == {"text"}
    assert applied(text, edits) == published


def test_messages_are_edited_and_not_the_text_derived_from_them() -> None:
    batch = pl.concat(
        [
            records("何もない"),
            records(None, "番号は？", "03-1234-5678です", rejected=("a@b.jpです",)),
        ]
    )
    edits = Mask().edits(batch)
    assert edits.select("row", "field", "start", "end").rows() == [
        (1, "messages.1", 0, 12),
        (1, "rejected.0", 0, 6),
    ]


def test_nothing_found_is_an_empty_frame() -> None:
    assert Mask().edits(records("図書館")).rows() == []
    assert Mask().edits(records("").clear()).schema == pl.Schema(SPANS)


def test_every_kind_has_a_label() -> None:
    from llmx_data.kernels.pii import KINDS

    assert set(LABELS) == set(KINDS)
