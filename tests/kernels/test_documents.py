"""Texts of documents named by a path: every kind of file, folders, and what is wrong with a file."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
import zstandard

from llmx_data.core.errors import DataError
from llmx_data.kernels.documents import BLOCK, read_texts

ROWS = '{"text": "猫"}\n\n{"text": null, "id": 1}\n{"text": "犬\\n鳥"}\n'
TEXTS = ["猫", None, "犬\n鳥"]


def texts(path: Path) -> list[str | None]:
    return [text for block in read_texts(path) for text in block]


def test_every_kind_of_file(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(ROWS, encoding="utf-8")
    (tmp_path / "b.jsonl.zst").write_bytes(zstandard.compress(ROWS.encode()))
    pl.DataFrame({"n": [1, 2, 3], "text": TEXTS}).write_parquet(tmp_path / "c.parquet")
    for name in ("a.jsonl", "b.jsonl.zst", "c.parquet"):
        assert texts(tmp_path / name) == TEXTS


def test_a_folder_is_read_by_its_parquet_files_in_order(tmp_path: Path) -> None:
    (tmp_path / "z.jsonl").write_text('{"text": "同じもの"}\n', encoding="utf-8")
    assert texts(tmp_path) == ["同じもの"]
    for name in ("b/2", "b/1", "a/3"):
        path = tmp_path / f"{name}.parquet"
        path.parent.mkdir(exist_ok=True)
        pl.DataFrame({"text": [name]}).write_parquet(path)
    assert texts(tmp_path) == ["a/3", "b/1", "b/2"]


def test_long_files_come_in_blocks(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "あ"}\n' * (BLOCK + 5), encoding="utf-8")
    assert [len(block) for block in read_texts(tmp_path / "a.jsonl")] == [BLOCK, 5]


WRONG = [
    ("a.jsonl", b'{"text": "\xe7\x8c\xab"}\n{"text":\n', r"a\.jsonl:2: not JSON"),
    ("a.jsonl", b'{"text": 5}\n', r"a\.jsonl:1: wanted an object with a text"),
    ("a.jsonl", b'{"body": "x"}\n', r"a\.jsonl:1: wanted an object with a text"),
    ("a.jsonl", b'["text"]\n', r"a\.jsonl:1: wanted an object with a text"),
    ("a.jsonl.zst", zstandard.compress(ROWS.encode() * 999)[:-9], "damaged or cut off"),
    ("a.jsonl.zst", b"no zstd at all", "damaged or cut off"),
    ("a.parquet", b"no parquet at all", "damaged or cut off"),
    ("a.csv", b"text\n", "unknown kind of file"),
    ("other/a.csv", b"text\n", r"holds no \.parquet"),
]


@pytest.mark.parametrize(("name", "data", "message"), WRONG)
def test_what_is_wrong_is_told(tmp_path: Path, name: str, data: bytes, message: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    with pytest.raises(DataError, match=message):
        texts(path.parent if "/" in name else path)


def test_a_table_without_texts(tmp_path: Path) -> None:
    pl.DataFrame({"body": ["x"]}).write_parquet(tmp_path / "a.parquet")
    with pytest.raises(DataError, match="has no column 'text'"):
        texts(tmp_path / "a.parquet")
    with pytest.raises(DataError, match=r"holds no \.parquet"):
        texts(tmp_path / "none.parquet")
