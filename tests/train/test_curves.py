"""Curves and forest plots: inside their boxes, ticks that rise, gaps, single points, flat lines."""

from __future__ import annotations

import math
import re
from itertools import pairwise
from typing import Any

import pytest

from llmx_train.curves import (
    BASE,
    LEFT,
    MOST_MARKS,
    MOST_STRIPS,
    RIGHT,
    TOP,
    Plot,
    Point,
    exponent,
    labels,
    log_ticks,
    plot,
    smooth,
    thin,
    ticks,
)
from llmx_train.forest import forests
from tests.train.ran import comparison, row

NAN = math.nan
FALL: list[Point] = [(step, 3 * math.exp(-step / 40) + 0.4) for step in range(1, 301)]

LINES: dict[str, list[list[Point]]] = {
    "falling": [FALL],
    "two": [FALL, [(50, 1.9), (100, 1.2), (300, 0.9)]],
    "gaps": [[(1, 2.0), (2, None), (3, NAN), (4, 1.0), (5, math.inf), (6, 1.5), (7, 1.4)]],
    "one point": [[(10, 2.5)]],
    "one point at step 0": [[(0, 2.5)]],
    "flat": [[(1, 0.7), (2, 0.7), (3, 0.7)]],
    "flat zero": [[(1, 0.0), (2, 0.0)]],
    "flat negative": [[(1, -3.0), (2, -3.0)]],
    "tiny": [[(step, step * 1e-7) for step in range(1, 9)]],
    "huge": [[(step, step * 3.3e8) for step in range(1, 9)]],
    "spike": [[*FALL[:40], (301, 9e4)]],
    "signs": [[(1, -0.5), (2, 0.0), (3, 1.5)]],
    "a line of gaps": [[(1, None), (2, NAN)], [(1, 1.0), (2, 2.0)]],
}


def numbers(label: str) -> float:
    return float(label.replace(",", ""))


def places(found: Plot) -> list[tuple[float, float]]:
    texts = [pair for line in found.lines for pair in re.findall(r"[ML]([^MLh]+)", line.path)]
    pairs = [tuple(map(float, text.split())) for text in texts]
    return [(x, y) for x, y in pairs] + [place for line in found.lines for place in line.marks]


@pytest.mark.parametrize("zero", [False, True])
@pytest.mark.parametrize("name", LINES)
def test_points_lie_within_the_box(name: str, zero: bool) -> None:
    found = plot(LINES[name], zero=zero)
    assert found is not None
    drawn = places(found)
    assert drawn
    assert [(x, y) for x, y in drawn if not (LEFT <= x <= RIGHT and TOP <= y <= BASE)] == []
    assert all(len(line.marks) <= MOST_MARKS for line in found.lines)


@pytest.mark.parametrize("zero", [False, True])
@pytest.mark.parametrize("name", LINES)
def test_ticks_rise_and_are_told_apart(name: str, zero: bool) -> None:
    found = plot(LINES[name], zero=zero)
    assert found is not None
    assert 2 <= len(found.y_ticks) <= 8
    assert all(a[0] > b[0] for a, b in pairwise(found.y_ticks))
    assert all(numbers(a[1]) < numbers(b[1]) for a, b in pairwise(found.y_ticks))
    assert all(a[0] < b[0] and numbers(a[1]) < numbers(b[1]) for a, b in pairwise(found.x_ticks))
    assert all(TOP <= y <= BASE for y, _ in found.y_ticks)
    assert all(LEFT <= x <= RIGHT for x, _ in found.x_ticks)
    assert all(len(label) <= 9 for _, label in (*found.x_ticks, *found.y_ticks))


@pytest.mark.parametrize("lines", [[], [[]], [[(1, None)]], [[(1, NAN), (2, math.inf)]]])
def test_nothing_finite_is_no_plot(lines: list[list[Point]]) -> None:
    assert plot(lines) is None


def test_a_value_stands_at_its_tick() -> None:
    found = plot([[(0, 1.0), (50, 2.0), (100, 3.0)]])
    assert found is not None
    up, across = ({label: at for at, label in t} for t in (found.y_ticks, found.x_ticks))
    middle = (across["0"] + across["100"]) / 2
    expected = [(across["0"], up["1.0"]), (middle, up["2.0"]), (RIGHT, TOP)]
    assert places(found)[:3] == expected


def test_gaps_cut_the_line_and_a_lone_point_is_a_dot() -> None:
    found = plot(LINES["gaps"])
    assert found is not None
    path = found.lines[0].path
    assert (path.count("M"), path.count("L"), path.count("h0")) == (3, 1, 2)


@pytest.mark.parametrize(
    ("zero", "first"), [(True, "0.00"), (False, "0.6")], ids=["from zero", "from the lowest"]
)
def test_the_axis_begins_where_asked(zero: bool, first: str) -> None:
    found = plot([[(1, 0.62), (2, 0.98)]], zero=zero)
    assert found is not None
    assert found.y_ticks[0][1] == first


@pytest.mark.parametrize(
    ("limit", "shown"), [(1.0, True), (7.9, True), (8.1, False), (0.1, False), (None, False)]
)
def test_a_limit_is_drawn_where_it_flattens_nothing(limit: float | None, shown: bool) -> None:
    found = plot([[(1, 0.5), (2, 2.0)]], zero=True, limit=limit)
    assert found is not None
    assert (found.limit is not None) is (shown and limit is not None)
    assert found.limit is None or TOP <= found.limit <= BASE


