"""Unicode form and white space: what changes, what stays, and that twice is once."""

from __future__ import annotations

import unicodedata

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmx_data.normalize import Normalizer
from llmx_data.normalize.unicode import LOOSE, Unicode
from llmx_data.normalize.whitespace import Whitespace

NFC = [
    ("東京。", "東京。"),
    ("ハ\u309aン", "パン"),
    ("か\u200b\u3099", "が"),
    ("ﾊﾟﾝ", "ﾊﾟﾝ"),
    ("Ａ①㌔", "Ａ①㌔"),
    ("神\ufa19", "神神"),
    ("👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"),
    ("葛\U000e0100飾", "葛\U000e0100飾"),
    ("\ufeff表\x07題\x1b[0m\u202e", "表題[0m"),
    ("一\t二\n三\r\n\x0c\x85", "一\t二\n三\r\n\x0c\x85"),
    ("バッハ ハッパ", "バッハ ハッパ"),
    ("", ""),
    (None, None),
]
NFKC = [("ﾊﾟﾝ", "パン"), ("Ａ①㌔", "A1キロ"), ("\u200bＡ", "A"), (None, None)]
BLANKS = [
    ("一\r\n二\r三\x85四\u2028五", "一\n二\n三\n四\n五"),
    ("一 \t\n二\u3000\n三\xa0\n", "一\n二\n三"),
    ("一\n\n\n\n二", "一\n\n二"),
    ("  \n\u3000\n　字下げ\n    code", "　字下げ\n    code"),
    ("末尾 \n\n", "末尾"),
    ("文中　の 空白", "文中　の 空白"),
    (" \n ", ""),
    ("", ""),
    (None, None),
]


def check(part: Normalizer, table: list[tuple[str | None, str | None]]) -> None:
    before = pl.Series([row[0] for row in table], dtype=pl.String)
    assert part.apply(before).to_list() == [row[1] for row in table]
    for text, wanted in table:
        assert part.apply(pl.Series([text], dtype=pl.String)).to_list() == [wanted]


def test_nfc() -> None:
    check(Unicode(), NFC)


def test_nfkc() -> None:
    check(Unicode(form="nfkc"), NFKC)


def test_whitespace() -> None:
    check(Whitespace(), BLANKS)
    assert Whitespace(max_blank_lines=0).apply(pl.Series(["一\n\n二"])).to_list() == ["一\n二"]


def test_adaptation() -> None:
    assert Unicode().adaptation() == "technical"
    assert Unicode(form="nfkc").adaptation() == "normalized"
    assert Whitespace().adaptation() == "technical"


def test_the_look_ahead_sees_every_character_that_nfc_may_change() -> None:
    """Changed alone, reordered, or joined to the one before: each is in the class."""
    every = [chr(c) for c in range(0x110000) if not 0xD800 <= c < 0xE000]
    parts = [unicodedata.normalize("NFD", c) for c in every]
    seconds = {c for whole in parts for c in whole[1:]}
    needed = [
        c
        for c in every
        if c in seconds or unicodedata.normalize("NFC", c) != c or unicodedata.combining(c)
    ]
    assert len(needed) > 2_000
    hit = pl.Series(needed).str.contains(f"[{LOOSE}]")
    assert pl.Series(needed).filter(~hit).to_list() == []


TEXTS = st.text(
    st.one_of(
        st.characters(exclude_categories=["Cs"]),
        st.sampled_from("かハ\u3099\u309a \t\n\r\u3000\xa0\x85\u2028\u200b\ufeff\u0301e\x0c"),
    ),
    max_size=30,
)


@pytest.mark.parametrize("form", ["nfc", "nfkc"])
@settings(deadline=None)
@given(texts=st.lists(TEXTS, max_size=5))
def test_twice_is_once(form: str, texts: list[str]) -> None:
    parts: list[Normalizer] = [Unicode.model_validate({"form": form}), Whitespace()]

    def apply(series: pl.Series) -> pl.Series:
        for part in parts:
            series = part.apply(series)
        return series

    once = apply(pl.Series(texts, dtype=pl.String))
    assert apply(once).to_list() == once.to_list()
    for part in parts:
        alone = part.apply(pl.Series(texts, dtype=pl.String))
        assert part.apply(alone).to_list() == alone.to_list()


REMOVED = dict.fromkeys(
    [
        *range(0x9),
        0xB,
        *range(0xE, 0x20),
        *range(0x7F, 0x85),
        *range(0x86, 0xA0),
        0x200B,
        0x200E,
        0x200F,
        *range(0x202A, 0x202F),
        0x2060,
        0xFEFF,
    ]
)


@settings(deadline=None)
@given(texts=st.lists(TEXTS, max_size=5))
def test_nfc_agrees_with_the_standard_library(texts: list[str]) -> None:
    wanted = [unicodedata.normalize("NFC", text.translate(REMOVED)) for text in texts]
    known = [all(unicodedata.category(c) != "Cn" for c in text) for text in texts]
    found = Unicode().apply(pl.Series(texts, dtype=pl.String)).to_list()
    assert [f for f, k in zip(found, known, strict=True) if k] == [
        w for w, k in zip(wanted, known, strict=True) if k
    ]
