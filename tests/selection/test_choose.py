"""Who is taken first, whose groups are full, and what is said of those who do not stay."""

from __future__ import annotations

import random
from hashlib import blake2b

import numpy as np
import polars as pl
import pytest

from llmx_data.select.choose import choose, in_order
from llmx_data.select.keys import groups_of, key_values


def over(
    columns: dict[str, list[str | None]], cap: dict[str, int], count: int | None = None
) -> list[tuple[int, str, str | None, float, float]]:
    groups = [groups_of(pl.Series(columns[key], dtype=pl.String)) for key in cap]
    length = len(next(iter(columns.values())))
    return choose(np.arange(length), groups, cap, count).rows()


ONE = {"m": ["a", "a", "b", "a", None, "a"]}
TWO = {"m": ["a", "a", "a", "b"], "p": ["x", "x", "y", "x"]}
CASES = [
    (ONE, {"m": 2}, None, [(3, "over_cap", "m", 3, 2), (5, "over_cap", "m", 4, 2)]),
    (ONE, {"m": 9}, None, []),
    (ONE, {}, 4, [(4, "over_count", None, 5, 4), (5, "over_count", None, 6, 4)]),
    (ONE, {"m": 1}, 2, [(1, "over_cap", "m", 2, 1), (3, "over_cap", "m", 3, 1),
                        (4, "over_count", None, 3, 2), (5, "over_cap", "m", 4, 1)]),
    # the second one is over p and takes no place in m, so the third one finds one
    (TWO, {"m": 2, "p": 1}, None, [(1, "over_cap", "p", 2, 1), (3, "over_cap", "p", 3, 1)]),
    (TWO, {"m": 1, "p": 1}, None, [(1, "over_cap", "m", 2, 1), (2, "over_cap", "m", 3, 1),
                                   (3, "over_cap", "p", 3, 1)]),
    ({"m": [None, None, None]}, {"m": 1}, None, []),
    ({"m": []}, {"m": 1}, 1, []),
]  # fmt: skip


@pytest.mark.parametrize(("columns", "cap", "count", "expected"), CASES)
def test_what_does_not_stay(columns, cap, count, expected) -> None:  # type: ignore[no-untyped-def]
    assert over(columns, cap, count) == expected


def test_a_slow_twin_says_the_same() -> None:
    rng = random.Random(0)
    for _ in range(50):
        size, cap = rng.randint(1, 60), {"m": rng.randint(1, 6), "p": rng.randint(1, 3)}
        columns = {
            "m": [rng.choice(["a", "b", "c", None]) for _ in range(size)],
            "p": [rng.choice("rstuvwxyz") for _ in range(size)],
        }
        count = rng.choice([None, rng.randint(1, size)])
        stay: list[int] = []
        for i in range(size):
            full = any(
                columns[k][i] is not None
                and sum(columns[k][j] == columns[k][i] for j in stay) >= cap[k]
                for k in cap
            )
            if not full and (count is None or len(stay) < count):
                stay.append(i)
        gone = {row[0] for row in over(columns, cap, count)}
        assert sorted(stay) == [i for i in range(size) if i not in gone]


def ids(count: int) -> pl.Series:
    return pl.Series([blake2b(str(i).encode(), digest_size=16).hexdigest() for i in range(count)])


def test_the_order_is_that_of_ids_not_of_rows() -> None:
    names = ids(500)
    first = names.gather(in_order(names, 1))
    turned = names.reverse()
    assert turned.gather(in_order(turned, 1)).to_list() == first.to_list()
    assert first.to_list() != names.to_list()
    assert first.to_list() == sorted(names, key=lambda i: (slow_hash(i, 1), i))


def slow_hash(record_id: str, seed: int) -> int:
    """Mix seed, then the first and the second half of the id by splitmix64, in whole numbers."""

    def mixed(x: int) -> int:
        x = (x + 0x9E3779B97F4A7C15) % (1 << 64)
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9 % (1 << 64)
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB % (1 << 64)
        return x ^ (x >> 31)

    high, low = int(record_id[:16], 16), int(record_id[16:], 16)
    return mixed(mixed(high ^ mixed(seed)) ^ low)


def test_another_seed_is_another_order_that_has_nothing_to_do_with_the_first() -> None:
    names = ids(2000)
    places = [np.argsort(in_order(names, seed)) for seed in (1, 2, -1)]
    for i, j in ((0, 1), (0, 2), (1, 2)):
        assert abs(np.corrcoef(places[i], places[j])[0, 1]) < 0.1


def test_the_best_come_first_null_last_and_ties_by_hash() -> None:
    names = ids(6)
    scores = np.array([0.5, float("nan"), 0.9, 0.5, 0.5, -1.0])
    order = in_order(names, 1, scores).tolist()
    assert order[0] == 2
    assert order[-2:] == [5, 1]
    plain = [i for i in in_order(names, 1).tolist() if i in (0, 3, 4)]
    assert order[1:4] == plain


RECORDS = pl.DataFrame(
    {
        "source": ["web", "web", "qa"],
        "kind": ["document", "document", "instruction"],
        "license_declared": ["MIT", "CC0-1.0", "MIT"],
        "generator": [None, None, "rules"],
        "parents": [["p1", "p2"], [], None],
        "meta": [
            '{"種類": "要約", "n": 3, "b": true, "deep": {"n": 9}, "x": null, "n ": "t"}',
            None,
            '{"n": "3", "deep": [1, 2], "種類": "\\u8981\\u7d04", "e": ""}',
        ],
    }
)
VALUES = [
    ("source", ["web", "web", "qa"]),
    ("kind", ["document", "document", "instruction"]),
    ("license", ["MIT", "CC0-1.0", "MIT"]),
    ("generator", [None, None, "rules"]),
    ("parent", ["p1", None, None]),
    ("種類", ["要約", None, "要約"]),
    ("n", ["3", None, "3"]),
    ("b", ["true", None, None]),
    ("deep", ['{"n": 9}', None, "[1, 2]"]),
    ("meta.n", ["3", None, "3"]),
    ("meta.source", [None, None, None]),
    ("x", [None, None, None]),
    ("e", [None, None, ""]),
    ("none", [None, None, None]),
]


@pytest.mark.parametrize(("key", "expected"), VALUES, ids=[k for k, _ in VALUES])
def test_values_of_a_key(key: str, expected: list[str | None]) -> None:
    assert key_values(RECORDS, [key])[key].to_list() == expected


def test_keys_come_together_in_the_order_asked() -> None:
    keys = ["n", "source", "meta.n", "種類", "parent"]
    assert key_values(RECORDS, keys).columns == keys


def test_equal_values_are_one_group_and_null_is_none() -> None:
    groups = groups_of(pl.Series(["バッハ", "ハッパ", None, "バッハ", "", None])).tolist()
    assert groups[0] == groups[3]
    assert len(set(groups)) == 4
    assert groups[2] == groups[5] == 0
    assert 0 not in (groups[0], groups[1], groups[4])
