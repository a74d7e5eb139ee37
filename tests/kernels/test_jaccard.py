"""Exact Jaccard equals Python sets; short records meet in exactly the pairs they should."""

from itertools import combinations

import numpy as np
import polars as pl
import pytest

from llmx_data.kernels.components import components
from llmx_data.kernels.jaccard import shingle_sets, short_pairs, verify
from llmx_data.kernels.shingles import Shingles, shingle_hashes
from llmx_data.kernels.text import Texts


def shingles_of(*sets: list[int]) -> Shingles:
    hashes = np.array([h for one in sets for h in one], dtype=np.uint64)
    return Shingles(hashes, np.cumsum([0, *(len(one) for one in sets)], dtype=np.int64))


def short_shingles(*texts: str) -> Shingles:
    return shingle_hashes(Texts(pl.Series(texts, dtype=pl.String)), n=3, unit="chars")


def random_sets(count: int, *, kinds: int, most: int, seed: int) -> list[list[int]]:
    """Small sets over few kinds of members, every third an edited copy of the one before."""
    rng = np.random.default_rng(seed)
    made: list[list[int]] = []
    for place in range(count):
        members = (rng.random(rng.integers(0, most)) ** 2 * kinds).astype(int).tolist()
        if place % 3 == 2 and made[-1]:
            members = [*made[-1][1:], int(rng.integers(kinds))]
        made.append(members)
    return made


def slow_short(sets: list[list[int]], threshold: float) -> list[tuple[int, int, float]]:
    """All pairs of different sets; of equal sets each with the first, and only it with others."""
    frozen = [frozenset(one) for one in sets]
    first = {one: place for place, one in reversed(list(enumerate(frozen)))}
    pairs = []
    for i, j in combinations(range(len(sets)), 2):
        a, b = frozen[i], frozen[j]
        if not a or not b or first[a] != i or (first[b] != j and a != b):
            continue
        if len(a & b) / len(a | b) >= threshold:
            pairs.append((i, j, len(a & b) / len(a | b)))
    return pairs


@pytest.mark.parametrize("kinds", [5, 60, 10**12])
def test_verify_equals_python_sets(kinds: int) -> None:
    sets = random_sets(120, kinds=kinds, most=40, seed=1)
    a, b = np.random.default_rng(2).integers(0, 120, (2, 2000))
    jaccard, containment = verify(shingles_of(*sets), a, b)
    for i, j, found, inside in zip(a, b, jaccard, containment, strict=True):
        one, other = set(sets[i]), set(sets[j])
        common = len(one & other)
        assert found == (common / len(one | other) if one | other else 0.0)
        assert inside == (common / min(len(one), len(other)) if one and other else 0.0)


@pytest.mark.parametrize(
    ("one", "other", "jaccard", "containment"),
    [
        ([1, 2, 3], [3, 2, 1], 1.0, 1.0),
        ([1, 1, 1, 2], [1, 2, 2], 1.0, 1.0),
        ([1, 2], [1, 2, 3, 4], 0.5, 1.0),
        ([1], [2], 0.0, 0.0),
        ([], [1], 0.0, 0.0),
        ([], [], 0.0, 0.0),
        ([2**64 - 1, 0], [2**64 - 1, 7], 1 / 3, 0.5),
    ],
)
def test_verify_of_a_few_sets(one, other, jaccard: float, containment: float) -> None:
    found = verify(shingles_of(one, other), np.array([0]), np.array([1]))
    assert [float(value[0]) for value in found] == [jaccard, containment]


def test_verify_of_no_pair() -> None:
    jaccard, containment = verify(shingles_of([1]), np.empty(0, int), np.empty(0, int))
    assert (len(jaccard), len(containment)) == (0, 0)


def test_sets_are_sorted_and_single_and_leave_their_source_alone() -> None:
    source = shingles_of([3, 1, 3], [], [2, 2])
    sets = shingle_sets(source)
    assert (sets.hashes.tolist(), sets.offsets.tolist()) == ([1, 3, 2], [0, 2, 2, 3])
    assert source.hashes.tolist() == [3, 1, 3, 2, 2]


@pytest.mark.parametrize("threshold", [0.3, 0.5, 0.55, 0.7, 0.8, 0.9, 1.0])
@pytest.mark.parametrize(("kinds", "most"), [(8, 6), (25, 12), (400, 30)])
def test_short_pairs_equal_all_pairs(threshold: float, kinds: int, most: int) -> None:
    sets = random_sets(400, kinds=kinds, most=most, seed=most)
    a, b, jaccard = short_pairs(shingles_of(*sets), threshold)
    slow = slow_short(sets, threshold)
    assert slow
    assert list(zip(a.tolist(), b.tolist(), jaccard.tolist(), strict=True)) == slow


@pytest.mark.parametrize("common", range(1, 30))
def test_threshold_itself_is_reached_in_spite_of_rounding(common: int) -> None:
    one, other = list(range(common + 3)), [*range(common), *range(100, 109)]
    exact = common / (common + 12)
    assert len(short_pairs(shingles_of(one, other), exact)[0]) == 1
    assert len(short_pairs(shingles_of(one, other), np.nextafter(exact, 1))[0]) == 0


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("はい", "いいえ"),
        ("はい", "はい"),
        ("バッハ", "ハッパ"),
        ("バッハの曲が好きです。", "ハッパの曲が好きです。"),
        ("2024年の売上を教えてください。", "2025年の売上を教えてください。"),
        ("", ""),
    ],
)
def test_short_texts_that_must_not_meet(one: str, other: str) -> None:
    assert len(short_pairs(short_shingles(one, other), 0.8)[0]) == 0


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("日本で一番高い山は何ですか？", "日本で一番高い山は何ですか?"),
        ("日本で一番高い山は何という山ですか", "日本で一番高い山は何という山ですか。"),
        ("ﾊﾞｯﾊの曲", "バッハの 曲"),
    ],
)
def test_short_texts_that_must_meet(one: str, other: str) -> None:
    assert len(short_pairs(short_shingles(one, other), 0.8)[0]) == 1


@pytest.mark.parametrize(("length", "meet"), [(0, False), (34, False), (35, True), (400, True)])
def test_templates_meet_only_where_their_jaccard_passes(length: int, meet: bool) -> None:
    """A year's last digit spoils 4 of the shingles of its text: J >= .8 needs 36 in all."""
    rest = "".join(chr(0x4E00 + i) for i in range(length))
    texts = [f"{year}年{rest}" for year in (2024, 2025)]
    one, other = ({text[i : i + 5] for i in range(len(text) - 4)} for text in texts)
    true = len(one & other) / len(one | other)
    shingles = shingle_hashes(Texts(pl.Series(texts)))
    jaccard, _ = verify(shingles, np.array([0]), np.array([1]))
    assert jaccard[0] == true
    assert len(short_pairs(shingles, 0.8)[0]) == (true >= 0.8) == meet


def test_many_copies_stay_linear_and_hang_together() -> None:
    texts = ["日本で一番高い山は何ですか？"] * 50_000 + ["日本で一番高い山は何ですか！"] * 50_000
    a, b, jaccard = short_pairs(short_shingles(*texts), 0.8)
    assert len(a) == 99_999
    assert not components(100_000, a, b).any()
    assert sorted(set(jaccard.tolist())) == [11 / 13, 1.0]


@pytest.mark.parametrize("threshold", [0.0, -0.1, 1.01, float("nan")])
def test_threshold_out_of_range_is_an_error(threshold: float) -> None:
    with pytest.raises(ValueError, match="threshold must be above 0"):
        short_pairs(shingles_of([1]), threshold)
