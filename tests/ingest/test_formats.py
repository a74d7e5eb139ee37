"""Every format in every packing and encoding gives the same records."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from llmx_data.core.errors import DataError, RecipeError
from tests.ingest.help import as_bytes, pack, run, write_lines

ROWS = [
    {"text": "東京都では昨日、新しい図書館が開館した。", "url": "https://example.jp/1"},
    {"text": "ﾊﾟﾝを焼く。𠮷野家の前で。", "url": "https://example.jp/2"},
    {"text": "バッハとハッパ。", "url": "https://example.jp/3"},
]
FORMS = ["jsonl", "json", "csv", "tsv", "parquet", "txt", "xlsx"]
PACKINGS = ["", ".gz", ".zst", ".xz"]


@pytest.mark.parametrize("packing", PACKINGS)
@pytest.mark.parametrize("form", FORMS)
def test_same_records_from_every_format(tmp_path: Path, form: str, packing: str) -> None:
    (tmp_path / f"news.{form}{packing}").write_bytes(pack(as_bytes(ROWS, form), packing))
    found = run(tmp_path, path=f"news.{form}{packing}").records
    assert found["text"].to_list() == [row["text"] for row in ROWS]
    if form != "txt":
        assert found["url"].to_list() == [row["url"] for row in ROWS]
    assert found["source"].unique().to_list() == ["news"]
    plain = tmp_path / f"plain/news.{form}"
    plain.parent.mkdir()
    plain.write_bytes(as_bytes(ROWS, form))
    again = run(tmp_path, path=str(plain)).records
    assert found["id"].to_list() == again["id"].to_list()
    assert found["id"].n_unique() == len(ROWS)


@pytest.mark.parametrize("encoding", ["cp932", "euc_jp"])
@pytest.mark.parametrize("form", ["jsonl", "json", "csv", "tsv", "txt"])
def test_declared_encodings(tmp_path: Path, form: str, encoding: str) -> None:
    rows = [{"text": "表示ソート能力、①番", "url": "予定表"}, {"text": "十", "url": "構"}]
    if encoding == "euc_jp":
        rows[0]["text"] = "表示ソート能力"
    (tmp_path / f"a.{form}").write_bytes(as_bytes(rows, form, encoding))
    found = run(tmp_path, path=f"a.{form}", encoding=encoding)
    assert found.records["text"].to_list() == [row["text"] for row in rows]
    assert found.bad == {}


@pytest.mark.parametrize("form", ["jsonl", "csv", "txt"])
def test_an_encoding_is_not_guessed(tmp_path: Path, form: str) -> None:
    rows = [{"text": "ascii", "url": "a"}, {"text": "日本", "url": "b"}]
    (tmp_path / f"a.{form}").write_bytes(as_bytes(rows, form, "cp932"))
    found = run(tmp_path, path=f"a.{form}")
    assert found.records["text"].to_list() == ["ascii"]
    assert list(found.bad.values()) == ["invalid UTF-8"]


def test_header_in_another_encoding(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes("本文,url\n日本,a\n".encode("cp932"))
    with pytest.raises(DataError, match="header is not UTF-8"):
        run(tmp_path, path="a.csv", columns={"text": "本文"})


def test_quoted_line_ends_and_quotes(tmp_path: Path) -> None:
    text = '一行目\n二行目、"引用"と,読点\n'
    rows = [{"text": text, "url": "a"}, {"text": "次", "url": "b"}]
    (tmp_path / "a.csv").write_bytes(as_bytes(rows, "csv"))
    found = run(tmp_path, path="a.csv").records
    assert found["text"].to_list() == [text.strip(), "次"]
    assert found["source_key"].to_list() == ["a.csv#2", "a.csv#5"]


def test_tsv_takes_quotes_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_text('text\turl\n"開いたまま\ta\n次\tb\n', encoding="utf-8")
    assert run(tmp_path, path="a.tsv").records["text"].to_list() == ['"開いたまま', "次"]


def test_long_csv_field(tmp_path: Path) -> None:
    rows = [{"text": "長" * 200_000, "url": "a"}]
    (tmp_path / "a.csv").write_bytes(as_bytes(rows, "csv"))
    assert run(tmp_path, path="a.csv").records["text"].str.len_chars().item() == 200_000


@pytest.mark.parametrize("form", ["jsonl", "json", "csv", "txt"])
def test_byte_order_mark(tmp_path: Path, form: str) -> None:
    (tmp_path / f"a.{form}").write_bytes(b"\xef\xbb\xbf" + as_bytes(ROWS, form))
    texts = run(tmp_path, path=f"a.{form}").records["text"].to_list()
    assert texts == [row["text"] for row in ROWS]


def test_json_lines_under_a_json_name(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(as_bytes(ROWS, "jsonl"))
    found = run(tmp_path, path="a.json").records
    assert found["source_key"].to_list() == ["a.json#1", "a.json#2", "a.json#3"]


def test_array_inside_an_object(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(b'{"samples": ' + as_bytes(ROWS, "json") + b', "n": 3}')
    assert run(tmp_path, path="a.json", records_at="samples").records.height == 3
    wrong: list[tuple[dict[str, Any], str]]
    wrong = [({}, "say where with records_at"), ({"records_at": "x"}, "has no key 'x'")]
    for options, message in wrong:
        with pytest.raises(DataError, match=message):
            run(tmp_path, path="a.json", **options)


def test_one_record_per_text_file(tmp_path: Path) -> None:
    for name, text in (("b.txt", "一\n\n二\n"), ("a.txt", "三")):
        (tmp_path / name).write_text(text, encoding="utf-8")
    found = run(tmp_path, path="*.txt", whole=True).records
    assert found.select("source_key", "text").rows() == [("a.txt#1", "三"), ("b.txt#1", "一\n\n二")]


def test_extra_columns_are_kept(tmp_path: Path) -> None:
    row = {"body": "本文", "author": ["甲", "乙"], "license": "CC-BY-4.0", "n": 1, "none": None}
    write_lines(tmp_path / "a.jsonl", row)
    columns = {"text": "body", "attribution": "author"}
    found = run(tmp_path, path="a.jsonl", columns=columns).records
    assert found["attribution"].item() == "甲, 乙"
    assert found["meta"].item() == '{"license":"CC-BY-4.0","n":1}'
    assert found["license_declared"].item() == "CC0-1.0"
    assert found["license_basis"].item() == "recipe"
    found = run(tmp_path, path="a.jsonl", columns=columns | {"license": "license"}).records
    assert found.select("license_declared", "license_basis").row(0) == ("CC-BY-4.0", "row")


def test_key_column(tmp_path: Path) -> None:
    write_lines(tmp_path / "a.jsonl", {"text": "一", "id": 7}, {"text": "二", "id": ""})
    found = run(tmp_path, path="a.jsonl", key="id")
    assert found.records["source_key"].to_list() == ["7"]
    assert found.bad == {"a.jsonl:2": "key column 'id' is empty"}


WRONG_PATHS = [
    ("none.jsonl", "no file matches none.jsonl"),
    ("twice/*", "is there twice"),
    ("mixed", r"several formats \(jsonl, txt\)"),
    ("a.dat", "format not known"),
]


@pytest.mark.parametrize(("path", "message"), WRONG_PATHS)
def test_wrong_paths(tmp_path: Path, path: str, message: str) -> None:
    for folder in ("twice", "mixed"):
        (tmp_path / folder).mkdir()
    for name in ("twice/a.jsonl", "twice/a.jsonl.gz", "mixed/a.jsonl", "mixed/b.txt", "a.dat"):
        (tmp_path / name).write_bytes(b"")
    with pytest.raises(RecipeError, match=message):
        run(tmp_path, path=path)


def test_a_folder_leaves_its_readme_out(tmp_path: Path) -> None:
    folder = tmp_path / "d"
    folder.mkdir()
    (folder / "README.md").write_text("説明", encoding="utf-8")
    (folder / "a.jsonl").write_bytes(as_bytes(ROWS, "jsonl"))
    assert run(tmp_path, path="d").records.height == 3


def test_unknown_field_in_columns() -> None:
    from llmx_data.ingest.files import Files

    with pytest.raises(ValueError, match="form 'document' has no field 'txt'"):
        Files(path="a", columns={"txt": "body"})


def test_column_named_twice(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("text,text\nあ,い\n", encoding="utf-8")
    with pytest.raises(DataError, match="column 'text' is there twice"):
        run(tmp_path, path="a.csv")


def test_dates_and_numbers_of_parquet(tmp_path: Path) -> None:
    from datetime import date

    frame = pl.DataFrame({"text": ["あ"], "date": [date(2024, 7, 1)], "score": [float("nan")]})
    frame.write_parquet(tmp_path / "a.parquet")
    found = run(tmp_path, path="a.parquet").records
    assert found.select("date", "meta").row(0) == ("2024-07-01", '{"score":null}')
