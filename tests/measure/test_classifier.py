"""Column, rounding and key of the classifier measure."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from llmx_data.classifier.train import fit
from llmx_data.measure import Texts
from llmx_data.measure.classifier import Classifier


@pytest.fixture
def model(tmp_path: Path) -> Path:
    pytest.importorskip("fasttext", reason="fasttext (extra classifier) is missing")
    rows = [
        f"__label__{line}"
        for i in range(50)
        for line in (f"yes 図書館が開いた{i}。", f"no 激安!!クリック{i}★")
    ]
    options = {"minn": 1, "maxn": 3, "minCount": 100, "bucket": 1000, "lr": 0.5, "epoch": 20}
    fit(rows, options | {"dim": 4, "thread": 1}, tmp_path / "m.bin")
    return tmp_path / "m.bin"


def test_scores(model: Path) -> None:
    part = Classifier(name="edu", model=str(model))
    result = part.measure(Texts(pl.Series(["図書館が開いた。", "激安クリック★", "", None, " \n"])))
    assert dict(result.schema) == part.gives()
    good, bad, *rest = result["edu_score"].to_list()
    assert 1 >= good > 0.8 > 0.2 > bad >= 0
    assert rest == [None, None, None]
    assert (good, bad) == (round(good, 4), round(bad, 4))


def test_the_content_of_the_model_is_the_key(model: Path, tmp_path: Path) -> None:
    digest = Classifier(name="edu", model=str(model)).digest()
    copy = tmp_path / "copy.bin"
    copy.write_bytes(model.read_bytes())
    assert Classifier(name="edu", model=str(copy)).digest() == digest
    copy.write_bytes(model.read_bytes() + b"x")
    assert Classifier(name="edu", model=str(copy)).digest() != digest
