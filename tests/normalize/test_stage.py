"""The stage: which fields are rewritten, what the text becomes, which state a change leaves."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from llmx_data.core.tables import RECORDS, check
from llmx_data.normalize import Normalizer
from llmx_data.normalize.punctuation import Punctuation
from llmx_data.normalize.stage import normalize
from llmx_data.normalize.unicode import Unicode
from llmx_data.normalize.whitespace import Whitespace

BASE: dict[str, Any] = {
    "source": "s",
    "kind": "document",
    "license_declared": "MIT",
    "license_basis": "recipe",
    "accepted_by": "self",
    "adaptation": "verbatim",
    "terms": [],
    "parents": [],
}


def frame(*rows: dict[str, Any]) -> pl.DataFrame:
    full = [
        dict.fromkeys(RECORDS) | BASE | {"id": str(n), "source_key": str(n)} | row
        for n, row in enumerate(rows)
    ]
    return pl.DataFrame(full, schema=RECORDS)


def turns(*contents: str) -> list[dict[str, str]]:
    roles = ("user", "assistant") * 9
    return [{"role": r, "content": c} for r, c in zip(roles, contents, strict=False)]


PLAIN: list[Normalizer] = [Unicode(), Whitespace()]
STATES: list[tuple[str, str, list[Normalizer], str]] = [
    ("変わらない。", "verbatim", PLAIN, "verbatim"),
    ("末尾 \n", "verbatim", PLAIN, "technical"),
    ("Ａ", "verbatim", [Unicode(form="nfkc")], "normalized"),
    ("Ａ \n", "verbatim", [Unicode(form="nfkc"), Whitespace()], "normalized"),
    ("ああ，いい．", "technical", [Punctuation()], "normalized"),
    ("末尾 \n", "normalized", PLAIN, "normalized"),
    ("末尾 \n", "translated", PLAIN, "translated"),
    ("Ａ", "generated", [Unicode(form="nfkc")], "generated"),
]


@pytest.mark.parametrize(("text", "before", "parts", "after"), STATES)
def test_state(text: str, before: str, parts: list[Normalizer], after: str) -> None:
    found = normalize(frame({"text": text, "adaptation": before}, {"text": "静か"}), parts)
    assert found["adaptation"].to_list() == [after, "verbatim"]


def test_text_follows_the_messages() -> None:
    table = frame(
        {"messages": turns("問 \n", "答\r\n二"), "kind": "instruction"},
        {"messages": turns("清い", "答"), "kind": "instruction"},
        {"text": "文 \n"},
        {"messages": turns("問", "良"), "rejected": turns("問", "否 \n"), "kind": "preference"},
    )
    found = check(normalize(table, PLAIN), "records", "test")
    assert found["text"].to_list() == ["問\n\n答\n二", "清い\n\n答", "文", "問\n\n良"]
    assert found["messages"].to_list()[0] == turns("問", "答\n二")
    assert found["messages"].to_list()[2] is None
    assert found["rejected"].to_list() == [None, None, None, turns("問", "否")]
    states = ["technical", "verbatim", "technical", "technical"]
    assert found["adaptation"].to_list() == states


def test_titles_are_rewritten_too() -> None:
    found = normalize(frame({"text": "文", "title": "題\u200b "}), PLAIN)
    assert found["title"].item() == "題"


def test_no_normalizers_and_no_rows() -> None:
    table = frame({"text": "文 "}, {"messages": turns("問 ", "答")})
    assert normalize(table, [])["text"].to_list() == ["文 ", "問 \n\n答"]
    assert normalize(frame().clear(), PLAIN).height == 0
