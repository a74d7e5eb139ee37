"""A classifier from a recipe: trained, evaluated apart, used in a run, told in its audit."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from llmx_data.classify import card_page, examine, teach
from llmx_data.core.errors import DataError, RecipeError
from llmx_data.core.progress import Talk
from tests.road.help import digests, drops, go, published, write_recipe, write_rows

pytest.importorskip("fasttext")
QUIET = Talk(quiet=True)
GOOD = ["町の図書館が新しくなった。", "川の水は山から流れてくる。", "春になると庭に花が咲く。"]
BAD = ["激安!!今すぐクリック★", "ヤバいwww草生える", "↓↓続きを読む↓↓"]


def texts(sentences: list[str], seed: int, count: int = 60) -> list[str]:
    rng = random.Random(seed)
    return ["".join(rng.choices(sentences, k=6)) + f"{seed}の{i}" for i in range(count)]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def lesson(folder: Path, **changes: Any) -> Path:
    good = write_rows(folder / "library.jsonl", texts(GOOD, 1)) | {"license": "CC-BY-SA-4.0"}
    bad = write_rows(folder / "board.jsonl", texts(BAD, 2)) | {"license": "CC-BY-NC-4.0"}
    path = folder / "edu.yaml"
    path.write_text(json.dumps({"name": "edu", "good": [good], "bad": [bad]} | changes))
    return path


def test_train_and_eval_never_on_what_was_learned(folder: Path) -> None:
    recipe = lesson(folder)
    card = teach(recipe, None, QUIET, 1)
    model = folder / "models" / "edu.bin"
    assert {(d["name"], d["license"], d["label"]) for d in card["training_data"]} == {
        ("library", "CC-BY-SA-4.0", "yes"),
        ("board", "CC-BY-NC-4.0", "no"),
    }
    assert "auc 1.0" in card_page(card, model)
    seen = examine(recipe, model, QUIET, 1)
    assert seen["good_count"] + seen["bad_count"] == sum(d["held_out_count"] for d in card["training_data"])  # fmt: skip
    others = lesson(folder, good=[write_rows(folder / "new.jsonl", texts(GOOD, 7, 9))])
    assert examine(others, model, QUIET, 1)["good_count"] == 9


@pytest.mark.parametrize("workers", [1, 2])
def test_keep_top_keeps_the_better_half_of_all_shards(folder: Path, workers: int) -> None:
    teach(lesson(folder), None, QUIET, 1)
    sources = [
        write_rows(folder / "mixed.jsonl", texts(GOOD, 3, 30) + texts(BAD, 4, 20)),
        write_rows(folder / "more.jsonl", texts(GOOD, 5, 10) + texts(BAD, 6, 20)),
    ]
    part = {"use": "classifier", "name": "edu", "model": "models/edu.bin", "keep_top": 0.5}
    recipe = write_recipe(folder, sources=sources, steps=[{"filter": part}])
    summary = go(recipe, folder / "run", workers=workers)
    assert 40 <= summary["kept"]["records"] <= 48  # ties at the cut stay
    assert set(drops(folder / "run")["reason"]) == {"low_edu_score"}
    assert not published(folder / "run")["text"].str.contains("クリック").any()
    cut = drops(folder / "run")["threshold"].unique().to_list()
    assert len(cut) == 1
    assert (drops(folder / "run")["value"] < cut[0]).all()
    before = digests(folder / "run" / "dataset")
    go(recipe, folder / "again", workers=3 - workers)
    assert digests(folder / "again" / "dataset") == before


def test_the_audit_tells_what_filters_learned_from(folder: Path) -> None:
    teach(lesson(folder), None, QUIET, 1)
    part = {"use": "classifier", "name": "edu", "model": "models/edu.bin", "min_score": 0.5}
    source = write_rows(folder / "mixed.jsonl", texts(GOOD, 3) + texts(BAD, 4))
    recipe = write_recipe(folder, sources=[source], steps=[{"filter": part}])
    assert go(recipe, folder / "run")["kept"]["records"] == 60
    audit = json.loads((folder / "run/audit/audit.json").read_text())
    told = {(f["name"], f["license"], f["model"]) for f in audit["filters"]}
    assert told == {("library", "CC-BY-SA-4.0", "edu.bin"), ("board", "CC-BY-NC-4.0", "edu.bin")}
    assert all(f["act"] == "annotate_only" and f["result"] for f in audit["filters"])
    assert "board (CC-BY-NC-4.0), in edu.bin" in (folder / "run/audit/AUDIT.md").read_text()
    Path("models/edu.bin.json").unlink()
    go(recipe, folder / "run2")
    audit = json.loads((folder / "run2/audit/audit.json").read_text())
    assert [f["license"] for f in audit["filters"]] == ["LicenseRef-llmx-unknown"]


def test_mistakes(folder: Path) -> None:
    with pytest.raises(RecipeError, match=r"(?s)edu.yaml:1 .*did you mean 'good'"):
        teach(lesson(folder, god=[]), None, QUIET, 1)
    with pytest.raises(RecipeError, match="does not exist"):
        examine(lesson(folder), folder / "none.bin", QUIET, 1)
    empty = write_rows(folder / "empty.jsonl", ["", " "])
    with pytest.raises(DataError, match="one side is empty"):
        teach(lesson(folder, bad=[empty]), None, QUIET, 1)


def test_a_cut_in_the_middle_of_a_step(folder: Path) -> None:
    """A shard's units run in recipe order even around a cut that needs all shards."""
    teach(lesson(folder), None, QUIET, 1)
    source = write_rows(folder / "mixed.jsonl", [*texts(GOOD, 3), "短い"])
    length = {"use": "length", "min_chars": 10}
    score = {"use": "classifier", "name": "edu", "model": "models/edu.bin", "keep_top": 1.0}
    late = {"use": "length", "max_chars": 60}
    recipe = write_recipe(folder, sources=[source], steps=[{"filter": [length, score, late]}])
    go(recipe, folder / "run")
    counts = drops(folder / "run").group_by("step", "reason").len().sort("reason")
    assert counts["reason"].to_list()[-1] == "too_short"
    assert pl.Series(counts["step"]).n_unique() == 1
