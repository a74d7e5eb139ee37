"""Run a source as the stage does, and write the same rows in every format and packing."""

from __future__ import annotations

import csv
import gzip
import io
import json
import lzma
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import zstandard

from llmx_data.core.parts import Spec
from llmx_data.ingest.stage import Task, ingest, unreadable

DECLARED: dict[str, Any] = {
    "license_declared": "CC0-1.0",
    "license_db": None,
    "license_basis": "recipe",
    "terms": ["t"],
    "accepted_by": "self",
    "adaptation": "verbatim",
    "generator": None,
    "attribution": None,
    "parents": [],
}
NORMALIZERS = (Spec("normalize", "unicode"), Spec("normalize", "whitespace"))


@dataclass(frozen=True)
class Ingested:
    """Records, reasons by place, rows read, and the number of blocks."""

    records: pl.DataFrame
    bad: dict[str, str]
    rows: int
    blocks: int


def run(
    folder: Path,
    use: str = "files",
    *,
    stop: bool = False,
    limit: int | None = None,
    normalizers: Sequence[Spec] = NORMALIZERS,
    **options: Any,
) -> Ingested:
    """Ingest a source, one task per block (one task for all with a limit)."""
    spec = Spec("ingest", use, options)
    blocks = list(spec.build().blocks(folder))
    out = folder / "out" / str(len(list(folder.glob("out/*"))))
    out.mkdir(parents=True)
    groups = [tuple(blocks)] if limit is not None else [(block,) for block in blocks]
    done = [
        ingest(Task(spec, tuple(normalizers), DECLARED, group, str(out), n, stop, limit))
        for n, group in enumerate(groups)
    ]
    frames = [pl.read_parquet(shard.path) for one in done for shard in one.shards]
    drops = [row for frame in unreadable(out) for row in frame.iter_rows(named=True)]
    assert {(d["step"], d["reason"]) for d in drops} <= {("ingest", "unreadable")}
    records = pl.concat(frames) if frames else pl.DataFrame()
    assert sum(one.rows for one in done) == records.height + len(drops)
    bad = {drop["place"]: drop["also"][0] for drop in drops}
    return Ingested(records, bad, sum(one.rows for one in done), len(blocks))


def as_bytes(rows: list[dict[str, str]], form: str, encoding: str = "utf-8") -> bytes:
    """Spell rows in a format."""
    if form == "jsonl":
        return "".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows).encode(encoding)
    if form == "json":
        return json.dumps(rows, ensure_ascii=False, indent=1).encode(encoding)
    if form == "txt":
        return "".join(row["text"] + "\n" for row in rows).encode(encoding)
    memory = io.BytesIO()
    if form == "parquet":
        pl.DataFrame(rows).write_parquet(memory, row_group_size=2)
    elif form == "xlsx":
        book = openpyxl.Workbook()
        assert book.active is not None
        book.active.append(list(rows[0]))
        for row in rows:
            book.active.append(list(row.values()))
        book.save(memory)
    else:
        text = io.StringIO(newline="")
        quoting: Any = csv.QUOTE_MINIMAL if form == "csv" else csv.QUOTE_NONE
        writer = csv.writer(
            text,
            delimiter="," if form == "csv" else "\t",
            quoting=quoting,
            quotechar='"' if form == "csv" else None,
        )
        writer.writerow(rows[0])
        writer.writerows(row.values() for row in rows)
        return text.getvalue().encode(encoding)
    return memory.getvalue()


def pack(data: bytes, packing: str) -> bytes:
    """Compress by ending; "" leaves the bytes as they are."""
    if packing == ".gz":
        return gzip.compress(data)
    if packing == ".zst":
        return zstandard.compress(data)
    return lzma.compress(data) if packing == ".xz" else data


def write_lines(path: Path, *rows: Any) -> Path:
    """Write JSON lines; bytes are written as they are."""
    lines = [r if isinstance(r, bytes) else json.dumps(r).encode() for r in rows]
    path.write_bytes(b"\n".join(lines) + b"\n")
    return path
