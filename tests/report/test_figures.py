"""Geometry of the charts: widths add up, nothing leaves the picture, thresholds lie where due."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from llmx_data.report import figures, histogram
from tests.report.facts import facts

FUNNEL = facts()["funnel"]


@pytest.mark.parametrize("unit", ["records", "chars", "tokens"])
def test_what_came_is_what_stays_and_what_leaves(unit: str) -> None:
    rows = figures.stages(FUNNEL, unit)
    for row, after in pairwise(rows[1:]):
        assert row.kept_width == pytest.approx(after.width, abs=0.06)
        gone = sum(ribbon.amount or 0 for ribbon in row.ribbons)
        assert row.came is not None
        assert row.came - gone == after.came


def test_segments_lie_side_by_side_the_first_label_outermost() -> None:
    row = figures.stages(FUNNEL, "records")[1]
    places = [ribbon.x for ribbon in row.ribbons]
    assert places == sorted(places, reverse=True)
    assert places[-1] == pytest.approx(row.kept_width, abs=0.1)
    assert places[0] + row.ribbons[0].width == pytest.approx(row.width, abs=0.1)


def test_a_long_tail_shares_one_ribbon() -> None:
    *shown, rest = figures.stages(FUNNEL, "records")[1].ribbons
    assert [ribbon.reason for ribbon in shown][:2] == ["too_short", "low_hiragana"]
    assert (len(shown), rest.reason, rest.others, rest.amount) == (5, None, 3, 388 + 130 + 78)


def test_what_was_not_measured_is_not_zero() -> None:
    first = figures.stages(FUNNEL, "chars")[0]
    assert (first.came, first.width, first.ribbons) == (None, 0.0, ())
    assert figures.amount({"records": 0, "chars": 0}, "chars") == 0
    assert figures.amount({"records": 3, "chars": 0}, "chars") is None
    assert figures.amount({"records": 3}, "tokens") is None


def test_reasons_add_up_over_steps_most_records_first() -> None:
    one = {"came": {"records": 9}, "dropped": {"a": {"records": 2, "chars": 5}}, "step": "1"}
    two = {
        "came": {"records": 7},
        "dropped": {"b": {"records": 3}, "a": {"records": 2}},
        "step": "2",
    }
    assert figures.reason_totals([one, two]) == {
        "a": {"steps": ["1", "2"], "records": 4, "chars": 5, "rank": 0},
        "b": {"steps": ["2"], "records": 3, "rank": 1},
    }


def test_nothing_came() -> None:
    entry = {"step": "0", "came": {"records": 0, "chars": 0}, "dropped": {}}
    assert figures.stages([entry], "records")[0].width == 0.0


@pytest.mark.parametrize("one", facts()["histograms"], ids=lambda one: one["feature"])
def test_bars_stay_inside_and_carry_all_counts(one: dict[str, Any]) -> None:
    drawn = histogram.plot(one)
    assert [bar.kept for bar in drawn.bars] == one["kept"]
    assert [bar.dropped for bar in drawn.bars] == one["dropped"]
    for bar in drawn.bars:
        assert histogram.LEFT <= bar.x < bar.x + bar.width <= histogram.RIGHT + 0.7
        assert bar.kept_height + bar.dropped_height <= histogram.BASE - drawn.top + 1e-6
    assert max(b.kept_height + b.dropped_height for b in drawn.bars) > 80


def tiny(edges: list[float], *, log: bool, value: float = 1.0, side: str = "below") -> Any:
    """Lay out a histogram with one record per bin and one threshold."""
    ones = [1] * (len(edges) - 1)
    limit = {"reason": "too_short", "value": value, "side": side}
    return histogram.plot(
        {"edges": edges, "kept": ones, "dropped": ones, "log": log, "thresholds": [limit]}
    )


@pytest.mark.parametrize(
    ("edges", "log", "value", "share"),
    [
        ([0.0, 0.5, 1.0], False, 0.25, 0.25),
        ([1.0, 10.0, 100.0], True, 10.0, 0.5),
        ([0.0, 9.0, 99.0], True, 9.0, 0.5),
        ([0.0, 1.0], False, 7.0, 1.0),
        ([0.0, 1.0], False, -7.0, 0.0),
        ([5.0, 5.0], True, 5.0, 0.0),
    ],
)
def test_thresholds_lie_on_the_axis(
    edges: list[float], log: bool, value: float, share: float
) -> None:
    limit = tiny(edges, log=log, value=value).limits[0]
    wide = histogram.RIGHT - histogram.LEFT
    assert limit.x == pytest.approx(histogram.LEFT + wide * share, abs=0.01)
    assert (limit.shade_x, limit.shade_width) == (
        histogram.LEFT,
        pytest.approx(wide * share, abs=0.01),
    )


def test_the_side_above_is_shaded_to_the_right() -> None:
    limit = tiny([0.0, 1.0], log=False, value=0.8, side="above").limits[0]
    assert limit.shade_x == limit.x
    assert limit.shade_x + limit.shade_width == pytest.approx(histogram.RIGHT)


@pytest.mark.parametrize(
    ("edges", "log", "ticks"),
    [
        ([0.0, 1.0], False, [0, 0.25, 0.5, 0.75, 1]),
        ([3.0, 20_000.0], True, [10, 100, 1_000, 10_000]),
        ([120.0, 900.0], True, [200, 400, 600, 800]),
        ([0.0, 200.0], False, [0, 50, 100, 150, 200]),
    ],
)
def test_ticks_are_round(edges: list[float], log: bool, ticks: list[float]) -> None:
    assert [value for _, value in tiny(edges, log=log).x_ticks] == pytest.approx(ticks)


@pytest.mark.parametrize(
    ("size", "step"), [(0.13, 1), (1.2, 2), (7, 10), (21, 25), (2_533, 5_000), (900, 1_000)]
)
def test_steps_of_the_count_axis_are_whole(size: float, step: float) -> None:
    assert histogram.nice(size, whole=True) == step
