"""The lightest set that breaks every conflict, against trying all sets."""

from __future__ import annotations

import time
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmx_data.license.hitting import smallest

# conflicts, weights -> the lightest set
TABLE = [
    ([], {}, ()),
    ([{"a"}], {"a": 5}, ("a",)),
    ([{"a", "b"}], {"a": 5, "b": 3}, ("b",)),
    ([{"a", "b"}, {"a", "c"}, {"a", "d"}], {"a": 5, "b": 2, "c": 2, "d": 2}, ("a",)),
    ([{"a", "b"}, {"a", "c"}], {"a": 5, "b": 2, "c": 2}, ("b", "c")),
    ([{"a", "b"}, {"a", "c"}], {"a": 4, "b": 2, "c": 2}, ("a",)),
    ([{"a", "b"}, {"a", "b", "c"}], {"a": 2, "b": 1, "c": 0}, ("b",)),
    ([{"a"}, {"a", "b"}], {"a": 9, "b": 1}, ("a",)),
    ([{"a", "b"}, {"b", "c"}, {"a", "c"}], {"a": 1, "b": 1, "c": 3}, ("a", "b")),
    ([{"a", "b"}, {"c", "d"}], {"a": 1, "b": 2, "c": 4, "d": 3}, ("a", "d")),
]


@pytest.mark.parametrize(("conflicts", "weights", "answer"), TABLE)
def test_smallest(
    conflicts: list[set[str]], weights: dict[str, int], answer: tuple[str, ...]
) -> None:
    assert smallest(map(frozenset, conflicts), weights) == answer


def test_a_conflict_without_members_has_no_answer() -> None:
    assert smallest([frozenset()], {}) is None


names = st.sampled_from("abcdefgh")


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.frozensets(names, min_size=1, max_size=4), max_size=9),
    st.fixed_dictionaries({n: st.integers(0, 9) for n in "abcdefgh"}),
)
def test_no_set_is_lighter(conflicts: list[frozenset[str]], weights: dict[str, int]) -> None:
    found = smallest(conflicts, weights)
    assert found is not None
    assert all(conflict & set(found) for conflict in conflicts)
    assert sum(weights[n] for n in found) == min(
        sum(weights[n] for n in chosen)
        for size in range(9)
        for chosen in combinations("abcdefgh", size)
        if all(conflict & set(chosen) for conflict in conflicts)
    )


def test_two_classes_at_odds_take_no_time() -> None:
    conflicts = [frozenset({f"a{i}", f"b{j}"}) for i in range(50) for j in range(450)]
    weights = {f"a{i}": 10 for i in range(50)} | {f"b{j}": 1 for j in range(450)}
    start = time.process_time()
    found = smallest(conflicts, weights)
    assert time.process_time() - start < 1.0
    assert found is not None
    assert (len(found), {n[0] for n in found}) == (450, {"b"})
