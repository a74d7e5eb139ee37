"""Blocks: however a file is cut, rows, ids and places are the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from llmx_data.ingest import reading, stage
from tests.ingest.help import as_bytes, pack, run

ROWS = [{"text": f'{n}番目の文、\n"引用"つき{"。" * (n % 7)}', "url": f"u{n}"} for n in range(200)]
FLAT = [row | {"text": row["text"].replace("\n", " ").replace('"', "")} for row in ROWS]


@pytest.mark.parametrize("packing", ["", ".zst"])
@pytest.mark.parametrize("form", ["jsonl", "json", "csv", "tsv", "txt", "parquet"])
def test_many_blocks_equal_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str, packing: str
) -> None:
    rows = FLAT if form in ("tsv", "txt") else ROWS
    name = f"a.{form}{packing}"
    (tmp_path / name).write_bytes(pack(as_bytes(rows, form), packing))
    one = run(tmp_path, path=name)
    assert one.blocks == 1
    monkeypatch.setattr(reading, "BLOCK_BYTES", 700)
    many = run(tmp_path, path=name)
    assert many.blocks > 8 or (form == "parquet" and packing)
    assert many.records.equals(one.records)
    assert one.records.height == len(rows)


def test_places_are_right_in_every_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = as_bytes(FLAT, "jsonl").splitlines()
    for number in (1, 50, 51, 200):
        lines[number - 1] = b"{broken"
    lines[99] = b""
    (tmp_path / "a.jsonl").write_bytes(b"\r\n".join(lines))
    monkeypatch.setattr(reading, "BLOCK_BYTES", 500)
    found = run(tmp_path, path="a.jsonl")
    assert list(found.bad) == ["a.jsonl:1", "a.jsonl:50", "a.jsonl:51", "a.jsonl:200"]
    assert found.rows == 199


def test_csv_places_in_every_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = as_bytes(ROWS, "csv") + b"one field\n" + as_bytes(ROWS, "csv")
    (tmp_path / "a.csv").write_bytes(data)
    line = as_bytes(ROWS, "csv").count(b"\n") + 1
    monkeypatch.setattr(reading, "BLOCK_BYTES", 900)
    found = run(tmp_path, path="a.csv")
    assert found.bad == {f"a.csv:{line}": "1 fields where the header has 2"}


def test_a_line_longer_than_a_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [{"text": "長い" * 3000, "url": "a"}, {"text": "短い", "url": "b"}]
    (tmp_path / "a.jsonl").write_bytes(as_bytes(rows, "jsonl"))
    monkeypatch.setattr(reading, "BLOCK_BYTES", 100)
    assert run(tmp_path, path="a.jsonl").records["text"].to_list() == [r["text"] for r in rows]


def test_shards_of_a_block_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.jsonl").write_bytes(as_bytes(ROWS, "jsonl"))
    whole = run(tmp_path, path="a.jsonl").records
    monkeypatch.setattr(stage, "SHARD_RECORDS", 30)
    found = run(tmp_path, path="a.jsonl").records
    shards = sorted((tmp_path / "out/1").glob("00000-*.parquet"))
    assert (
        len(
            [
                s
                for s in shards
                if s.stem.count(".") == 0 and "sizes" not in s.name and "cases" not in s.name
            ]
        )
        == 7
    )
    assert found.equals(whole)
    monkeypatch.setattr(stage, "SHARD_BYTES", 400)
    assert run(tmp_path, path="a.jsonl").records.equals(whole)


def test_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.jsonl").write_bytes(as_bytes(ROWS, "jsonl"))
    monkeypatch.setattr(reading, "BLOCK_BYTES", 700)
    assert run(tmp_path, path="a.jsonl", limit=25).records["url"].to_list() == [
        f"u{n}" for n in range(25)
    ]


def test_a_finished_block_is_not_read_again(tmp_path: Path) -> None:
    from llmx_data.core.parts import Spec
    from llmx_data.ingest.stage import Task, ingest
    from tests.ingest.help import DECLARED

    path = tmp_path / "a.jsonl"
    path.write_bytes(as_bytes(ROWS, "jsonl"))
    spec = Spec("ingest", "files", {"path": str(path)})
    task = Task(spec, (), DECLARED, tuple(spec.build().blocks(tmp_path)), str(tmp_path), 0, False)
    first = ingest(task)
    path.unlink()
    assert ingest(task) == first
