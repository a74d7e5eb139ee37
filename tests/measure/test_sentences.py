"""Sentences: values that can be counted by hand."""

import pytest

from llmx_data.measure import Texts
from llmx_data.measure.sentences import Sentences
from tests.kernels import twins


@pytest.mark.parametrize(
    ("text", "column", "expected"),
    [
        ("晴れ。大雨。晴れ。", "sentences_count", 3),
        ("晴れ。大雨。晴れ。", "sentence_mean_chars", 3.0),
        ("晴れ。大雨だ。晴れ。", "sentence_max_chars", 4),
        ("晴れ。大雨。晴れ。", "duplicate_sentences_share", 1 / 3),
        ("晴れ。大雨だ。晴れ。", "duplicate_sentences_chars_share", 3 / 10),
        ("続く…\n終わり。", "ellipsis_sentences_share", 1 / 2),
        ("バッハ。ハッパ。", "duplicate_sentences_share", 0.0),
        ("本当？！", "sentence_max_chars", 3),
        ("😀", "sentences_count", 1),
        ("。！", "sentences_count", 0),
        ("。！", "sentence_mean_chars", None),
        ("", "sentences_count", 0),
        ("", "sentence_max_chars", None),
        (None, "ellipsis_sentences_share", None),
    ],
)
def test_values(text: str | None, column: str, expected: float | None) -> None:
    found = Sentences().measure(Texts(twins.series(["別の文。", text])))[column].to_list()
    assert found[1] == (expected if expected is None else pytest.approx(expected))
