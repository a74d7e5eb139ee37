"""Character classes, against one regular expression per class."""

import sys

import pytest
from hypothesis import given

from llmx_data.kernels.chars import CLASSES, class_table, count_classes, simplified_only
from llmx_data.kernels.text import decode
from tests.kernels import twins


def check(texts: list[str | None] | tuple[str, ...]) -> None:
    counts = count_classes(decode(twins.series(texts)))
    assert counts.shape == (len(texts), len(CLASSES))
    for text, row in zip(texts, counts.tolist(), strict=True):
        expected = twins.Counter(twins.char_class(char) for char in text or "")
        assert dict(zip(CLASSES, row, strict=True)) == {c: expected[c] for c in CLASSES}


@pytest.mark.parametrize(
    ("chars", "name"),
    [
        ("ぁあゖ", "hiragana"),
        ("ァアヺ", "katakana"),
        ("ーゝヾﾊﾟ", "kana_mark"),
        ("々〇〻㐀一龥\uf900\ufaff", "kanji"),
        ("这们说", "kanji_simplified"),
        ("\U00020000𠮟\U0002ffff", "kanji_astral"),
        ("。．！？", "kuten"),
        ("、，", "toten"),
        ("AzＡｚéÿ", "latin"),
        ("각яαก", "letter"),
        ("09０９", "digit"),
        ("!?・…「😀$", "symbol"),
        (" \t\r\u3000\xa0\u2028", "space"),
        ("\n", "newline"),
        ("\0\u200b\ufe0f\U00030000\ue000", "other"),
    ],
)
def test_classes(chars: str, name: str) -> None:
    (row,) = count_classes(decode(twins.series([chars]))).tolist()
    assert dict(zip(CLASSES, row, strict=True))[name] == len(chars) == sum(row)


def test_every_code_point_of_two_planes_and_some_of_the_others() -> None:
    codes = [*range(0xD800), *range(0xE000, 0x20000), *range(0x20000, sys.maxunicode + 1, 99)]
    table = class_table()
    wrong = [hex(c) for c in codes if CLASSES[table[c]] != twins.char_class(chr(c))]
    assert (wrong, len(table)) == ([], sys.maxunicode + 1)


def test_edge_texts() -> None:
    check(twins.EDGE_TEXTS)


@given(twins.TEXTS)
def test_generated_texts(texts: list[str | None]) -> None:
    check(texts)


def test_shared_documents() -> None:
    check(twins.shared_documents()[::5])


def test_simplified_characters() -> None:
    assert len(simplified_only()) == 2278
    assert {"这", "说", "们"} <= simplified_only()
    assert not simplified_only() & set("国学会東這們丈")
