"""Shingles equal an obvious twin in Python integers, and cut each script its own way."""

import unicodedata
from itertools import pairwise

import polars as pl
import pytest

from llmx_data.kernels.shingles import (
    char_shingles,
    shingle_hashes,
    spaced_majority,
    word_shingles,
)
from llmx_data.kernels.text import Texts

TEXTS = [
    "東京都では昨日、新しい図書館が開館した。",
    "",
    "はい",
    "😀",
    "ﾊﾞｯﾊとﾊｯﾊﾟの 全角　ＡＢＣ",
    "The quick brown fox jumps over the lazy dog. The end",
    "吾輩は猫である。名前はまだ無い。" * 40,
    "line one\nline two\tthree four　five six",
    "日本語の文にEnglish wordsが少し混ざる。",
]
STEP = 0x9E3779B97F4A7C15
CHARS, WORDS = 0x243F6A8885A308D3, 0x13198A2E03707344


def mix(x: int) -> int:
    for factor in (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53):
        x = (x ^ x >> 33) * factor % 2**64
    return x ^ x >> 33


def slow_hash(units: list[int], *, start: int = 0) -> int:
    for unit in units:
        start = (start * STEP + unit) % 2**64
    return start


def slow_chars(text: str, n: int) -> list[int]:
    points = [ord(c) for c in "".join(unicodedata.normalize("NFKC", text).split())]
    windows = [points[i : i + n] for i in range(len(points) - n + 1)]
    return [mix((slow_hash(window) + CHARS) % 2**64) for window in windows]


def slow_words(text: str, n: int) -> list[int]:
    words = [mix(slow_hash([ord(c) for c in word], start=1)) for word in text.split()]
    windows = [words[i : i + n] for i in range(len(words) - n + 1)]
    return [mix((slow_hash(window) + WORDS) % 2**64) for window in windows]


def texts_of(*texts: str | None) -> Texts:
    return Texts(pl.Series(texts, dtype=pl.String))


def lists(shingles) -> list[list[int]]:
    bounds = shingles.offsets.tolist()
    return [shingles.hashes[i:j].tolist() for i, j in pairwise(bounds)]


@pytest.mark.parametrize("n", [1, 3, 5, 300])
def test_characters_equal_the_slow_twin(n: int) -> None:
    found = lists(shingle_hashes(texts_of(*TEXTS), n=n, unit="chars"))
    assert found == [slow_chars(text, n) for text in TEXTS]
    assert found == lists(char_shingles(texts_of(*TEXTS).folded, n=n))


@pytest.mark.parametrize("n", [1, 2, 5])
def test_words_equal_the_slow_twin(n: int) -> None:
    found = lists(shingle_hashes(texts_of(*TEXTS), n=n, unit="words"))
    assert found == [slow_words(text, n) for text in TEXTS]
    assert found == lists(word_shingles(texts_of(*TEXTS).points, n=n))


def test_auto_takes_words_for_scripts_with_spaces_only() -> None:
    by_hand = [slow_words(t, 5) if "fox" in t or "line" in t else slow_chars(t, 5) for t in TEXTS]
    assert lists(shingle_hashes(texts_of(*TEXTS))) == by_hand


@pytest.mark.parametrize(
    ("text", "spaced"),
    [
        ("The end", True),
        ("東京", False),
        ("ab東", True),
        ("a東京", False),
        ("a東", False),
        ("カタカナ abc", False),
        ("한국어 문장", True),
        ("Ελληνικά и русский", True),
        ("2024-11-21 !!!", False),
        ("😀😀", False),
        ("", False),
        ("𠮷野家 ab", False),
        ("ＡＢＣ", True),
    ],
)
def test_majority_of_letters_decides_the_unit(text: str, spaced: bool) -> None:
    assert spaced_majority(texts_of(text).folded).tolist() == [spaced]


@pytest.mark.parametrize("blank", [chr(c) for c in range(0x110000) if chr(c).isspace()])
def test_every_white_space_character_ends_a_word(blank: str) -> None:
    assert len(word_shingles(texts_of(f"a{blank}b").points, n=2).hashes) == 1


@pytest.mark.parametrize("letter", ["\u200b", "\u180e", "\ufeff", "\u1681", "\u3001", "\u2007x"])
def test_other_marks_do_not_end_a_word_unless_python_says_so(letter: str) -> None:
    text = f"a{letter}b"
    assert word_shingles(texts_of(text).points, n=1).counts.tolist() == [len(text.split())]


def test_text_below_n_units_has_no_shingle() -> None:
    assert shingle_hashes(texts_of("はい", "いいえ", "one two"), n=5).counts.tolist() == [0, 0, 0]
    assert shingle_hashes(texts_of("はい", "いいえ"), n=3).counts.tolist() == [0, 1]


def test_voiced_marks_and_case_and_digits_make_a_difference() -> None:
    for one, other in [("バッハの曲", "ハッパの曲"), ("2024年度", "2025年度")]:
        a, b = lists(shingle_hashes(texts_of(one, other), n=5))
        assert not set(a) & set(b)
    upper, lower = lists(shingle_hashes(texts_of("A b c d e", "a b c d e")))
    assert upper != lower


def test_width_and_blanks_make_none_for_characters() -> None:
    one, other = lists(shingle_hashes(texts_of("ﾊﾞｯﾊ の　曲 １", "バッハの曲1")))
    assert one == other != []


def test_null_and_slices_are_read_by_their_own_offsets() -> None:
    series = pl.Series(["捨てる文です。", None, "残した文です。", "最後の文です。"])[1:3]
    assert lists(shingle_hashes(Texts(series))) == [[], slow_chars("残した文です。", 5)]


def test_no_text_at_all() -> None:
    assert shingle_hashes(texts_of()).offsets.tolist() == [0]


def test_hashes_are_the_same_on_every_platform() -> None:
    """Stored band keys depend on these: if they change, the version of their part must too."""
    found = lists(shingle_hashes(texts_of("あいうえお", "one two three four five")))
    assert found == [[0x6B16C721B7F83170], [0x74AF8DE85FBF96FD]]


def test_n_below_one_is_an_error() -> None:
    with pytest.raises(ValueError, match="n must be at least 1, not 0"):
        shingle_hashes(texts_of("あ"), n=0)
