"""Characters by class: shares that can be counted by hand."""

import pytest

from llmx_data.measure import Texts
from llmx_data.measure.chars import Chars
from tests.kernels import twins


@pytest.mark.parametrize(
    ("text", "column", "expected"),
    [
        ("東京は、晴れ。", "chars_count", 7),
        ("東京は、晴れ。", "japanese_count", 7),
        ("東京は、晴れ。", "hiragana_share", 2 / 7),
        ("東京は、晴れ。", "kanji_share", 3 / 7),
        ("東京は、晴れ。", "kuten_share", 1 / 7),
        ("東京は、晴れ。", "toten_share", 1 / 7),
        ("ラーメン", "katakana_share", 1.0),
        ("ラーメン", "japanese_count", 3),
        ("ラーメン", "kana_share", 1.0),
        ("ｶﾞｷﾞ", "kana_share", 1.0),
        ("ｶﾞｷﾞ", "japanese_share", 0.0),
        ("バッハ", "katakana_count", 3),
        ("ハッパ", "katakana_count", 3),
        ("A1あ！ \n", "space_share", 2 / 6),
        ("A1あ！ \n", "latin_share", 1 / 4),
        ("A1あ！ \n", "digit_share", 1 / 4),
        ("A1あ、! \n", "symbol_chars_share", 1 / 5),
        ("A1あ！ \n", "japanese_share", 2 / 6),
        ("𠮟る", "kanji_count", 1),
        ("这", "kanji_count", 1),
        ("😀", "chars_count", 1),
        ("😀", "hiragana_share", None),
        ("😀", "symbol_chars_share", 1.0),
        (" \u3000", "kana_share", None),
        (" \u3000", "space_share", 1.0),
        ("", "chars_count", 0),
        ("", "space_share", None),
        (None, "japanese_count", 0),
        (None, "japanese_share", None),
    ],
)
def test_values(text: str | None, column: str, expected: float | None) -> None:
    found = Chars().measure(Texts(twins.series(["別の文。", text])))[column].to_list()
    assert found[1] == (expected if expected is None else pytest.approx(expected))
