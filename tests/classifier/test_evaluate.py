"""Area under the curve against counting pairs."""

from __future__ import annotations

import numpy as np
import pytest

from llmx_data.classifier import auc


@pytest.mark.parametrize("seed", range(5))
def test_auc_counts_pairs(seed: int) -> None:
    rng = np.random.default_rng(seed)
    scores = rng.integers(0, 8, 40) / 8
    truth = rng.random(40) < 0.4
    pairs = [(a > b) + 0.5 * (a == b) for a in scores[truth] for b in scores[~truth]]
    assert auc(scores, truth) == pytest.approx(sum(pairs) / len(pairs))


def test_ends_of_the_scale() -> None:
    truth = np.array([True, True, False])
    assert auc(np.array([0.9, 0.8, 0.1]), truth) == 1.0
    assert auc(np.array([0.1, 0.2, 0.9]), truth) == 0.0
    assert auc(np.array([0.5, 0.5, 0.5]), truth) == 0.5
