"""How well a classifier tells good from bad: area under the curve, and the shares at cuts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from llmx_data.core.errors import DataError
from llmx_data.kernels.fasttext_model import read_model
from llmx_data.kernels.text import Texts


def evaluate(
    model: Path, good: pl.Series, bad: pl.Series, *, label: str = "yes"
) -> dict[str, float | int]:
    """Score two sets of whole texts, which must be none of the training texts.

    Gives: `good_count`, `bad_count`, `auc`, and of the scores at a cut of 0.5 `precision`,
    `recall`. Errors: DataError if a side is empty.
    """
    if not len(good) or not len(bad):
        raise DataError("an evaluation needs good and bad texts; one side is empty")
    texts = Texts(pl.concat([good.cast(pl.String), bad.cast(pl.String)]))
    scores = read_model(model).scores(texts.folded, label).round(4)
    truth = np.arange(len(texts)) < len(good)
    said = scores >= 0.5
    right = int((said & truth).sum())
    return {
        "good_count": len(good),
        "bad_count": len(bad),
        "auc": round(auc(scores, truth), 4),
        "precision": round(right / max(int(said.sum()), 1), 4),
        "recall": round(right / len(good), 4),
    }


def auc(scores: NDArray[np.float64], truth: NDArray[np.bool_]) -> float:
    """Chance that a good text scores above a bad one; ties count half (Mann-Whitney)."""
    _, place, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[place]
    good = int(truth.sum())
    wins = float(ranks[truth].sum()) - good * (good + 1) / 2
    return wins / (good * (len(truth) - good))
