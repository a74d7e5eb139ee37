"""How much of an epoch each run fills: exact, within what it has, and the budget is reached."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmx_data.mix.options import fault_of
from llmx_data.mix.shares import asked, quotas

CASES = [
    ("by weight", [1000, 1000], [0.25, 0.75], 400, [100, 300]),
    ("what one lacks the other fills", [50, 1000], [0.5, 0.5], 400, [50, 350]),
    ("two lack", [10, 20, 1000], [0.4, 0.4, 0.2], 500, [10, 20, 470]),
    ("nobody has enough", [10, 20], [0.5, 0.5], 400, [10, 20]),
    ("without weights by size", [300, 100], [None, None], 40, [30, 10]),
    ("the others divide the rest by size", [1000, 300, 100], [0.6, None, None], 100, [60, 30, 10]),
    ("tenths are tenths", [1000] * 3, [0.1, 0.2, 0.7], 10, [1, 2, 7]),
    ("no budget: the scarcest decides", [100, 1000], [0.5, 0.5], None, [100, 100]),
    ("no budget, no weights: all", [100, 7], [None, None], None, [100, 7]),
    ("nothing there", [0, 0], [None, None], 10, [0, 0]),
    ("an empty run does not empty the others", [0, 90], [0.5, 0.5], None, [0, 90]),
]


@pytest.mark.parametrize(("have", "weights", "budget", "wanted"), [c[1:] for c in CASES],
                         ids=[c[0] for c in CASES])  # fmt: skip
def test_quotas(
    have: list[int], weights: list[float | None], budget: int | None, wanted: list[int]
) -> None:
    assert quotas(have, weights, budget) == wanted


@given(st.lists(st.tuples(st.integers(0, 500), st.integers(1, 9)), min_size=1, max_size=6),
       st.integers(1, 2000))  # fmt: skip
def test_the_budget_is_reached_where_there_is_enough(
    runs: list[tuple[int, int]], budget: int
) -> None:
    have = [size for size, _ in runs]
    tenths = [parts / 100 for _, parts in runs]
    weights = [*tenths[:-1], None] if sum(p for _, p in runs) < 100 else [None] * len(runs)
    found = quotas(have, weights, budget)
    assert all(0 <= filled <= has for filled, has in zip(found, have, strict=True))
    reachable = min(budget, sum(h for h, s in zip(have, asked(have, weights), strict=True) if s))
    assert reachable - len(have) < sum(found) <= budget or sum(found) == reachable


FAULTS = [
    ([0.5, 0.5], None),
    ([None, None], None),
    ([0.4, None], None),
    ([0.1] * 10, None),
    ([0.7, 0.7], "more than the whole"),
    ([1.0, None], "nothing is left"),
    ([0.5, 0.2], "no run takes the rest"),
]


@pytest.mark.parametrize(("weights", "fault"), FAULTS)
def test_weights_that_do_not_add_up(weights: list[float | None], fault: str | None) -> None:
    found = fault_of(weights)
    assert found is None if fault is None else fault in str(found)
