"""Bad rows are quarantined with their place; damaged files and wrong mappings stop."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from llmx_data.core.errors import DataError
from llmx_data.ingest import reading
from tests.ingest.help import as_bytes, pack, run, write_lines

GOOD = {"text": "良い行。"}
BAD_LINES = [
    (b'{"text": "\xe9\x96', "invalid"),
    (b'{"text": "\xff\xfe"}', "invalid UTF-8"),
    (b'{"text": "a"', "invalid JSON"),
    (b'{"text": "a"} x', "invalid JSON"),
    (b'{"text": "C:\\q"}', "invalid JSON"),
    (b'{"text": "\\ud83d"}', "invalid JSON"),
    (b'{"text": "a", "n": NaN}', "invalid JSON"),
    (b'{"text": "\\u0000"}', "NUL character in text"),
    (b'["text"]', "list where an object was due"),
    (b'"text"', "str where an object was due"),
    (b"null", "NoneType where an object was due"),
    (b'{"text": 5}', "'text' is int, wanted text"),
    (b'{"text": null}', "'text' is null, wanted text"),
    (b'{"body": "a"}', "no column 'text' (there are: body)"),
    (b"[" * 100_000, "invalid JSON: nested too deeply"),
]


@pytest.mark.parametrize(("line", "why"), BAD_LINES)
def test_bad_line(tmp_path: Path, line: bytes, why: str) -> None:
    write_lines(tmp_path / "a.jsonl", GOOD, line, GOOD | {"n": 1})
    found = run(tmp_path, path="a.jsonl")
    assert list(found.bad) == ["a.jsonl:2"]
    assert found.bad["a.jsonl:2"].startswith(why)
    assert found.records["source_key"].to_list() == ["a.jsonl#1", "a.jsonl#3"]
    with pytest.raises(DataError, match=r"a\.jsonl:2: .*\n.*on_bad_row: quarantine"):
        run(tmp_path, path="a.jsonl", stop=True)


BAD_ELEMENTS = [
    (b'"x"', "str where an object was due"),
    (b'{"text": "\xff"}', "invalid UTF-8"),
    (b'{"text": NaN}', "invalid JSON"),
    (b'{"text": "\\ud800"}', "invalid JSON"),
]


@pytest.mark.parametrize(("element", "why"), BAD_ELEMENTS)
def test_bad_element_of_an_array(tmp_path: Path, element: bytes, why: str) -> None:
    good = b'{\n "text": "\xe8\x89\xaf"\n}'
    (tmp_path / "a.json").write_bytes(b"[" + good + b",\n" + element + b"," + good + b"]")
    found = run(tmp_path, path="a.json")
    assert list(found.bad) == ["a.json:[2]"]
    assert found.bad["a.json:[2]"].startswith(why)
    assert found.records["source_key"].to_list() == ["a.json#1", "a.json#3"]


def test_broken_array_names_file_and_byte(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes('[{"text": "良い"}, {"text": "C:\\q"}]'.encode())
    with pytest.raises(DataError, match=r"a\.json: not valid JSON at byte 33, line 1") as e:
        run(tmp_path, path="a.json")
    assert "nothing was repaired" in str(e.value)


@pytest.mark.parametrize("form", ["jsonl", "json", "csv", "txt", "parquet"])
@pytest.mark.parametrize("packing", [".gz", ".zst", ".xz"])
def test_cut_off_file(tmp_path: Path, form: str, packing: str) -> None:
    rows = [{"text": f"{n * 7919 % 1000}番"} for n in range(2000)]
    data = pack(as_bytes(rows, form), packing)
    (tmp_path / f"a.{form}{packing}").write_bytes(data[: len(data) * 2 // 3])
    with pytest.raises(DataError, match=rf"a\.{form}{packing}: damaged or cut off"):
        run(tmp_path, path=f"a.{form}{packing}")


@pytest.mark.parametrize("form", ["parquet", "xlsx"])
def test_damaged_file(tmp_path: Path, form: str) -> None:
    data = as_bytes([GOOD] * 100, form)
    (tmp_path / f"a.{form}").write_bytes(data[: len(data) // 2])
    with pytest.raises(DataError, match="damaged or cut off"):
        run(tmp_path, path=f"a.{form}")


def test_row_over_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_lines(tmp_path / "a.jsonl", GOOD, {"text": "長" * 500})
    monkeypatch.setattr(reading, "LARGEST_ROW", 1000)
    assert run(tmp_path, path="a.jsonl").bad == {"a.jsonl:2": "row over 64 MB"}


def test_quote_that_is_never_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.csv").write_text('text\n"開いたまま\n' + "行\n" * 900, encoding="utf-8")
    monkeypatch.setattr(reading, "LARGEST_ROW", 1000)
    monkeypatch.setattr(reading, "BLOCK_BYTES", 100)
    with pytest.raises(DataError, match="a quote is opened and not closed"):
        run(tmp_path, path="a.csv")


def test_wrong_number_of_fields(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("text,url\nあ,a\nい\nう,b,c\n", encoding="utf-8")
    assert run(tmp_path, path="a.csv").bad == {
        "a.csv:3": "1 fields where the header has 2",
        "a.csv:4": "3 fields where the header has 2",
    }


def test_invalid_utf8_in_parquet(tmp_path: Path) -> None:
    raw = pa.array([b"ok", b"\xff\xfe", "良い".encode()], pa.binary())
    table = pa.table({"text": raw.view(pa.string())})
    pq.write_table(table, tmp_path / "a.parquet")
    found = run(tmp_path, path="a.parquet")
    assert found.bad == {"a.parquet:2": "invalid UTF-8"}
    assert found.records["text"].to_list() == ["ok", "良い"]


def test_column_missing_everywhere_is_a_wrong_mapping(tmp_path: Path) -> None:
    write_lines(tmp_path / "a.jsonl", *[{"body": "a", "id": n} for n in range(3)])
    with pytest.raises(DataError, match=r"no column 'text' \(there are: body, id\)") as error:
        run(tmp_path, path="a.jsonl")
    assert "columns: {field: column}" in str(error.value)


def test_column_missing_in_a_later_block_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_lines(tmp_path / "a.jsonl", *[GOOD | {"n": n} for n in range(9)], {"body": "a" * 60})
    monkeypatch.setattr(reading, "BLOCK_BYTES", 50)
    found = run(tmp_path, path="a.jsonl")
    assert found.blocks > 3
    assert list(found.bad) == ["a.jsonl:10"]


def test_empty_files(tmp_path: Path) -> None:
    for name in ("a.jsonl", "a.csv", "a.txt"):
        (tmp_path / name).write_bytes(b"")
        assert run(tmp_path, path=name).rows == 0
    (tmp_path / "a.json").write_bytes(b"[]")
    assert run(tmp_path, path="a.json").rows == 0
    pl.DataFrame({"text": []}, schema={"text": pl.String}).write_parquet(tmp_path / "a.parquet")
    assert run(tmp_path, path="a.parquet").rows == 0
