"""Answers of a generator that echo their prompt or copy from documents of others do not pass."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.road.help import drops

from .server import Reply, says, serving
from .test_answers import GOOD, folder, number, published, recipe, served, synth

__all__ = ["folder"]

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
