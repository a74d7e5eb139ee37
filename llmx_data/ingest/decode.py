"""Decode a block to rows, one line at a time, so that a bad row is quarantined with its place."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from llmx_data.ingest import Block, Fault, Row, reading
from llmx_data.ingest.packed import damaged
from llmx_data.ingest.reading import payload, seekable
from llmx_data.ingest.tables import sheet, table

BATCH_ROWS = 1_000
"""Parquet rows turned into objects at a time; ours, keeps wide rows in memory small."""

_json = msgspec.json.Decoder()


def decode(block: Block) -> Iterator[Row | Fault]:
    """Give the rows of a block in order; a row that cannot be decoded is a Fault."""
    settings = dict(block.settings)
    encoding = settings.get("encoding", "utf-8")
    if block.form in ("csv", "tsv"):
        return table(block, encoding)
    if block.form == "parquet":
        return _parquet(block)
    if block.form == "xlsx":
        return sheet(block, settings.get("skip_rows", 0))
    if block.form == "txt" and settings.get("whole"):
        return _whole_text(block, encoding)
    return _lines(block, encoding)


def _lines(block: Block, encoding: str) -> Iterator[Row | Fault]:
    """Rows of JSON lines, lines of text, or elements of an array (told by [n], not by line)."""
    read = _text_row if block.form == "txt" else _json_row
    name = block.name
    data = payload(block)
    if block.first_row == 1:
        data = data.removeprefix(b"\xef\xbb\xbf")
    for number, line in enumerate(data.split(b"\n"), block.first_row):
        if not line or line.isspace():
            continue
        place = f"{name}:[{number}]" if block.form == "array" else f"{name}:{number}"
        if len(line) > reading.LARGEST_ROW:
            yield Fault(place, "row over 64 MB")
            continue
        found = read(line, encoding)
        if isinstance(found, str):
            yield Fault(place, found)
        else:
            yield Row(place, f"{name}#{number}", found)


def _json_row(line: bytes, encoding: str) -> dict[str, Any] | str:
    """Decode one object strictly; the reason where it cannot be."""
    if encoding != "utf-8":
        text = _text(line, encoding)
        if text is None:
            return f"invalid {encoding.upper()}"
        line = text.encode()
    try:
        value = _json.decode(line)
    except UnicodeDecodeError:
        return "invalid UTF-8"
    except msgspec.DecodeError as error:
        return f"invalid JSON: {error}"
    except RecursionError:
        return "invalid JSON: nested too deeply"
    return value if isinstance(value, dict) else f"{type(value).__name__} where an object was due"


def _text_row(line: bytes, encoding: str) -> dict[str, Any] | str:
    text = _text(line.rstrip(b"\r"), encoding)
    return f"invalid {encoding.upper()}" if text is None else {"text": text}


def _text(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None


def _parquet(block: Block) -> Iterator[Row | Fault]:
    import pyarrow.parquet as pq

    source = seekable(block)
    with damaged(Path(block.path)), pq.ParquetFile(source) as file:
        last = block.stop if block.stop >= 0 else file.metadata.num_row_groups
        number = block.first_row
        batches = file.iter_batches(BATCH_ROWS, row_groups=list(range(block.start, last)))
        for batch in batches:
            for data in _objects(batch):
                place = f"{block.name}:{number}"
                if data is None:
                    yield Fault(place, "invalid UTF-8")
                else:
                    yield Row(place, f"{block.name}#{number}", data)
                number += 1


def _objects(batch: Any) -> list[dict[str, Any] | None]:
    """Rows of an Arrow batch; None for one with invalid UTF-8, which Parquet does not check."""
    try:
        found: list[dict[str, Any] | None] = batch.to_pylist()
    except UnicodeDecodeError:
        if batch.num_rows == 1:
            return [None]
        return [_objects(batch.slice(row, 1))[0] for row in range(batch.num_rows)]
    return found


def _whole_text(block: Block, encoding: str) -> Iterator[Row | Fault]:
    data = payload(block)
    text = _text(data, encoding)
    if len(data) > reading.LARGEST_ROW:
        yield Fault(f"{block.name}:1", "row over 64 MB")
    elif text is None:
        yield Fault(f"{block.name}:1", f"invalid {encoding.upper()}")
    else:
        text = text.removeprefix("\ufeff").replace("\r\n", "\n")
        yield Row(f"{block.name}:1", f"{block.name}#1", {"text": text})
