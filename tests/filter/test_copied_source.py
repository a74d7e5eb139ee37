"""Answers that copy from a document of others go, and only those."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from pydantic import ValidationError

from llmx_data.filter.copied_source import CopiedSource
from llmx_data.filter.stage import measures_for
from llmx_data.measure import Texts

OWNED = "海に面したこの町では毎年八月の終わりに灯籠を流す祭りがひらかれ、川べりには遠くから来た人たちが夜おそくまで残る。"
DROPPED = [
    OWNED,
    "この町の祭りについて。" + OWNED[:50],
    OWNED[-51:].replace("、", "、\n") + "以上です。",
]
KEPT = [OWNED[:49], "毎年八月の終わりに灯籠を流す。" * 9, "", None, OWNED[:25] + "。" + OWNED[25:]]


@pytest.fixture
def path(tmp_path: Path) -> str:
    file = tmp_path / "owned.jsonl"
    file.write_text(json.dumps({"text": "まえがき。" + OWNED}, ensure_ascii=False) + "\n")
    return str(file)


def dropped(part: CopiedSource, texts: list[str | None]) -> list[bool]:
    (measure,) = measures_for(part)
    features = measure.measure(Texts(pl.Series(texts, dtype=pl.String)))
    (reason,) = part.reasons()
    assert reason.word == "copied_source"
    return features.select(reason.bad.fill_null(False)).to_series().to_list()


def test_dropped_and_kept(path: str) -> None:
    part = CopiedSource(path=path)
    assert part.on == "answer"
    assert dropped(part, [*DROPPED, *KEPT]) == [True] * len(DROPPED) + [False] * len(KEPT)


def test_the_limit_is_the_run_that_is_looked_for(path: str) -> None:
    assert dropped(CopiedSource(path=path, max_copied_chars=48), [OWNED[:49], OWNED[:48]]) == [
        True,
        False,
    ]
    assert dropped(CopiedSource(path=path, max_copied_chars=55), [OWNED, OWNED[:55]]) == [
        True,
        False,
    ]
    assert dropped(CopiedSource(path=path, max_copied_chars=15), [OWNED[7:23], OWNED[7:22]]) == [
        True,
        False,
    ]
    with pytest.raises(ValidationError):
        CopiedSource(path=path, max_copied_chars=14)


def test_none_is_off(path: str) -> None:
    part = CopiedSource(path=path, max_copied_chars=None)
    assert list(part.reasons()) == []
    assert [m.run for m in measures_for(part)] == [50]
