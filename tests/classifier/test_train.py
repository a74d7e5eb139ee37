"""Training repeats to the byte, keeps no text in the model, and writes an honest card."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import polars as pl
import pytest

from llmx_data.classifier import Corpus, evaluate, train
from llmx_data.core.errors import DataError, MissingPackage
from llmx_data.kernels.fasttext_model import read_model
from llmx_data.kernels.text import Texts

needs_fasttext = pytest.mark.skipif(
    importlib.util.find_spec("fasttext") is None, reason="fasttext (extra classifier) is missing"
)


@needs_fasttext
def test_two_trainings_give_the_same_bytes(corpora: list[Corpus], tmp_path: Path) -> None:
    cards = [train(corpora, tmp_path / f"{i}.bin", bucket=4096) for i in range(2)]
    assert cards[0]["sha256"] == cards[1]["sha256"]
    assert (tmp_path / "0.bin").read_bytes() == (tmp_path / "1.bin").read_bytes()
    other = train(corpora, tmp_path / "2.bin", bucket=4096, seed=1)
    assert other["sha256"] != cards[0]["sha256"]
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        f"{i}.bin{end}" for i in range(3) for end in ("", ".json")
    ]


@needs_fasttext
def test_the_card(corpora: list[Corpus], tmp_path: Path) -> None:
    card = train(corpora, tmp_path / "edu.bin", bucket=4096)
    assert json.loads((tmp_path / "edu.bin.json").read_text(encoding="utf-8")) == card
    good, bad = card["training_data"]
    assert (good["name"], good["license"], good["label"]) == ("bunko", "CC0-1.0", "yes")
    assert good["texts_count"] + good["held_out_count"] == 80
    assert 4 < bad["held_out_count"] < 30
    assert card["evaluation"]["good_count"] == good["held_out_count"]
    assert card["evaluation"]["auc"] > 0.95
    assert read_model(tmp_path / "edu.bin").words == ["</s>"]


@needs_fasttext
def test_copies_do_not_reach_both_sides(tmp_path: Path) -> None:
    same = pl.Series(["良い文章です。"] * 50 + [f"良い{i}" for i in range(30)])
    bad = Corpus("b", "CC0-1.0", False, pl.Series([f"悪い{i}" for i in range(40)]))
    card = train([Corpus("g", "CC0-1.0", True, same), bad], tmp_path / "m.bin", bucket=512)
    facts = card["training_data"][0]
    assert facts["texts_count"] + facts["held_out_count"] == 31


@needs_fasttext
def test_the_evaluation_can_fail(corpora: list[Corpus], tmp_path: Path) -> None:
    train(corpora, tmp_path / "m.bin", bucket=4096)
    good, bad = (corpus.texts for corpus in corpora)
    assert evaluate(tmp_path / "m.bin", good, bad)["auc"] > 0.95
    assert evaluate(tmp_path / "m.bin", bad, good)["auc"] < 0.05
    with pytest.raises(DataError, match="one side is empty"):
        evaluate(tmp_path / "m.bin", good, bad.clear())


def test_the_missing_package_is_named(
    corpora: list[Corpus], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingPackage, match=r"llmx-ja\[classifier\]"):
        train(corpora, tmp_path / "m.bin")


@needs_fasttext
def test_one_side_is_not_enough(corpora: list[Corpus], tmp_path: Path) -> None:
    with pytest.raises(DataError, match="one side is empty"):
        train(corpora[:1], tmp_path / "m.bin")


@needs_fasttext
def test_texts_that_look_like_labels_do_no_harm(corpora: list[Corpus], tmp_path: Path) -> None:
    odd = Corpus("odd", "CC0-1.0", True, pl.Series(["__label__x あ\0い", "", " \n"]))
    train([*corpora, odd], tmp_path / "m.bin", bucket=512, held_out=0.0)
    model = read_model(tmp_path / "m.bin")
    assert sorted(model.labels) == ["no", "yes"]
    assert model.scores(Texts(pl.Series(["猫"])).folded, "yes")[0] > 0
