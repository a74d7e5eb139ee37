"""The counts from MeCab's bytes against a slow twin that walks node objects."""

from __future__ import annotations

import polars as pl
import pytest

from llmx_data.kernels.mecab import CLASSES, class_of, count_words, tagger, windows

TEXTS = [
    "東京都では昨日、新しい図書館が開館した。",
    "ホゲラ〓が　ABC xyz と言ったよね。\nはい、そうです。",
    "バッハとハッパは違う。ﾊﾝｶｸ ｶﾅ も混ざる😀",
    "１２３㍻①～「括弧」…… \t x\u00a0y",
    "",
    " \n\u3000",
    "猫が好きだ。" * 300,
]


def twin(text: str) -> tuple[list[int], float | None]:
    """Count classes and average surface lengths over fugashi's node objects, word by word."""
    import fugashi

    counts, chars = [0] * len(CLASSES), []
    for node in fugashi.Tagger()(text):
        kind = class_of(node.feature.pos1, node.feature.pos2)
        counts[kind] += 1
        if CLASSES[kind] != "blank":
            counts[-1] += node.is_unk
            chars.append(len(node.surface))
    return counts, sum(chars) / len(chars) if chars else None


@pytest.mark.parametrize("text", TEXTS)
def test_counts_equal_the_twin(text: str) -> None:
    seen = count_words(pl.Series([text]))
    counts, mean = twin(text)
    assert seen.counts[0].tolist() == counts
    words = seen.counts[0, :8].sum()
    assert (seen.chars_read[0] / words if words else None) == mean


def test_rows_keep_their_counts_and_null_is_empty() -> None:
    seen = count_words(pl.Series([TEXTS[0], None, "", TEXTS[1]]))
    assert seen.counts[:, :9].sum(axis=1).tolist() == [14, 0, 0, 18]
    assert seen.counts[0].tolist() == twin(TEXTS[0])[0]
    assert seen.counts[3].tolist() == twin(TEXTS[1])[0]


def test_a_control_character_does_not_end_the_text() -> None:
    seen = count_words(pl.Series(["猫\0が好きだ。", "猫が好きだ。"]))
    assert seen.counts[0].tolist() == seen.counts[1].tolist()


def test_long_texts_are_read_in_sixteen_spread_windows() -> None:
    text = "".join(chr(0x4E00 + i) for i in range(10_000))
    pieces = windows(text)
    assert [len(piece) for piece in pieces] == [125] * 16
    assert pieces[0] == text[:125]
    assert pieces[-1] == text[-125:]
    assert windows(text[:2000]) == [text[:2000]]
    assert count_words(pl.Series([text])).read_share[0] == 2000 / 10_000


def test_the_tagger_counts_what_it_is_given() -> None:
    before = tagger().parsed_count
    count_words(pl.Series(["あ", "い", "う" * 3000]))
    assert tagger().parsed_count == before + 3
