"""The loop at the end, against a search through all periods."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmx_data.measure import Texts
from llmx_data.measure.loop import Loop

TABLE = [
    ("はいはいはい", 2, 6),
    ("では、はいはいはい  \n", 2, 6),
    ("東京です。東京です。東京で", 5, 13),
    ("あああ", 1, 3),
    ("ab" * 4 + "a", 2, 9),
    ("そうだ。" + "はい" * 5 + "。", 0, 0),
    ("------------", 0, 0),
    ("一度だけ", 0, 0),
    ("AAB" * 2 + "AAB" * 2, 3, 12),
    ("", 0, 0),
]


@pytest.mark.parametrize(("text", "period", "chars"), TABLE)
def test_loop(text: str, period: int, chars: int) -> None:
    row = Loop().measure(Texts(pl.Series([text]))).row(0, named=True)
    assert (row["loop_period_chars"], row["loop_chars"]) == (period, chars)
    assert row["loop_repeats_count"] == (chars / period if period else 0)
    assert row["loop_share"] == (chars / len(text) if text else None)


def slow(text: str, window: int) -> tuple[int, int]:
    """Longest repetition at the end by trying every period; most characters beyond one copy."""
    end = text.rstrip()[-window:]
    best, found = 0, (0, 0)
    for period in range(1, len(end) // 2 + 1):
        chars = period
        while chars < len(end) and end[-chars - 1] == end[-chars - 1 + period]:
            chars += 1
        letters = any(c.isalnum() for c in end[-period:])
        if letters and chars >= 2 * period and chars - period > best:
            best, found = chars - period, (period, chars)
    return found


@settings(max_examples=300, deadline=None)
@given(st.lists(st.text("あい。- a\n", max_size=40), max_size=5), st.integers(2, 30))
def test_as_the_slow_way(texts: list[str], window: int) -> None:
    frame = Loop(window=window).measure(Texts(pl.Series(texts, dtype=pl.String)))
    pairs = frame.select("loop_period_chars", "loop_chars").rows()
    assert pairs == [slow(text, window) for text in texts]
