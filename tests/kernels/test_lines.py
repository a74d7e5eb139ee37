"""Lines and sentences, against regular expressions and Counter."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmx_data.kernels import lines as kernel
from llmx_data.kernels.lines import LINES, SENTENCES, line_counts, sentence_counts
from llmx_data.kernels.text import decode
from tests.kernels import twins


def check(texts: list[str | None] | tuple[str, ...]) -> None:
    points = decode(twins.series(texts))
    by_line = line_counts(points, short=10).tolist()
    by_sentence = sentence_counts(points).tolist()
    for text, of_lines, of_sentences in zip(texts, by_line, by_sentence, strict=True):
        assert dict(zip(LINES, of_lines, strict=True)) == twins.lines(text)
        assert dict(zip(SENTENCES, of_sentences, strict=True)) == twins.sentences(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("晴れ。雨。晴れ。", {"sentences": 3, "duplicates": 1, "duplicate_chars": 3, "longest": 3}),
        ("すごい！！！", {"sentences": 1, "chars": 4}),
        ("！？。", {"sentences": 0, "chars": 0}),
        ("続く…\nまだ・ \n…。", {"sentences": 3, "ellipsis": 2}),
        ("終わり", {"sentences": 1, "chars": 3}),
    ],
)
def test_sentences_by_hand(text: str, expected: dict[str, int]) -> None:
    (row,) = sentence_counts(decode(twins.series([text]))).tolist()
    got = dict(zip(SENTENCES, row, strict=True))
    assert {name: got[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("晴れ\n雨\n晴れ", {"lines": 3, "duplicates": 1, "duplicate_chars": 2, "blank": 0}),
        ("a\n\n\n\nb", {"lines": 5, "blank": 3, "duplicates": 2, "blank_duplicates": 2}),
        ("はい！\nはい！！", {"duplicates": 1, "duplicate_chars": 3}),
        ("・項目\n続く...\n本文は。", {"bullets": 1, "ellipsis": 1, "punctuated": 2, "short": 3}),
        ("\u3000\n あ \u3000", {"blank": 1, "short": 1, "longest": 4}),
        ("", {"lines": 1, "blank": 1, "duplicates": 0}),
    ],
)
def test_lines_by_hand(text: str, expected: dict[str, int]) -> None:
    (row,) = line_counts(decode(twins.series([text])), short=10).tolist()
    got = dict(zip(LINES, row, strict=True))
    assert {name: got[name] for name in expected} == expected


def test_short_is_an_option() -> None:
    points = decode(twins.series(["あ\nあい\nあいう"]))
    column = LINES.index("short")
    assert [int(line_counts(points, short=n)[0, column]) for n in (0, 1, 2, 9)] == [0, 1, 2, 3]


def test_edge_texts() -> None:
    check(twins.EDGE_TEXTS)


FEW = st.text(st.sampled_from("あい。！？!・….\n\n -"), max_size=80)


@settings(max_examples=300)
@given(st.lists(FEW | twins.TEXT | st.none(), max_size=8))
def test_generated_texts(texts: list[str | None]) -> None:
    check(texts)


def test_shared_documents() -> None:
    check(twins.shared_documents())


def test_a_hash_hit_is_compared() -> None:
    points = decode(twins.series(["あい\nあう！！\nあう！"]))
    spans = np.array([[0, 2, 7, 2], [3, 7, 7, 3], [8, 11, 7, 3]], np.int64)
    slots = np.zeros((8, 2), np.int64)
    seen = [kernel._seen(points.points, kernel._marks(), spans, k, 8, 1, slots) for k in range(3)]
    assert seen == [False, False, True]
