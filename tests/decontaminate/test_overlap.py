"""One kept and one dropped text, and the content key of the evaluation files."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from pydantic import ValidationError

from llmx_data.decontaminate import probe
from llmx_data.decontaminate.overlap import Overlap
from llmx_data.kernels.text import Texts

QUESTION = "電子機器で使用される最も主要な電子回路基板の事をなんと言う？"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "valid.json"
    path.write_text(json.dumps([{"question": QUESTION}]), encoding="utf-8")
    return path


def part(path: Path, **options: object) -> Overlap:
    return Overlap.model_validate({"against": [{"name": "csqa", "path": str(path)}]} | options)


@pytest.mark.parametrize(
    ("text", "dropped"),
    [
        (f"問題。{QUESTION}答えは掲示板。", True),
        (QUESTION[:24], True),
        (QUESTION[:20], False),
        ("電子機器の基板を掃除した。", False),
        ("", False),
    ],
)
def test_half_a_question_is_too_much(path: Path, text: str, dropped: bool) -> None:
    overlap = part(path)
    found = overlap.contaminated(probe(Texts(pl.Series(["前", text])), overlap.build()))
    assert found["row"].to_list() == ([1] if dropped else [])
    assert found["evaluation"].to_list() == (["csqa#0"] if dropped else [])


def test_few_hits_are_no_reason(path: Path) -> None:
    path.write_text(json.dumps([{"question": "日本の首都はどこですか"}]), encoding="utf-8")
    overlap = part(path)
    texts = Texts(pl.Series(["日本の首都はどこですか"]))
    assert overlap.contaminated(probe(texts, overlap.build())).height == 1
    strict = part(path, min_hits=5)
    assert strict.contaminated(probe(texts, strict.build())).height == 0


def test_the_key_is_the_content(path: Path, tmp_path: Path) -> None:
    key = part(path).digest()
    copy = tmp_path / "copy.json"
    copy.write_bytes(path.read_bytes())
    assert part(copy).digest() == key != part(path, n=10).digest()
    copy.write_text(json.dumps([{"question": "別の問い"}]), encoding="utf-8")
    assert part(copy).digest() != key
    with pytest.raises(ValidationError):
        Overlap.model_validate({"against": [{"name": "a", "path": "b", "field": "c"}]})
