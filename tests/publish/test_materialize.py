"""What is written: fixed row groups, files of a bounded size, the same rows in both formats."""

from __future__ import annotations

import io
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest
import zstandard

from llmx_data.core.storage import ROW_GROUP
from llmx_data.core.tables import RECORDS
from llmx_data.publish import materialize
from llmx_data.publish.materialize import Writer, columns_of, write_jsonl


def frame(start: int, count: int, text: str = "本文") -> pl.DataFrame:
    rows = pl.int_range(start, start + count, eager=True)
    return pl.DataFrame({"id": rows.cast(pl.String), "text": text + rows.cast(pl.String)})


@pytest.mark.parametrize("sizes", [[1], [7, 3], [5, 5, 5], [12], [1] * 11])
def test_row_groups_do_not_depend_on_how_rows_arrive(
    tmp_path: Path, sizes: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(materialize, "ROW_GROUP", 4)
    writer = Writer(tmp_path / "out", ["id", "text"])
    start = 0
    for size in sizes:
        writer.add(frame(start, size))
        start += size
    writer.close()
    (path,) = writer.name()
    groups = pq.ParquetFile(path).metadata
    counts = [groups.row_group(i).num_rows for i in range(groups.num_row_groups)]
    assert counts == [4] * (start // 4) + ([start % 4] if start % 4 else [])
    assert pl.read_parquet(path).equals(frame(0, start))


def test_a_large_config_is_cut_into_named_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(materialize, "ROW_GROUP", 2)
    monkeypatch.setattr(materialize, "FILE_BYTES", 25)
    writer = Writer(tmp_path / "out", ["id", "text"])
    writer.add(frame(0, 9))
    writer.close()
    names = [path.name for path in writer.name()]
    assert names == [f"train-0000{i}-of-00003.parquet" for i in range(3)]
    whole = pl.concat([pl.read_parquet(tmp_path / "out" / name) for name in names])
    assert whole.equals(frame(0, 9))
    assert writer.rows == [4, 4, 1]


def test_json_lines_hold_the_same_rows(tmp_path: Path) -> None:
    chat = [
        [{"role": "user", "content": "問い\n二行"}, {"role": "assistant", "content": "答え"}],
        None,
    ]
    rows = pl.DataFrame({"id": ["a", "b"], "text": ["問い", "𠮷\u2028"], "messages": chat})
    rows.write_parquet(tmp_path / "train-00000-of-00001.parquet")
    path = write_jsonl(tmp_path / "train-00000-of-00001.parquet", tmp_path / "jsonl")
    assert path.name == "train-00000-of-00001.jsonl.zst"
    data = zstandard.ZstdDecompressor().decompressobj().decompress(path.read_bytes())
    assert pl.read_ndjson(io.BytesIO(data)).equals(rows)


@pytest.mark.parametrize(
    ("kind", "hidden"),
    [
        ("document", {"messages", "rejected"}),
        ("instruction", {"rejected"}),
        ("conversation", {"rejected"}),
        ("preference", set()),
    ],
)
def test_columns_of_a_kind(kind: str, hidden: set[str]) -> None:
    names = columns_of(kind)
    assert set(RECORDS) - set(names) == hidden
    assert names.index("license") == names.index("license_declared") - 1


def test_the_default_row_group_is_what_storage_says() -> None:
    assert materialize.ROW_GROUP == ROW_GROUP
