"""Evaluation files: every format, nested fields, and errors that name the remedy."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path

import pytest

from llmx_data.core.errors import DataError
from llmx_data.decontaminate import index
from llmx_data.decontaminate.evaluations import read_evaluation

ONE, TWO = {"question": "首都はどこ？", "choice": "東京"}, {"question": "一番高い山は？"}
PAIRS = [("e#0", "首都はどこ？"), ("e#1", "一番高い山は？")]
LINES = f"{json.dumps(ONE)}\n\n{json.dumps(TWO, ensure_ascii=False)}\n"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.json", json.dumps([ONE, TWO])),
        ("b.json", LINES),
        ("c.jsonl", LINES),
        ("d.csv", 'id,question\n1,首都はどこ？\n2,"一番高い山は？"\n'),
        ("e.tsv", "question\tid\n首都はどこ？\t1\n一番高い山は？\t2\n"),
        ("f.v1.jsonl.gz", LINES),
    ],
)
def test_formats(tmp_path: Path, name: str, content: str) -> None:
    data = content.encode("utf-8-sig")
    (tmp_path / name).write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    assert read_evaluation(tmp_path / name, name="e") == PAIRS


def test_columns_without_a_header_go_by_number(tmp_path: Path) -> None:
    path = tmp_path / "m.tsv"
    path.write_text("首都はどこ？\t1\n一番高い山は？\t2\n", encoding="utf-8")
    assert read_evaluation(path, name="e", fields=["0"]) == PAIRS


def test_nested_fields_and_several_texts(tmp_path: Path) -> None:
    path = tmp_path / "squad.json"
    inner = {"data": [{"paragraphs": [{"qas": [ONE, TWO]}]}]}
    path.write_text(json.dumps(inner), encoding="utf-8")
    found = read_evaluation(path, name="e", fields=["data.paragraphs.qas.question"])
    assert found == [("e#0.0", "首都はどこ？"), ("e#0.1", "一番高い山は？")]
    path.write_text(json.dumps({"turns": ["一", "二"]}), encoding="utf-8")
    assert read_evaluation(path, name="e") == [("e#0.0", "一"), ("e#0.1", "二")]


def test_only_the_first_usual_field_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps([{"question": "問い", "text": "本文"}]), encoding="utf-8")
    assert read_evaluation(path, name="e") == [("e#0", "問い")]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.jsonl", '{"q": "x"}\n', r"no record has a text in question.*\n.*known: q"),
        ("a.jsonl", '{"question": "x"}\n{"quest', r"a\.jsonl:2: not JSON"),
        ("a.xml", "<a/>", "unknown kind of file"),
    ],
)
def test_errors(tmp_path: Path, name: str, content: str, message: str) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match=message):
        read_evaluation(tmp_path / name, name="e")
    with pytest.raises(DataError, match="cannot be read"):
        read_evaluation(tmp_path / "absent.json", name="e")


def test_real_sets() -> None:
    default = Path(__file__).parents[3] / "shared" / "data"
    folder = Path(os.environ.get("LLMX_SHARED_DATA", default)) / "eval"
    if not folder.is_dir():
        pytest.skip("the shared evaluation sets are not here (LLMX_SHARED_DATA)")
    questions = read_evaluation(folder / "jglue_jcommonsenseqa_valid-v1.3.json.gz", name="jcqa")
    assert len(questions) == 1119
    assert len(read_evaluation(folder / "mgsm_ja.tsv", name="mgsm", fields=["0"])) == 250
    assert index(questions).sizes.min() >= 0
