"""Cuts on a score: fixed and by share."""

from __future__ import annotations

import polars as pl
import pytest
from pydantic import ValidationError

from llmx_data.filter.classifier import Classifier

FEATURES = pl.DataFrame({"edu_score": [0.1, 0.5, 0.9, None]})


def test_a_fixed_cut_drops_below_it() -> None:
    part = Classifier(name="edu", model="m.bin", min_score=0.5)
    (reason,) = part.reasons()
    assert reason.word == "low_edu_score"
    assert FEATURES.select(reason.bad).to_series().to_list() == [True, False, False, None]
    assert part.global_cut() is None


def test_a_share_is_left_to_the_stage() -> None:
    part = Classifier(name="edu", model="m.bin", keep_top=0.5)
    assert list(part.reasons()) == []
    assert part.global_cut() == ("low_edu_score", "edu_score", 0.5)
    assert part.needs()[0].options == {"name": "edu", "model": "m.bin", "label": "yes"}


@pytest.mark.parametrize("options", [{}, {"keep_top": 0.0}, {"keep_top": 1.5}, {"keep_top": 50}])
def test_wrong_options(options: dict[str, float]) -> None:
    with pytest.raises(ValidationError):
        Classifier.model_validate({"name": "edu", "model": "m.bin"} | options)
