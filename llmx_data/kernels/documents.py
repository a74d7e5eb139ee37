"""Texts of documents named by a path: Parquet or JSON lines with a column `text`, or a folder."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

from llmx_data.core.errors import DataError

BLOCK = 4_096
"""Texts held at a time. Ours."""

_LINES = (".jsonl", ".jsonl.zst")


def read_texts(path: Path) -> Iterator[pl.Series]:
    """Give the texts of a file, or of the files below a folder in the order of their names.

    A folder is read by its Parquet files if it has any (a run's `dataset/` holds the same records
    as JSON lines too), else by its JSON lines. Null texts come as null.
    Errors: DataError for no file, another kind of file, a file without `text`, a damaged one.
    """
    files = [path]
    if path.is_dir():
        files = sorted(path.rglob("*.parquet"))
        files = files or sorted(f for f in path.rglob("*") if f.name.endswith(_LINES))
    if not files or not files[0].is_file():
        raise DataError(f"{path}: holds no .parquet, .jsonl or .jsonl.zst file")
    for file in files:
        if file.suffix == ".parquet":
            yield from _columns(file)
        elif file.name.endswith(_LINES):
            yield from _lines(file)
        else:
            raise DataError(f"{file}: unknown kind of file (known: .parquet .jsonl .jsonl.zst)")


def _columns(path: Path) -> Iterator[pl.Series]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            if "text" not in file.schema_arrow.names:
                raise DataError(f"{path}: has no column 'text'")
            for batch in file.iter_batches(BLOCK, columns=["text"]):
                yield pl.Series("text", batch.column(0), dtype=pl.String)
    except (pa.ArrowException, OSError) as error:
        raise DataError(f"{path}: damaged or cut off ({error})\n    fetch it again") from error


def _lines(path: Path) -> Iterator[pl.Series]:
    texts: list[str | None] = []
    for number, line in enumerate(_raw_lines(path), 1):
        if line.strip():
            texts.append(_text(line, f"{path}:{number}"))
        if len(texts) == BLOCK:
            yield pl.Series("text", texts, dtype=pl.String)
            texts = []
    yield pl.Series("text", texts, dtype=pl.String)


def _raw_lines(path: Path) -> Iterator[bytes]:
    """Lines of a file; Arrow decompresses, for it sees a cut-off file."""
    import pyarrow as pa

    packing = "zstd" if path.suffix == ".zst" else None
    try:
        with io.BufferedReader(pa.input_stream(str(path), packing), 1 << 20) as lines:
            yield from lines
    except (pa.ArrowException, OSError) as error:
        raise DataError(f"{path}: damaged or cut off ({error})\n    fetch it again") from error


def _text(line: bytes, place: str) -> str | None:
    try:
        row: Any = json.loads(line)
    except ValueError as error:
        raise DataError(f"{place}: not JSON ({error})") from error
    text = row.get("text", 0) if isinstance(row, dict) else 0
    if not isinstance(text, str | None):
        raise DataError(f"{place}: wanted an object with a text in 'text'")
    return text
