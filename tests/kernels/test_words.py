"""Word lists: edges of katakana words, and agreement with a slow twin."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmx_data.core.errors import DataError
from llmx_data.kernels.text import Texts
from llmx_data.kernels.words import find_words, read_words

LIST = "アス\nサック\nレズ\nエロ # comment\n\n# 注釈\n死刑\n死刑囚\nass\nﾊﾟﾝﾁﾗ\nア\n"


@pytest.fixture
def words(tmp_path: Path) -> list[str]:
    path = tmp_path / "list.txt"
    path.write_text(LIST, encoding="utf-8")
    return read_words(path, min_chars=2)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("アスパラガスを食べた。", []),
        ("リュックサックを背負う。", []),
        ("アスリートのレズビアンの権利", []),
        ("アス、サック。エロ本とレズ", ["アス", "サック", "エロ", "レズ"]),
        ("リュック サック", ["サック"]),
        ("エローい", []),
        ("死刑囚は死刑になった。", ["死刑囚", "死刑"]),
        ("class と ass と assは", ["ass", "ass"]),
        ("ａｓｓ", ["ass"]),
        ("パンチラとﾊﾟﾝﾁﾗ", ["パンチラ", "パンチラ"]),
        ("ア", []),
        ("😀アス😀", ["アス"]),
        ("", []),
    ],
)
def test_hits(words: list[str], text: str, found: list[str]) -> None:
    hits = find_words(Texts(pl.Series(["図書館", text, None], dtype=pl.String)), words)
    assert hits["word"].to_list() == found
    assert set(hits["row"]) <= {1}
    form = unicodedata.normalize("NFKC", text)
    assert [form[a:b] for a, b in hits.select("start", "end").rows()] == found


def twin(text: str, words: list[str]) -> list[tuple[int, int]]:
    """Find leftmost longest hits by one regular expression, then look at the neighbours."""
    form = unicodedata.normalize("NFKC", text)
    runs = ("[ァ-ヺー-ヾㇰ-ㇿ]", "[0-9A-Za-zÀ-ɏ]")
    hits = []
    for m in re.finditer("|".join(map(re.escape, words)), form):
        around = form[max(m.start() - 1, 0) : m.start() + 1], form[m.end() - 1 : m.end() + 1]
        if not any(re.fullmatch(run + run, pair) for run in runs for pair in around):
            hits.append(m.span())
    return hits


@settings(max_examples=150, deadline=None)
@given(st.lists(st.text("アスサックレズビ死刑囚as ー。\n😀ﾊﾟﾝｶ゛", max_size=30), max_size=4))
def test_agrees_with_the_twin(texts: list[str]) -> None:
    words = ["サック", "死刑囚", "ass", "刑 囚", "アス", "レズ", "死刑"]
    hits = find_words(Texts(pl.Series(texts, dtype=pl.String)), words)
    expected = [(i, *span) for i, text in enumerate(texts) for span in twin(text, words)]
    assert hits.select("row", "start", "end").rows() == expected


def test_the_list_is_cleaned(words: list[str], tmp_path: Path) -> None:
    assert words == ["パンチラ", "ass", "サック", "死刑囚", "アス", "エロ", "レズ", "死刑"]
    assert find_words(Texts(pl.Series(["アス"])), []).height == 0
    (tmp_path / "bad.txt").write_bytes(b"\x83\x41\xff")
    with pytest.raises(DataError, match=r"bad\.txt"):
        read_words(tmp_path / "bad.txt")


def test_words_of_one_character_and_many_hits() -> None:
    """A single character counts where no longer word begins; the hits outgrow the first table."""
    words = ["死刑", "死", "A"]
    hits = find_words(Texts(pl.Series(["死の死刑。" * 700 + "A", "死"])), words)
    assert hits.height == 1402
    assert hits["word"].value_counts().sort("word").rows() == [("A", 1), ("死", 701), ("死刑", 700)]
    assert hits.tail(2).rows() == [(0, 3500, 3501, "A"), (1, 0, 1, "死")]
