"""Candidate pairs: every pair of a small group, a linear number of a large one."""

from collections import defaultdict
from itertools import combinations, pairwise

import numpy as np
import pytest

from llmx_data.kernels.components import components
from llmx_data.kernels.pairs import band_pairs, candidate_pairs, merge_pairs, pack, unpack


def slow_pairs(keys: list[int], dense: int) -> set[tuple[int, int]]:
    groups = defaultdict(list)
    for place, key in enumerate(keys):
        groups[key].append(place)
    pairs = set()
    for key, group in groups.items():
        if key != 0:
            star = [(group[0], other) for other in group[1:]]
            all_of_them = combinations(group, 2) if len(group) <= dense else pairwise(group)
            pairs |= {*all_of_them, *star}
    return pairs


def listed(pairs) -> list[tuple[int, int]]:
    a, b = pairs
    return list(zip(a.tolist(), b.tolist(), strict=True))


def keys_of(*numbers: int) -> np.ndarray:
    return np.array(numbers, dtype=np.uint64)


@pytest.mark.parametrize(
    ("keys", "pairs"),
    [
        ((), []),
        ((5,), []),
        ((5, 6), []),
        ((5, 5), [(0, 1)]),
        ((0, 0, 0), []),
        ((0, 7, 0, 7), [(1, 3)]),
        ((9, 5, 9, 5, 9), [(1, 3), (0, 2), (0, 4), (2, 4)]),
        ((2**64 - 1, 2**64 - 1), [(0, 1)]),
    ],
)
def test_pairs_of_a_few_keys(keys: tuple[int, ...], pairs: list[tuple[int, int]]) -> None:
    assert listed(band_pairs(keys_of(*keys))) == pairs


@pytest.mark.parametrize("dense", [0, 2, 3, 8, 50])
@pytest.mark.parametrize("kinds", [3, 40, 1000])
def test_pairs_equal_the_slow_twin(dense: int, kinds: int) -> None:
    keys = np.random.default_rng(kinds).integers(0, kinds, 700).astype(np.uint64)
    found = listed(band_pairs(keys, dense=dense))
    assert len(found) == len(set(found))
    assert set(found) == slow_pairs(keys.tolist(), dense)


def test_equal_keys_give_a_linear_number_of_pairs_that_hang_together() -> None:
    a, b = band_pairs(np.full(100_000, 7, dtype=np.uint64))
    assert len(a) == 2 * 100_000 - 3
    assert (a < b).all()
    assert (components(100_000, a, b) == 0).all()


def test_100_000_equal_texts_stay_linear_over_all_bands() -> None:
    keys = np.broadcast_to(np.arange(1, 15, dtype=np.uint64), (100_000, 14))
    a, _ = candidate_pairs(keys)
    assert len(a) == 2 * 100_000 - 3


def test_pairs_of_several_bands_come_once_and_sorted() -> None:
    keys = np.array([[5, 1], [6, 1], [5, 2], [6, 1], [5, 2]], dtype=np.uint64)
    assert listed(candidate_pairs(keys)) == [(0, 1), (0, 2), (0, 3), (0, 4), (1, 3), (2, 4)]


def test_merging_takes_bands_one_at_a_time() -> None:
    alive = []

    def bands():
        for place in range(5):
            alive.append(place)
            yield np.array([0, place]), np.array([9, 9])

    assert listed(merge_pairs(bands())) == [(0, 9), (1, 9), (2, 9), (3, 9), (4, 9)]
    assert alive == [0, 1, 2, 3, 4]
    assert listed(merge_pairs([])) == []


def test_packing_keeps_the_order_of_pairs_up_to_the_last_index() -> None:
    top = 2**32 - 1
    a, b = np.array([0, 0, 1, top]), np.array([1, top, 0, top])
    packed = pack(a, b)
    assert (np.diff(packed.astype(object)) > 0).all()
    assert listed(unpack(packed)) == listed((a, b))
