"""Character n-grams, against Counter."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmx_data.kernels import ngrams as kernel
from llmx_data.kernels.ngrams import SIZES, ngram_counts
from llmx_data.kernels.text import decode
from tests.kernels import twins


def check(texts: list[str | None] | tuple[str, ...]) -> None:
    counts = ngram_counts(decode(twins.series(texts)))
    assert counts.shape == (len(texts), 9, 3)
    expected = [[twins.ngrams(text, n) for n in SIZES] for text in texts]
    assert np.array_equal(counts, np.array(expected, np.int64).reshape(counts.shape))


@pytest.mark.parametrize(
    ("text", "n", "expected"),
    [
        ("ああああ", 2, (1, 1, 3)),
        ("ああああ", 4, (1, 0, 1)),
        ("ああああ", 5, (0, 0, 0)),
        ("あいあいう", 2, (3, 1, 2)),
        ("バッハハッパバッハ", 3, (6, 1, 2)),
        ("はい\nはい\n", 3, (3, 1, 2)),
        ("0123456789" * 2, 10, (10, 1, 2)),
    ],
)
def test_by_hand(text: str, n: int, expected: tuple[int, int, int]) -> None:
    counts = ngram_counts(decode(twins.series([text])))
    assert tuple(counts[0, n - SIZES[0]].tolist()) == expected


def test_edge_texts() -> None:
    check(twins.EDGE_TEXTS)


PERIODIC = st.tuples(st.text("あい𠮟", min_size=1, max_size=6), st.integers(1, 30)).map(
    lambda pair: pair[0] * pair[1]
)


@settings(max_examples=300)
@given(st.lists(st.text("あい\n", max_size=80) | PERIODIC | twins.TEXT | st.none(), max_size=6))
def test_generated_texts(texts: list[str | None]) -> None:
    check(texts)


def test_shared_documents() -> None:
    check(twins.shared_documents())


def test_turns_of_the_table_wrap() -> None:
    """The last text meets its own old entries: its turns (one per size) have the same numbers."""
    long = "".join(map(chr, range(0x4E00, 0x4E00 + 300)))
    shorts = ["あい"] * (kernel._TURNS - 1 - len(SIZES))
    counts = ngram_counts(decode(twins.series([long, *shorts, long])))
    assert counts[0].tolist() == counts[-1].tolist() == [[301 - n, 0, 1] for n in SIZES]


def test_a_text_too_long_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel, "LONGEST_TEXT", 5)
    with pytest.raises(ValueError, match="6 characters; at most 5"):
        ngram_counts(decode(twins.series(["いろはにほへ"])))
