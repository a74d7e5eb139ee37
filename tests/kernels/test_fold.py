"""Folding by table, against unicodedata."""

import sys
import unicodedata

import numpy as np
import pytest
from hypothesis import given, settings

from llmx_data.kernels.fold import fold
from llmx_data.kernels.text import decode, to_strings
from tests.kernels import twins


def folded(texts: list[str | None] | tuple[str, ...]) -> list[str]:
    column = twins.series(texts)
    result: list[str] = to_strings(fold(column, decode(column))).to_list()
    return result


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("Ｌｌｍｘ　ｖ１．０", "Llmxv1.0"),
        ("ﾊﾞｯﾊ", "バッハ"),
        ("ﾊｯﾊﾟ", "ハッパ"),
        ("バッハ", "バッハ"),
        ("ハッパ", "ハッパ"),
        ("か\u3099", "が"),
        ("㌔①㍻", "キロ1平成"),
        ("\u1100\u1161\u11a8", "각"),
        ("a \t\n\u3000\u00a0\u2028\x1cb", "ab"),
        ("零\u200b幅", "零\u200b幅"),
        ("\u00a8", "\u0308"),
        ("\uf900", "\u8c48"),
        ("😀", "😀"),
        ("Ａa", "Aa"),
    ],
)
def test_known_forms(text: str, form: str) -> None:
    assert folded([text]) == [form]


def test_white_space_may_be_kept() -> None:
    texts = [*twins.EDGE_TEXTS, "a \t\u3000b\u00a0¨ﾊﾞ", "㌔ ①\u2028"]
    column = twins.series(texts)
    kept = to_strings(fold(column, decode(column), blanks=True)).to_list()
    assert kept == [unicodedata.normalize("NFKC", text or "") for text in texts]


def test_edge_texts() -> None:
    assert folded(twins.EDGE_TEXTS) == [*map(twins.fold, twins.EDGE_TEXTS)]


@settings(max_examples=300)
@given(twins.TEXTS)
def test_generated_texts(texts: list[str | None]) -> None:
    assert folded(texts) == [*map(twins.fold, texts)]


def test_shared_documents() -> None:
    texts = twins.shared_documents()
    assert folded(texts) == [*map(twins.fold, texts)]


def test_every_code_point_alone_and_between_letters() -> None:
    chars = [chr(c) for c in range(sys.maxunicode + 1) if not 0xD800 <= c < 0xE000]
    assert folded(chars) == [*map(twins.fold, chars)]
    between = [f"か{char}a" for char in chars[:0x30000]]
    assert folded(between) == [*map(twins.fold, between)]


def test_expansions_larger_than_the_first_buffer() -> None:
    texts = ["あ", "\ufdfa" * 500, "い", "\ufdfa" * 3000, None, "う\u3099", "㌔" * 100]
    assert folded(texts) == [*map(twins.fold, texts)]


def test_slow_texts_stand_in_their_places() -> None:
    texts = ["か\u3099", "速い", "", "は\u309a", "は\u309a", None, "速 い", "e\u0301"]
    assert folded(texts) == ["が", "速い", "", "ぱ", "ぱ", "", "速い", "é"]


def test_input_is_not_written_to() -> None:
    column = twins.series(["Ａ\u3000Ｂ", "か\u3099"])
    points = decode(column)
    before = points.points.copy()
    fold(column, points)
    assert np.array_equal(points.points, before)
    assert unicodedata.is_normalized("NFKC", folded(["Ａ か\u3099"])[0])
