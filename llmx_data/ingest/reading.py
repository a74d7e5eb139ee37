"""Cut input files into blocks for workers: one pass over the bytes that counts lines as it goes."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from llmx_data.core.errors import DataError
from llmx_data.ingest import Block
from llmx_data.ingest.arrays import elements, looks_like_lines
from llmx_data.ingest.packed import PACKED, damaged, open_packed

BLOCK_BYTES = 12 << 20
"""Bytes of decoded text per block: 8-16 MB keep a worker under 500 MB. Measured; docs/ingest.md."""

LARGEST_ROW = 64 << 20
"""Bytes; a longer row is unreadable. One shard's size, DESIGN: shards."""


def cut(path: Path, base: Block) -> Iterator[Block]:
    """Cut a file into blocks of about BLOCK_BYTES, the same way whatever the workers.

    Files of lines are cut at line ends, JSON arrays between elements, Parquet between row groups;
    sheets and whole texts stay in one piece. Errors: DataError for a damaged file.
    """
    if base.form == "parquet":
        yield from _cut_parquet(path, base)
    elif base.form == "json":
        yield from _cut_json(path, base)
    elif base.form in ("jsonl", "txt", "csv", "tsv"):
        yield from _cut_lines(path, base)
    else:
        yield base


def _cut_lines(path: Path, base: Block) -> Iterator[Block]:
    """Blocks end at line ends; a packed file's blocks carry their bytes, a plain file's a range.

    A csv block never ends inside a quoted field: a line end with an odd number of quotes before it
    is not one.
    """
    packed = path.suffix in PACKED
    quoted = base.form in ("csv", "tsv") and dict(base.settings).get("quoting") != "none"
    offset, line = 0, 1
    for piece in _pieces(path, quoted=quoted):
        block = replace(base, start=offset, stop=offset + len(piece), first_row=line)
        yield replace(block, data=piece) if packed else block
        offset += len(piece)
        line += piece.count(b"\n")


def _pieces(path: Path, *, quoted: bool) -> Iterator[bytes]:
    """Whole lines of about BLOCK_BYTES; a line longer than that is one piece."""
    rest: list[bytes] = []
    with damaged(path), open_packed(path) as handle:
        while chunk := handle.read(BLOCK_BYTES):
            if quoted and rest:
                chunk, rest = b"".join([*rest, chunk]), []
                if len(chunk) > LARGEST_ROW + BLOCK_BYTES:
                    raise DataError(
                        f"{path}: a quote is opened and not closed within 64 MB\n    quoting: none "
                        "reads fields as they are"
                    )
            end = _last_end(chunk, quoted=quoted)
            if end:
                yield b"".join([*rest, chunk[:end]])
                rest = []
            if end < len(chunk):
                rest.append(chunk[end:])
    if rest:
        yield b"".join(rest)


def _last_end(data: bytes, *, quoted: bool) -> int:
    if not quoted or b'"' not in data:
        return data.rfind(b"\n") + 1
    array = np.frombuffer(data, dtype=np.uint8)
    ends = np.flatnonzero(array == 10)
    quotes = np.flatnonzero(array == 34)
    even = ends[np.searchsorted(quotes, ends) % 2 == 0]
    return int(even[-1]) + 1 if len(even) else 0


def _cut_json(path: Path, base: Block) -> Iterator[Block]:
    """Blocks of array elements, one per line; JSON lines under a .json name are cut as lines."""
    with damaged(path), open_packed(path) as handle:
        lines = looks_like_lines(handle)
    if lines:
        yield from _cut_lines(path, replace(base, form="jsonl"))
        return
    with damaged(path), open_packed(path) as handle:
        data = handle.read()
    settings = dict(base.settings)
    found = elements(
        data, path, at=settings.get("records_at"), encoding=settings.get("encoding", "utf-8")
    )
    base = replace(
        base, form="array", settings=tuple((k, v) for k, v in base.settings if k != "encoding")
    )
    first, size = 0, 0
    for number, element in enumerate(found, 1):
        size += len(element)
        if size >= BLOCK_BYTES or number == len(found):
            yield replace(base, data=b"\n".join(found[first:number]), first_row=first + 1)
            first, size = number, 0


def _cut_parquet(path: Path, base: Block) -> Iterator[Block]:
    import pyarrow.parquet as pq

    if path.suffix in PACKED:
        yield base
        return
    with damaged(path):
        metadata = pq.read_metadata(path)
    first, row, size, rows = 0, 1, 0, 0
    for group in range(metadata.num_row_groups):
        rows += metadata.row_group(group).num_rows
        size += metadata.row_group(group).total_byte_size
        if size >= BLOCK_BYTES or group == metadata.num_row_groups - 1:
            yield replace(base, start=first, stop=group + 1, first_row=row)
            first, row, size, rows = group + 1, row + rows, 0, 0


def payload(block: Block) -> bytes:
    """Bytes of a block: carried along, a range of a plain file, or the whole file."""
    if block.data is not None:
        return block.data
    path = Path(block.path)
    with damaged(path), open_packed(path) as handle:
        if block.stop < 0:
            return handle.read()
        handle.seek(block.start)
        return handle.read(block.stop - block.start)


def seekable(block: Block) -> str | io.BytesIO:
    """Path of a plain file, or the content of a packed one, for readers that jump about."""
    return io.BytesIO(payload(block)) if Path(block.path).suffix in PACKED else block.path
