"""Each named data set with its true schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest
from pydantic import ValidationError

from llmx_data.core.errors import DataError, RecipeError
from llmx_data.core.parts import find, names
from llmx_data.core.storage import shipped
from llmx_data.ingest import Source
from llmx_data.ingest.news_summary import NewsSummary
from llmx_data.license.facts import load as load_facts
from tests.ingest.help import run, write_lines


def turns(frame: pl.DataFrame) -> list[list[str]]:
    return [[turn["content"] for turn in row] for row in frame["messages"].to_list()]


def test_every_source_is_found_and_its_card_exists() -> None:
    found = names("ingest")
    assert len(found) == 10
    assert found == sorted(
        [
            "cc_news",
            "files",
            "finished",
            "generated",
            "hub",
            "ichikara",
            "kaiwa",
            "news_summary",
            "sample",
            "tengentoppa",
        ]
    )
    known = load_facts(shipped("licenses")).datasets
    for use in found:
        part = find("ingest", use, Path())
        assert issubclass(part, Source)
        assert part.catalogue is None or part.catalogue in known


def test_cc_news(tmp_path: Path) -> None:
    write_lines(
        tmp_path / "a.jsonl",
        {"charset": "UTF-8", "text": "本文一。"},
        {
            "docId": "d2",
            "url": "https://example.jp",
            "language": "ja",
            "charset": "EUC-JP",
            "date": "2024-07-01",
            "text": "本文二。",
        },
        {"charset": "UTF-8"},
    )
    found = run(tmp_path, "cc_news", path="a.jsonl")
    assert found.bad == {"a.jsonl:3": "no column 'text' (there are: charset)"}
    assert found.records.select("source_key", "url", "date", "meta").rows() == [
        ("a.jsonl#1", None, None, '{"charset":"UTF-8"}'),
        (
            "a.jsonl#2",
            "https://example.jp",
            "2024-07-01",
            '{"charset":"EUC-JP","docId":"d2","language":"ja"}',
        ),
    ]


def ichikara(folder: Path, name: str, rows: list[dict[str, Any]]) -> None:
    (folder / name).write_text(json.dumps(rows, ensure_ascii=False, indent=2), encoding="utf-8")


def test_ichikara_keeps_several_answers(tmp_path: Path) -> None:
    folder = tmp_path / "Distribution"
    folder.mkdir()
    (folder / "README.md").write_text("説明", encoding="utf-8")
    ichikara(folder, "x-001-1.json", [{"ID": "1", "text": "問", "output": "答一"}])
    ichikara(
        folder,
        "x-001-2.1.json",
        [
            {"ID": "1", "text": "問", "output": "答二"},
            {"ID": "2", "text": "問", "output": "答三"},
            {"ID": "3", "text": "問", "output": ""},
            {"ID": "4", "text": "問"},
        ],
    )
    found = run(tmp_path, "ichikara", path="Distribution")
    assert turns(found.records) == [["問", "答一"], ["問", "答二"], ["問", "答三"]]
    assert found.records["source_key"].to_list() == ["x-001-1#1", "x-001-2.1#1", "x-001-2.1#2"]
    assert found.records["id"].n_unique() == 3
    assert found.bad == {
        "x-001-2.1.json:[3]": "'output' is empty: no answer",
        "x-001-2.1.json:[4]": "no column 'output' (there are: ID, text)",
    }


def test_ichikara_is_never_repaired(tmp_path: Path) -> None:
    (tmp_path / "x-002-1.json").write_text('[{"ID": "1", "text": "\\d", "output": "\\n"}]')
    with pytest.raises(DataError, match=r"x-002-1\.json: not valid JSON at byte 22"):
        run(tmp_path, "ichikara", path="x-002-1.json")


@pytest.mark.parametrize(("use", "words"), [("ichikara", "liat-aip"), ("kaiwa", "tyc.rei")])
def test_how_to_fetch(tmp_path: Path, use: str, words: str) -> None:
    with pytest.raises(RecipeError, match=words):
        run(tmp_path, use, path="nowhere.json")
    (tmp_path / "empty").mkdir()
    with pytest.raises(RecipeError, match=words):
        run(tmp_path, use, path="empty")


def test_tengentoppa_nulls(tmp_path: Path) -> None:
    rows = [
        ("問", None, "答"),
        ("問", "文脈", "答"),
        (None, "問", "答"),
        ("問", None, None),
        (None, None, "答"),
    ]
    columns = ("instruction", "input", "output")
    data = [dict(zip(columns, row, strict=True)) for row in rows] + [{"instruction": "問"}]
    (tmp_path / "processed_dataset.json").write_text(json.dumps(data))
    found = run(tmp_path, "tengentoppa", path="processed_dataset.json")
    assert turns(found.records) == [["問", "答"], ["問\n\n文脈", "答"], ["問", "答"]]
    assert list(found.bad.values()) == [
        "'output' is empty: no answer",
        "'instruction' is empty: no prompt",
        "no column 'input' (there are: instruction)",
    ]
    assert found.records["kind"].unique().to_list() == ["instruction"]


def test_news_summary_forms(tmp_path: Path) -> None:
    write_lines(tmp_path / "a.jsonl", {"body": "記事。", "short": "要約。", "head": "題"})
    columns = {"article": "body", "summary": "short", "title": "head"}
    found = run(tmp_path, "news_summary", path="a.jsonl", columns=columns).records
    assert turns(found) == [["次のニュース記事を要約してください。\n\n記事。", "要約。"]]
    assert found.select("title", "kind", "meta").row(0) == ("題", "instruction", None)
    options: dict[str, Any] = {"path": "a.jsonl", "columns": columns, "form": "document"}
    found = run(tmp_path, "news_summary", **options).records
    assert found.select("text", "kind").row(0) == ("記事。", "document")


WRONG_COLUMNS = [{}, {"article": "a"}, {"article": "a", "summary": "b", "x": "c"}]


@pytest.mark.parametrize("columns", WRONG_COLUMNS)
def test_news_summary_wants_a_mapping(columns: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="columns of this data set are not documented"):
        NewsSummary(path="a", columns=columns)


HEADER = [
    "番号",
    "【A】話しかけ",
    "【B】お返事",
    "【C】Bに対するA話者の返事（ある場合のみ）",
    "【D】Cに対するつくよみちゃんのお返事（ある場合のみ）",
    "",
]
TALKS = [
    (["1", "おはよう", "おはようございます", "", "", ""], ["おはよう", "おはようございます"]),
    (["2", "元気？", "はい", "よかった", "ええ", "注"], ["元気？", "はい", "よかった", "ええ"]),
    (["3", "元気？", "はい", "よかった", "", ""], "only A and B and C filled"),
    (["4", "元気？", "はい", "", "ええ", ""], "only A and B and D filled"),
    (["5", "", "", "よかった", "ええ", ""], "only C and D filled"),
    (["6", "", "", "", "", ""], "only nothing filled"),
]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_kaiwa(tmp_path: Path, form: str) -> None:
    table = [["この表は\n会話の例です", "", "", "", "", ""], HEADER, *[cells for cells, _ in TALKS]]
    if form == "xlsx":
        book = openpyxl.Workbook()
        assert book.active is not None
        for cells in table:
            book.active.append([cell or None for cell in cells])
        book.save(tmp_path / "a.xlsx")
    else:
        frame = pl.DataFrame(table[1:], schema=[f"c{i}" for i in range(6)], orient="row")
        body = frame.write_csv(include_header=False)
        (tmp_path / "a.csv").write_text('"この表は\n会話の例です",,,,,\n' + body, encoding="utf-8")
    found = run(tmp_path, "kaiwa", path=f"a.{form}")
    assert turns(found.records) == [wanted for _, wanted in TALKS if isinstance(wanted, list)]
    reasons = [wanted for _, wanted in TALKS if isinstance(wanted, str)]
    assert [why.partition(",")[0] for why in found.bad.values()] == reasons
    first = 5 + (form == "csv")
    assert list(found.bad) == [f"a.{form}:{line}" for line in range(first, first + 4)]
    assert found.records["kind"].unique().to_list() == ["conversation"]


def test_kaiwa_header_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("番号,【A】,【B】\n1,あ,い\n2,う,え\n", encoding="utf-8")
    with pytest.raises(DataError, match="skip_rows says how many"):
        run(tmp_path, "kaiwa", path="a.csv")
    found = run(tmp_path, "kaiwa", path="a.csv", skip_rows=0).records
    assert turns(found) == [["あ", "い"], ["う", "え"]]


PARTS = [
    ("cc_news", "CC0-1.0"),
    ("ichikara", "CC-BY-SA-4.0"),
    ("tengentoppa", "CC-BY-4.0"),
    ("web", "CC-BY-4.0"),
    ("unlicensed", None),
]


@pytest.mark.parametrize(("part", "license"), PARTS)
def test_sample(tmp_path: Path, part: str, license: str | None) -> None:
    source = find("ingest", "sample", tmp_path).model_validate({"part": part})
    assert isinstance(source, Source)
    assert source.license == license
    assert source.source_name == f"sample_{part}"
    assert source.card_name() is None
    found = run(tmp_path, "sample", part=part)
    assert found.records.height >= 8
    assert found.rows == found.records.height + len(found.bad)
    assert found.records["id"].n_unique() == found.records.height
    for path in source.inputs(tmp_path):
        assert path.parent == shipped("recipes") / "sample"
    told = find("ingest", "sample", tmp_path).model_validate({"part": part, "license": "MIT"})
    assert isinstance(told, Source)
    assert told.license == "MIT"
