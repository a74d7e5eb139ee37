"""A finished run under today's facts: what changed, and for which act."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from llmx_data.audit.again import again_page, retake
from llmx_data.core.errors import DataError
from llmx_data.core.storage import shipped
from llmx_data.license.facts import Facts, load
from tests.road.help import go, write_recipe, write_rows


@pytest.fixture
def run(tmp_path: Path) -> Path:
    sources = [
        write_rows(tmp_path / "free.jsonl", ["自由な文章。"]),
        write_rows(tmp_path / "by.jsonl", ["表示の文章。"]) | {"license": "CC-BY-4.0"},
    ]
    go(write_recipe(tmp_path, sources=sources), tmp_path / "run")
    return tmp_path / "run"


@pytest.fixture
def facts() -> Facts:
    return load(shipped("licenses"))


def test_nothing_changed(run: Path, facts: Facts) -> None:
    again = retake(run, facts)
    assert (again.then, again.now, again.changes) == ("ALLOW_WITH", "ALLOW_WITH", [])
    assert "the same facts" in again_page(again, run)
    assert "no verdict changed" in again_page(again, run)


def test_a_fact_changed(run: Path, facts: Facts, tmp_path: Path) -> None:
    root = tmp_path / "facts"
    shutil.copytree(facts.root, root)
    path = root / "terms" / "CC-BY-4.0.yaml"
    text = path.read_text()
    assert "share_adapted: yes" in text
    path.write_text(text.replace("limitations: []", "limitations: [no_redistribution]"))
    again = retake(run, load(root))
    assert again.facts_then != again.facts_now
    assert {(c.source, c.then) for c in again.changes} == {("by", "ALLOW_WITH")}
    assert again.now in ("REVIEW", "DENY")
    assert "ALLOW_WITH ->" in again_page(again, run)


def test_another_purpose(run: Path, facts: Facts) -> None:
    purpose = facts.purpose({"act": ["commercial_service"]})
    again = retake(run, facts, purpose)
    assert {(c.source, c.act, c.then) for c in again.changes} == {
        ("free", "commercial_service", ""), ("by", "commercial_service", "")}  # fmt: skip
    assert "not asked ->" in again_page(again, run)


def test_no_run(tmp_path: Path, facts: Facts) -> None:
    with pytest.raises(DataError, match="has no audit"):
        retake(tmp_path, facts)
