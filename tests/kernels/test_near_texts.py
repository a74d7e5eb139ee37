"""Texts near by their longest common subsequence: no one is lost, against rapidfuzz on every pair."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import Indel, LCSseq

from llmx_data.kernels.near_texts import BLOCK, NearTexts

LETTERS = st.text("あいうの、。漢字A\U00020b9f", max_size=200)
"""Few characters, so that bags are alike and the order decides."""

TEXT = LETTERS | st.text(max_size=30) | st.text("あい", min_size=60, max_size=70)


def near(text: str, texts: list[str], limit: float) -> list[int]:
    index = NearTexts()
    for one in texts:
        index.add(one)
    return index.near(text, limit).tolist()


def slow(text: str, texts: list[str], limit: float) -> list[int]:
    """Look at every text, by rapidfuzz."""
    some = [(LCSseq.similarity(text, one), len(text) + len(one)) for one in texts]
    return [i for i, (common, both) in enumerate(some) if 2 * common + 2e-6 >= limit * both]


@settings(deadline=None, max_examples=300)
@given(TEXT, st.lists(TEXT, max_size=12), st.sampled_from([0.2, 0.5, 0.7, 0.9, 1.0]))
@example("", ["", "あ"], 0.7)
@example("い" + "あ" * 300, ["あ" * 300, "あ" * 600, "い" * 300], 0.95)
@example("あ" * 7 + "い" * 3, ["あ" * 7 + "う" * 3], 0.7)
@example("漢" * 64 + "字" * 64, ["字" * 64 + "漢" * 64, "漢" * 64 + "字" * 63], 0.9)
@example("い" * 30 + "漢" * 131 + "あ" * 128, ["あ" * 128 + "い" * 158], 0.447)
def test_the_same_as_every_pair(text: str, texts: list[str], limit: float) -> None:
    found = near(text, texts, limit)
    assert found == slow(text, texts, limit)
    decided = [i for i, one in enumerate(texts) if Indel.normalized_similarity(text, one) >= limit]
    assert set(decided) <= set(found), "what rapidfuzz takes for near is never lost"


@settings(deadline=None, max_examples=200)
@given(LETTERS, st.data())
def test_edited_texts_around_the_line(text: str, data: st.DataObject) -> None:
    """Texts with some characters changed, which the bags alone would not tell apart."""
    edits = st.lists(st.integers(0, max(0, len(text) - 1)), max_size=len(text) * 2 // 3)
    texts = []
    for places in data.draw(st.lists(edits, min_size=1, max_size=6)):
        changed = list(text)
        for place in places:
            changed.append(changed.pop(min(place, len(changed) - 1)))
        texts.append("".join(changed))
    assert near(text, texts, 0.7) == slow(text, texts, 0.7)


# length of the two texts, characters in common -> whether they are near at 0.7
LINES = [(10, 7, True), (10, 6, False), (1000, 700, True), (1000, 699, False), (128, 90, True)]


@pytest.mark.parametrize(("size", "common", "is_near"), LINES)
def test_the_line_itself(size: int, common: int, is_near: bool) -> None:
    kanji = [chr(0x4E00 + i) for i in range(2 * size)]
    one = "".join(kanji[:size])
    other = "".join([*kanji[:common], *kanji[size : 2 * size - common]])
    assert near(one, [other], 0.7) == [0][: int(is_near)]


def test_more_than_a_block_and_a_count_over_a_byte() -> None:
    texts = [chr(0x4E00 + i) * (250 + i % 20) for i in range(2 * BLOCK + 5)]
    index = NearTexts()
    for text in texts:
        index.add(text)
    for i in (0, 19, BLOCK - 1, BLOCK, 2 * BLOCK + 4):
        assert index.near(texts[i], 0.7).tolist() == [i]
    assert index.near(texts[7], 0.7).tolist() == [7]


def test_nothing_is_left_of_the_text_before() -> None:
    index = NearTexts()
    index.add("あ" * 8 + "え" * 10 + "う" * 10)
    assert index.near("あ" * 8 + "い", 0.7).tolist() == []
    assert index.near("う" * 10 + "え" * 10, 0.7).tolist() == [], "an LCS of 10, whatever あ was"
