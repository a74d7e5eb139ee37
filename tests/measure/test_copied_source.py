"""Copies from documents of others: the column, null for null, and an index that is built once."""

from __future__ import annotations

import json
import os
from pathlib import Path

import polars as pl
import pytest

from llmx_data.kernels import copied
from llmx_data.measure import Measure, Texts
from llmx_data.measure.copied_source import CopiedSource, _documents
from tests.kernels import twins

OWNED = "海に面したこの町では毎年八月の終わりに灯籠を流す祭りがひらかれ、川べりには遠くから来た人たちが夜おそくまで残る。"


def write(path: Path, *texts: str) -> str:
    lines = (json.dumps({"text": text}, ensure_ascii=False) for text in texts)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(path)


def found(part: Measure, *texts: str | None) -> list[int | None]:
    frame = part.measure(Texts(pl.Series(texts, dtype=pl.String)))
    assert dict(frame.schema) == part.gives()
    return frame["copied_chars"].to_list()


def test_runs_are_counted_without_white_space(tmp_path: Path) -> None:
    part = CopiedSource(path=write(tmp_path / "d.jsonl", "別の文書。", OWNED))
    spaced = "\n".join(OWNED[i : i + 10] for i in range(0, len(OWNED), 10))
    assert len(OWNED) == 56
    assert found(part, OWNED, "前。" + spaced, OWNED[:50], OWNED[:49], "", None) == [
        56, 56, 50, 0, 0, None,
    ]  # fmt: skip
    assert found(part) == []
    assert found(CopiedSource(path=part.path, run=20), OWNED[:49]) == [49]


def test_edge_texts_alone_and_together(tmp_path: Path) -> None:
    part = CopiedSource(path=write(tmp_path / "d.jsonl", *filter(None, twins.EDGE_TEXTS)))
    together = found(part, *twins.EDGE_TEXTS)
    assert together == [found(part, text)[0] for text in twins.EDGE_TEXTS]


def test_the_documents_are_read_once_per_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built: list[int] = []
    index = copied.index_documents

    def counting(*args: object, **options: object) -> copied.Copies:
        built.append(1)
        return index(*args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(copied, "index_documents", counting)
    _documents.cache_clear()
    path = tmp_path / "folder"
    path.mkdir()
    write(path / "a.jsonl", OWNED)
    for _ in range(3):
        assert found(CopiedSource(path=str(path)), OWNED) == [56]
    assert sum(built) == 1
    write(path / "a.jsonl", "もう何もない。")
    os.utime(path / "a.jsonl", ns=(1, 1))
    assert found(CopiedSource(path=str(path)), OWNED) == [0]
    assert sum(built) == 2
