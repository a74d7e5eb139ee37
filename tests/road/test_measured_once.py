"""What was measured once is not measured again: the tagger is called for new records only."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from llmx_data.measure import Texts
from llmx_data.measure.morphology import Morphology
from tests.road.help import drops, go, published, write_recipe, write_rows

TEXTS = ["猫が庭で眠る。" * n for n in range(1, 21)]


@pytest.fixture
def tagged(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Numbers of texts given to the tagger, one entry a call."""
    calls: list[int] = []
    measure = Morphology.measure

    def counting(self: Morphology, texts: Texts) -> Any:
        calls.append(len(texts))
        return measure(self, texts)

    monkeypatch.setattr(Morphology, "measure", counting)
    return calls


def test_an_early_threshold_and_back(tagged: list[int], tmp_path: Path) -> None:
    source = write_rows(tmp_path / "cats.jsonl", TEXTS)
    length = {"filter": {"use": "length", "min_chars": 70}}
    nouns = {"filter": {"use": "morphology", "max_noun_share": 0.9}}
    recipe = write_recipe(tmp_path, sources=[source], steps=[length, nouns])
    out = tmp_path / "run"
    counts = []
    for minimum in (70, 35, 70, 35, 140, 71):
        tagged.clear()
        summary = go(recipe, out, f"steps[0].filter.min_chars={minimum}")
        counts.append((minimum, sum(tagged), summary["kept"]["records"]))
    assert counts == [(70, 11, 11), (35, 5, 16), (70, 0, 11), (35, 0, 16), (140, 0, 1), (71, 0, 10)]


def test_a_later_threshold_measures_nothing(tagged: list[int], tmp_path: Path) -> None:
    source = write_rows(tmp_path / "cats.jsonl", TEXTS)
    nouns = {"filter": {"use": "morphology", "max_noun_share": 0.9}}
    recipe = write_recipe(tmp_path, sources=[source], steps=[nouns])
    go(recipe, tmp_path / "run")
    tagged.clear()
    go(recipe, tmp_path / "run", "steps[0].filter.max_noun_share=0.1")
    assert tagged == []
    assert set(drops(tmp_path / "run")["reason"]) == {"too_many_nouns"}


def test_a_new_source_leaves_the_others_measured(tagged: list[int], tmp_path: Path) -> None:
    nouns = {"filter": {"use": "morphology", "max_noun_share": 0.9}}
    one = write_rows(tmp_path / "cats.jsonl", TEXTS)
    two = write_rows(tmp_path / "dogs.jsonl", [t.replace("猫", "犬") for t in TEXTS[:7]])
    go(write_recipe(tmp_path, sources=[one], steps=[nouns]), tmp_path / "run")
    tagged.clear()
    go(write_recipe(tmp_path, sources=[one, two], steps=[nouns]), tmp_path / "run")
    assert tagged == [7]
    assert len(published(tmp_path / "run")) == 27


def test_a_side_has_its_own_features(tagged: list[int], tmp_path: Path) -> None:
    path = tmp_path / "qa.jsonl"
    path.write_text('{"instruction": "猫は？", "input": null, "output": "庭で眠る。"}\n')
    source = {"use": "files", "path": "qa.jsonl", "form": "alpaca", "license": "CC0-1.0"}
    steps = [
        {"filter": {"use": "morphology", "on": side, "max_noun_share": 0.99}}
        for side in ("prompt", "answer", "all")
    ]
    go(write_recipe(tmp_path, sources=[source], steps=steps), tmp_path / "run")
    assert tagged == [1, 1, 1]
