"""Output and examples on the pages are what llmx gives today."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from llmx_data.cli import _said
from llmx_data.core.parts import find
from llmx_data.core.progress import Talk
from llmx_data.core.run import Run
from llmx_data.core.storage import shipped
from llmx_data.kernels.text import Texts
from llmx_data.plan import read_plan
from llmx_data.road import curate
from llmx_data.why import story_page
from tests.docs.pages import BLOCKS, Block, of


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """Run the bundled sample; gives its run directory and summary."""
    path = tmp_path_factory.mktemp("sample")
    plan = read_plan(shipped("recipes") / "curate" / "sample.yaml")
    return path, curate(plan, Run(path), workers=1, limit=None, talk=Talk(quiet=True))


@pytest.mark.slow
def test_the_sample_ends_as_the_readme_says(sample: tuple[Path, dict[str, Any]]) -> None:
    said = _said(sample[1] | {"run": "runs/sample"}) + "\n"
    shown = [b for b in of("text") if b.info == "sample"]
    assert {b.page.name for b in shown} == {"README.md", "README.ja.md"}
    for block in shown:
        assert block.text == said, f"{block}: paste what the sample says now"


STORIES = [b for b in of("console") if "llmx why runs/sample" in b.text]


@pytest.mark.slow
@pytest.mark.parametrize("block", STORIES, ids=str)
def test_stories_are_told_as_shown(block: Block, sample: tuple[Path, dict[str, Any]]) -> None:
    command, *shown = block.text.splitlines()
    told = story_page(sample[0], command.split()[-1]).splitlines()
    assert [line for line in shown if line != "..." and line not in told] == []


@pytest.mark.slow
def test_parts_of_the_contributing_page_work(tmp_path: Path) -> None:
    mine = [b for b in BLOCKS if b.page.name == "CONTRIBUTING.md" and "." in b.info]
    for block in mine:
        (tmp_path / block.info).write_text(block.text, encoding="utf-8")
    rows = ['{"text": "今日は朝から雨が降っている。 #天気"}', '{"text": "🎉🎉🎉やった🎉🎉🎉"}']
    (tmp_path / "talk.jsonl").write_text("\n".join(rows) + "\n", encoding="utf-8")
    threads = '{"question": "雨はいつ止みますか。", "best": "夕方です。", "votes": 3}\n'
    (tmp_path / "threads.jsonl").write_text(threads, encoding="utf-8")
    texts = {}
    for name in ("emoji", "forum"):
        plan = read_plan(tmp_path / f"{name}.yaml")
        curate(plan, Run(tmp_path / name), workers=1, limit=None, talk=Talk(quiet=True))
        files = sorted((tmp_path / name / "dataset").rglob("*.parquet"))
        texts[name] = pl.concat([pl.read_parquet(f, columns=["text"]) for f in files])["text"]
    assert texts["emoji"].to_list() == ["今日は朝から雨が降っている。"]
    assert texts["forum"].to_list() == ["雨はいつ止みますか。\n\n夕方です。"]
    drops = pl.read_parquet(tmp_path / "emoji" / "drops" / "01-filter-emoji.parquet")
    assert drops["reason"].to_list() == ["many_emoji"]
    measure: Any = find("measure", "./questions.py", tmp_path)()
    counts = measure.measure(Texts(pl.Series(["本当？本当?", None, ""])))
    assert counts["questions_count"].to_list() == [2, None, 0]
