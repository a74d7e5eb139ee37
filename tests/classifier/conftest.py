"""Two small made-up corpora that differ in their characters."""

from __future__ import annotations

import random

import polars as pl
import pytest

from llmx_data.classifier import Corpus

GOOD = ["東京都では昨日、新しい図書館が開館した。", "法律は公布の日から施行する。", "猫が眠る。"]
BAD = ["激安!!今すぐクリック★送料無料★", "ヤバいwww草生えるｗｗ", "↓↓続きを読む↓↓ランキング参加中"]


def texts(sentences: list[str], seed: int) -> pl.Series:
    rng = random.Random(seed)
    return pl.Series(
        ["".join(rng.choices(sentences, k=rng.randint(2, 8))) + f"第{i}号" for i in range(80)]
    )


@pytest.fixture(scope="session")
def corpora() -> list[Corpus]:
    return [
        Corpus("bunko", "CC0-1.0", True, texts(GOOD, 1)),
        Corpus("board", "CC-BY-SA-4.0", False, texts(BAD, 2)),
    ]