def test_only_spikes_make_an_axis_logarithmic() -> None:
    assert [name for name, lines in LINES.items() if (p := plot(lines)) and p.log] == ["spike"]


@pytest.mark.parametrize(
    ("name", "power", "written"), [("tiny", -7, "×10⁻⁷"), ("huge", 9, "×10⁹"), ("two", 0, "")]
)
def test_powers_of_ten_are_taken_out(name: str, power: int, written: str) -> None:
    found = plot(LINES[name])
    assert found is not None
    assert (found.power, exponent(found.power)) == (power, written)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0, 60, [0, 20, 40, 60]),
        (0.3, 1.0, [0.4, 0.6, 0.8, 1.0]),
        (-1, 1, [-1, -0.5, 0, 0.5, 1]),
        (5, 5, [5]),
    ],
)
def test_ticks(low: float, high: float, expected: list[float]) -> None:
    assert ticks(low, high, 4) == expected


def test_labels_have_the_same_decimals() -> None:
    assert labels([0, 0.25, 0.5]) == ["0.00", "0.25", "0.50"]
    assert labels([0, 5_000, 10_000]) == ["0", "5,000", "10,000"]
    assert labels([0, 2e-5, 4e-5], -5) == ["0", "2", "4"]
    assert labels(log_ticks(0.05, 2_000)) == ["0.01", "0.1", "1", "10", "100", "1,000", "10,000"]


def test_smoothing_begins_at_the_first_value_and_keeps_gaps() -> None:
    told = smooth([4.0, None, NAN, 2.0, 2.0], 1.0)
    assert told[:3] == [4.0, None, None]
    weight = math.exp(-1)
    assert told[3] == pytest.approx((weight * 4 + 2) / (weight + 1))
    assert smooth([1.0] * 50, 7) == pytest.approx([1.0] * 50)
    assert smooth([3.0, 1.0], 0) == [3.0, 1.0]


def test_thinning_keeps_ends_spikes_and_gaps() -> None:
    points: list[Point] = [(step, 1 + step % 7 / 10) for step in range(10_000)]
    points[4_321], points[6_000], points[8_000] = (4_321, 50.0), (6_000, -9.0), (8_000, None)
    kept = thin(points, 400)
    assert len(kept) <= 400
    assert {points[k] for k in (0, 4_321, 6_000, 8_000, 9_999)} <= set(kept)
    assert kept == sorted(kept, key=lambda point: point[0])
    assert thin(points[:400], 400) == points[:400]


def test_strips_cover_the_plot_and_tell_the_values() -> None:
    found = plot([FALL, [(50, 1.9), (100, None), (300, 0.9)]])
    assert found is not None
    strips = found.strips
    assert len(strips) <= MOST_STRIPS
    assert (strips[0].x, strips[-1].x + strips[-1].width) == pytest.approx((LEFT, RIGHT))
    assert all(a.x + a.width == pytest.approx(b.x, abs=0.02) for a, b in pairwise(strips))
    assert all(s.x <= s.at <= s.x + s.width + 0.01 for s in strips)
    last = strips[-1]
    assert (last.step, last.values) == (300, (FALL[-1][1], 0.9))
    assert [s.values[1] for s in strips if s.values[1] is not None] == [1.9, 0.9]


def test_better_lies_right_whatever_the_direction() -> None:
    for forest in forests(comparison()["tasks"]):
        for mark in forest.marks:
            if mark.row["verdict"] == "better":
                assert mark.low is not None
                assert mark.low > forest.zero
            if mark.row["verdict"] == "worse":
                assert mark.high is not None
                assert mark.high < forest.zero


def test_intervals_lie_within_the_plot_in_their_order() -> None:
    found = forests(comparison()["tasks"])
    assert [(f.metric, f.judged, len(f.marks)) for f in found] == [
        ("share", True, 5),
        ("nll", True, 1),
        ("bits_per_char", True, 1),
        ("chars", False, 1),
    ]
    for forest in found:
        assert all(0 <= x <= 1000 for x, _ in forest.ticks)
        assert all(a[0] < b[0] for a, b in pairwise(forest.ticks))
        for mark in forest.marks:
            if mark.low is None or mark.middle is None or mark.high is None:
                assert (mark.row["low"], mark.row["high"]) == (None, None)
                continue
            assert 0 <= mark.low <= mark.middle <= mark.high <= 1000


@pytest.mark.parametrize(
    ("metric", "labels"),
    [("accuracy", ["−10", "0", "+10", "+20"]), ("nll", ["+0.1", "0.0", "−0.1", "−0.2"])],
)
def test_a_scale_says_what_the_numbers_say(metric: str, labels: list[str]) -> None:
    sign = -1 if metric == "nll" else 1
    values: Any = (0.5, 0.1 * sign, *sorted((-0.1 * sign, 0.2 * sign)))
    assert [label for _, label in forests([row("t", metric, values, "better")])[0].ticks] == labels


def test_a_forest_without_any_interval_is_drawn() -> None:
    bare = row("t", "accuracy", (0.5, 0.0, 0.0, 0.0), "undecided", low=None, high=None)
    nothing = bare | {"difference": None, "base": None, "tuned": None}
    (forest,) = forests([bare, nothing])
    assert [mark.middle for mark in forest.marks] == [forest.zero, None]
    assert forests([nothing])[0].ticks == ()
