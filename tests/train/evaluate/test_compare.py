"""The paired bootstrap: verdicts, degenerate cases, strata and weights, against known answers."""

from __future__ import annotations

import numpy as np
import pytest

from llmx_train.evaluate.compare import Pairs, compare


def pairs(base: list[float], tuned: list[float], weight: list[float] | None = None) -> Pairs:
    ones = [1.0] * len(base)
    return Pairs(np.array(base, float), np.array(tuned, float), np.array(weight or ones, float))


GAIN = pairs([0, 0, 0, 0, 0, 1] * 20, [1, 1, 1, 1, 0, 1] * 20)
NOISE = pairs([0, 1] * 20, [1, 0] * 20)
VERDICTS = [
    (GAIN, "higher", "better", ""),
    (GAIN, "lower", "worse", ""),
    (GAIN, "none", "undecided", "neither way is better"),
    (NOISE, "higher", "undecided", ""),
    (pairs([0] * 9, [1] * 9), "higher", "better", ""),
    (pairs([1] * 9, [1] * 9), "higher", "undecided", "no item differs"),
    (pairs([0] * 5, [1, 2, 3, 4, 5]), "higher", "undecided", "fewer than 6 items"),
    (pairs([0], [1]), "higher", "undecided", "fewer than two items"),
    (pairs([], []), "higher", "undecided", "no common items"),
]


@pytest.mark.parametrize(("given", "direction", "verdict", "why"), VERDICTS)
def test_verdicts(given: Pairs, direction: str, verdict: str, why: str) -> None:
    told = compare([given], direction)  # type: ignore[arg-type]
    assert (told.verdict, told.why) == (verdict, why)
    assert (told.low is None) == (told.n < 2)


def test_the_interval_is_that_of_the_normal_twin() -> None:
    rng = np.random.default_rng(0)
    base, tuned = rng.normal(0, 1, 400), rng.normal(0.1, 1, 400)
    told = compare([pairs(base.tolist(), tuned.tolist())], "higher", seed=1)
    d = tuned - base
    half = 1.96 * d.std() / 20
    assert told.difference == pytest.approx(d.mean())
    assert told.low == pytest.approx(d.mean() - half, abs=0.05 * half)
    assert told.high == pytest.approx(d.mean() + half, abs=0.05 * half)


def test_pairing_takes_out_what_items_share() -> None:
    rng = np.random.default_rng(0)
    base = rng.normal(0, 100, 50)
    told = compare([pairs(base.tolist(), (base + rng.normal(1, 0.5, 50)).tolist())], "higher")
    assert told.verdict == "better"
    assert told.high is not None
    assert told.low is not None
    assert told.high - told.low < 0.5


def test_weights_weigh() -> None:
    told = compare([pairs([0, 0], [1, 4], [3, 1])], "lower")
    assert told.tuned == pytest.approx((3 * 1 + 1 * 4) / 4)
    assert (told.low, told.high) == (pytest.approx(1), pytest.approx(4))


def test_a_large_task_does_not_drown_a_small_one() -> None:
    large, small = pairs([0] * 900, [0.0, 0.2] * 450), pairs([0] * 10, [1.0, 0.8] * 5)
    told = compare([large, small], "higher")
    assert told.difference == pytest.approx((0.1 + 0.9) / 2)
    assert told.n == 910


def test_a_stratum_without_pairs_decides_nothing() -> None:
    assert compare([GAIN, pairs([], [])], "higher").why == "no common items"


def test_the_seed_tells_the_draws() -> None:
    one, again, other = (compare([GAIN], "higher", seed=s) for s in (1, 1, 2))
    few = [compare([NOISE], "higher", seed=s, resamples=50).low for s in range(8)]
    assert one == again
    assert (one.low, one.high) == pytest.approx((other.low, other.high), abs=0.02)
    assert len(set(few)) > 1


def test_coverage_is_about_what_is_promised() -> None:
    rng = np.random.default_rng(3)
    hits = 0
    for k in range(200):
        d = rng.exponential(1.0, 60)
        told = compare([pairs([0.0] * 60, d.tolist())], "higher", seed=k, resamples=400)
        assert told.low is not None
        assert told.high is not None
        hits += told.low <= 1.0 <= told.high
    assert 0.88 <= hits / 200 <= 0.99
