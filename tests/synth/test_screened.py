"""Answers of a generator that echo their prompt or copy from documents of others do not pass."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.road.help import drops

from .server import Reply, says, serving
from .test_answers import GOOD, number, published, recipe, served, synth

OWNED = "海に面したこの町では毎年八月の終わりに灯籠を流す祭りがひらかれ、川べりには遠くから来た人たちが夜おそくまで残る。"


def script(body: dict[str, Any], call: int) -> Reply:
    n = number(body)
    asked = str(body["messages"][-1]["content"])
    return says(
        {2: asked, 4: "はい。" + asked, 6: "町の話をします。" + OWNED}.get(n, GOOD.format(n))
    )


def test_echoes_and_copies_are_screened(folder: Path) -> None:
    (folder / "owned.jsonl").write_text(json.dumps({"text": OWNED}, ensure_ascii=False))
    copied = {"use": "copied_source", "path": str(folder / "owned.jsonl")}
    screen = [{"filter": {"preset": "synthetic-ja"}}, {"filter": copied}]
    with serving(script) as (url, _):
        assert synth(recipe(folder, served(url), screen=screen), folder / "run") == 0
    rows = published(folder / "run")
    kept = {int(r["messages"][0]["content"].partition("番目")[0]) for r in rows}
    assert kept == {1, 3, 5, 7, 8, 9, 10, 11, 12}
    assert sorted(drops(folder / "run")["reason"]) == ["copied_source", "echo", "echo"]


def test_paths_are_told_from_the_recipe(folder: Path) -> None:
    (folder / "owned.jsonl").write_text(json.dumps({"text": OWNED}, ensure_ascii=False))
    part = 'from llmx_data.filter.length import Length\n\n\nclass Mine(Length):\n    """Mine."""\n'
    (folder / "mine.py").write_text(part)
    screen: list[dict[str, Any]] = [
        {
            "filter": [
                {"use": "copied_source", "path": "owned.jsonl"},
                {"use": "./mine.py", "min_chars": 3},
            ]
        },
        {"dedup": {"use": "minhash", "against": [{"name": "owned", "path": "owned.jsonl"}]}},
        {"filter": {"preset": "synthetic-ja", "on": "answer"}},
    ]
    with serving(script) as (url, _):
        assert synth(recipe(folder, served(url), screen=screen), folder / "run") == 0
    assert "copied_source" in set(drops(folder / "run")["reason"])


def test_without_a_path_the_documents_are_looked_at(folder: Path) -> None:
    screen = [{"filter": "copied_source"}]
    with serving(lambda body, call: says("答え。" + str(body["messages"][-1]["content"]) * 3)) as (
        url,
        _,
    ):
        assert synth(recipe(folder, served(url), screen=screen), folder / "run") == 0
    assert drops(folder / "run").height == 0, "prompts of 30 characters are shorter than the line"
    told = json.loads((folder / "run/store/synth/screen.json").read_text("utf-8"))
    assert told["steps"][0]["filter"]["path"] == str(folder / "asked" / "dataset")
