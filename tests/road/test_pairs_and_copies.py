"""Echoes and copies on the road: dropped, told in drops, report and `llmx why`, whatever the workers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from llmx_data.core.errors import RecipeError
from llmx_data.plan import read_plan
from llmx_data.why import story, story_page
from tests.road.help import digests, drops, go, published, write_recipe

ASKED = "江戸時代の町人はどのような一日を過ごしていたのか、{}番目の段落として順に説明してください。"
ANSWER = "朝は日の出とともに起き、店を開けて客を待った。{}番目の段落では、昼の商いと、仕事のあとの夜の銭湯について述べることにする。"
OWNED = "海に面したこの町では毎年八月の終わりに灯籠を流す祭りがひらかれ、川べりには遠くから来た人たちが夜おそくまで残る。"


def chat(*turns: str) -> dict[str, Any]:
    return {
        "messages": [{"role": ("user", "assistant")[i % 2], "content": t} for i, t in enumerate(turns)]
    }  # fmt: skip


PAIRS = {
    "echo": chat(ASKED.format(1), ASKED.format(1)),
    "late echo": chat("こんにちは。", "はい。", ASKED.format(2), "はい、" + ASKED.format(2)),
    "early echo": chat(ASKED.format(3), ASKED.format(3), "続けて。", ANSWER.format(3)),
    "copied": chat(ASKED.format(4), ANSWER.format(4) + OWNED),
    "quoted by the prompt": chat(OWNED + "要点は。", ANSWER.format(5)),
    **{f"good {n}": chat(ASKED.format(n), ANSWER.format(n)) for n in range(6, 30)},
}
KEPT = {"early echo", "quoted by the prompt", *(f"good {n}" for n in range(6, 30))}


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    """Write conversations, documents, and a folder of what others own."""
    rows = [json.dumps({"k": k} | chat, ensure_ascii=False) for k, chat in PAIRS.items()]
    (tmp_path / "chats.jsonl").write_text("\n".join(rows) + "\n", encoding="utf-8")
    (tmp_path / "pages.jsonl").write_text(
        json.dumps({"text": OWNED * 2}, ensure_ascii=False) + "\n"
    )
    (tmp_path / "owned").mkdir()
    (tmp_path / "owned" / "a.jsonl").write_text(json.dumps({"text": OWNED}, ensure_ascii=False))
    common = {"use": "files", "license": "CC0-1.0"}
    chats = common | {"path": "chats.jsonl", "form": "openai", "key": "k"}
    pages = common | {"path": "pages.jsonl"}
    steps = [{"filter": ["echo", {"use": "copied_source", "path": "owned"}]}]
    return write_recipe(tmp_path, sources=[chats, pages], steps=steps)


def test_dropped_and_told(recipe: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    go(recipe, run)
    rows = published(run)
    assert set(rows.filter(source="chats")["source_key"]) == KEPT
    assert rows.filter(source="pages").height == 1
    gone = drops(run).sort("reason", "value")
    assert gone["reason"].to_list() == ["copied_source", "echo", "echo"]
    assert gone["threshold"].to_list() == [49.0, 0.8, 0.8]
    assert gone["value"][0] == len(OWNED)
    told = story(run, gone["id"][2])["features"]
    assert told["echo_share"] == 1.0
    assert told["echo_chars"] == told["echo_prompt_chars"] == len(ASKED.format(1))
    assert "dropped  at 01-filter-echo: echo (1, threshold 0.8)" in story_page(run, gone["id"][2])
    facts = json.loads((run / "report.json").read_text("utf-8"))
    shown = {h["feature"]: h for h in facts["histograms"]}
    assert set(shown) == {"echo_share", "answer_copied_chars"}
    assert (sum(shown["echo_share"]["kept"]), sum(shown["echo_share"]["dropped"])) == (26, 3)
    assert shown["echo_share"]["thresholds"] == [{"reason": "echo", "value": 0.8, "side": "above"}]


def test_one_and_two_workers(recipe: Path, tmp_path: Path) -> None:
    for workers in (1, 2):
        go(recipe, tmp_path / str(workers), workers=workers)
    for part in ("dataset", "drops"):
        assert digests(tmp_path / "1" / part) == digests(tmp_path / "2" / part)


def test_what_a_folder_holds_is_in_the_key(recipe: Path, tmp_path: Path) -> None:
    assert go(recipe, tmp_path / "run")["kept"]["records"] == len(KEPT) + 1
    assert go(recipe, tmp_path / "run")["changed"] is False
    text = json.dumps({"text": ANSWER.format(9)}, ensure_ascii=False)
    (tmp_path / "owned" / "b.jsonl").write_text(text, encoding="utf-8")
    assert go(recipe, tmp_path / "run")["kept"]["records"] == len(KEPT)


@pytest.mark.parametrize(
    ("part", "message"),
    [
        ({"use": "length", "on": "pair"}, "'chars' needs another side than on: pair"),
        ({"use": "rule", "keep": "echo_share < 0.5"}, "'echo_share' needs on: pair"),
        ({"use": "copied_source", "path": "nowhere"}, "file 'nowhere' does not exist"),
    ],
)
def test_mistakes_are_told_when_the_recipe_is_read(
    recipe: Path, part: dict[str, Any], message: str
) -> None:
    told = json.loads(recipe.read_text("utf-8")) | {"steps": [{"filter": part}]}
    recipe.write_text(json.dumps(told), encoding="utf-8")
    with pytest.raises(RecipeError, match=message):
        read_plan(recipe)
