"""Distinct n-grams, the nearest neighbour against a slow twin, and compression."""

from __future__ import annotations

import random

import polars as pl
import pytest

from llmx_data.kernels.diversity import EDGE, compressed_share, distinct, nearest
from llmx_data.kernels.text import decode


@pytest.mark.parametrize(
    ("texts", "units", "wanted"),
    [
        (["ああああ"], 100, [1 / 4, 1 / 3, 1 / 2]),
        (["あいうえ"], 100, [1.0, 1.0, 1.0]),
        (["あい", "あい"], 100, [2 / 4, 1 / 2, 0.0]),
        (["あいうえ", "かきくけ"], 4, [1.0, 1.0, 1.0]),
        (["ああ", "かき"], 3, [2 / 3, 1.0, 0.0]),
        ([], 100, [0.0, 0.0, 0.0]),
    ],
)
def test_distinct_reads_so_many_units(texts: list[str], units: int, wanted: list[float]) -> None:
    assert distinct(texts, orders=(1, 2, 3), units=units) == pytest.approx(wanted)


def common(a: str, b: str) -> int:
    """Longest common subsequence by the book."""
    row = [0] * (len(b) + 1)
    for x in a:
        corner = 0
        for j, y in enumerate(b, 1):
            corner, row[j] = row[j], corner + 1 if x == y else max(row[j], row[j - 1])
    return row[-1]


def rouge_l(a: str, b: str) -> float:
    a, b = (t if len(t) <= 2 * EDGE else t[:EDGE] + t[-EDGE:] for t in (a, b))
    return 2 * common(a, b) / (len(a) + len(b)) if a and b else 0.0


def test_nearest_agrees_with_its_twin() -> None:
    rng = random.Random(7)
    sizes = [0, 1, 5, 63, 64, 65, 127, 128, 129, 191, 192, 193, 300]
    letters = ["あい", "あいうえおかきくけこ", "漢字と仮名𠮷の文章"]
    texts = ["".join(rng.choice(some) for _ in range(size)) for some in letters for size in sizes]
    slow = [max(rouge_l(a, b) for j, b in enumerate(texts) if j != i) for i, a in enumerate(texts)]
    assert nearest(decode(pl.Series(texts))).tolist() == pytest.approx(slow)


@pytest.mark.parametrize(
    ("texts", "wanted"),
    [
        ([], []),
        (["ひとりだけ"], [0.0]),
        (["同じ", "同じ", "別"], [1.0, 1.0, 0.0]),
        (["", "あ"], [0.0, 0.0]),
        (["あいうえ", "あいうお"], [0.75, 0.75]),
    ],
)
def test_nearest_of_few(texts: list[str], wanted: list[float]) -> None:
    assert nearest(decode(pl.Series(texts, dtype=pl.String))).tolist() == wanted


def test_repetition_compresses() -> None:
    rng = random.Random(1)
    mixed = ["".join(chr(rng.randrange(0x4E00, 0x9000)) for _ in range(50)) for _ in range(40)]
    same = compressed_share(mixed[:1] * 40)
    other = compressed_share(mixed)
    assert same is not None
    assert other is not None
    assert same < 0.1 < 0.5 < other
    assert compressed_share([]) is None
