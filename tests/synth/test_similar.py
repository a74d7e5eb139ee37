"""The pool without neighbours: the same decisions as looking at every text, at a fraction."""

from __future__ import annotations

import random
import time

import pytest
from rapidfuzz.distance import Indel
from rapidfuzz.process import extractOne

from llmx_data.synth.similar import PLAIN, Pool

WORDS = [
    "図書館", "電車", "夏祭り", "の", "を", "が", "は", "に", "説明", "して", "ください", "。", "、",
    "三つ", "例", "挙げ", "短い", "手紙", "書いて", "なぜ", "理由", "教えて", "最近", "料理", "庭",
]  # fmt: skip


def written(count: int, words: int, seed: int = 1) -> list[str]:
    """Texts of a small vocabulary; every third is another one with some words changed."""
    dice, found = random.Random(seed), list[list[str]]()
    for n in range(count):
        one = dice.choices(WORDS, k=words)
        if n % 3 == 2:
            one = list(dice.choice(found))
            for _ in range(dice.randrange(words)):
                one[dice.randrange(words)] = dice.choice(WORDS)
        found.append(one)
    return ["".join(one) for one in found]


def decided(texts: list[str], limit: float) -> list[bool]:
    """Decide by looking at every text that was taken."""
    kept: list[str] = []
    found = []
    for text in texts:
        near = extractOne(text, kept, scorer=Indel.normalized_similarity, score_cutoff=limit)
        found.append(near is None)
        if near is None:
            kept.append(text)
    return found


@pytest.mark.parametrize("words", [5, 20, 60])
@pytest.mark.parametrize("limit", [0.7, 0.9])
def test_the_same_texts_are_taken(words: int, limit: float) -> None:
    texts = written(900, words)
    pool = Pool(limit)
    found = [pool.takes(text) for text in texts]
    assert found == decided(texts, limit)
    assert sum(found[PLAIN:]), "some after the index took over"
    assert not all(found)


def test_how_near_is_what_rapidfuzz_says() -> None:
    seeds = written(PLAIN + 100, 20)
    pool = Pool()
    pool.fill(seeds)
    for text in written(60, 20, seed=2) + seeds[-5:] + ["", "無関係"]:
        near = extractOne(text, seeds, scorer=Indel.normalized_similarity, score_cutoff=0.7)
        assert pool.nearest(text) == (near[1] if near is not None else 0.0)


@pytest.mark.parametrize("others", [0, PLAIN + 1])
def test_width_and_white_space_make_no_difference(others: int) -> None:
    pool = Pool()
    pool.fill([f"{n}番目の、まったく別の話。" for n in range(others)])
    assert pool.takes("ﾃｽﾄを ２回\n書いて。")
    assert not pool.takes("テストを2回書いて。")


def test_the_cost_does_not_grow_as_the_texts_do() -> None:
    """Twelve thousand texts of 150 characters; by rapidfuzz on each it takes over 20 times as long."""
    dice = random.Random(3)
    kinds = [chr(0x3041 + i) for i in range(80)] * 3 + [chr(0x4E00 + i) for i in range(600)]
    texts = ["".join(dice.choices(kinds, k=150)) for _ in range(12_000)]
    pool = Pool()
    pool.fill(texts)
    pool.nearest(texts[0][::-1])
    asked = [text[75:] + text[:75] for text in texts[:3]]
    begun = time.process_time()
    found = [pool.nearest(text) for text in asked]
    middle = time.process_time()
    slow = [
        extractOne(text, texts, scorer=Indel.normalized_similarity, score_cutoff=0.7)
        for text in asked
    ]
    ended = time.process_time()
    assert (found, slow) == ([0.0] * 3, [None] * 3)
    assert (ended - middle) > 5 * (middle - begun)
