"""Write the living records of all shards, edits applied, as Parquet of fixed layout per config."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from llmx_data.core.edits import apply_edits
from llmx_data.core.storage import ROW_GROUP, read_parquet, sha256_file
from llmx_data.core.store import Rows, Shard
from llmx_data.core.tables import RECORDS
from llmx_data.publish.shapes import FOLDER

FILE_BYTES = 256 << 20
"""UTF-8 bytes of text per published file; the hub likes files well below 500 MB. Ours."""

CHAT = ("messages", "rejected")
MIXED = ("weight", "cluster")
"""Columns of a mix: times that a record is seen in an epoch, and which records are alike."""


@dataclass
class Writer:
    """Files of one config; row groups of exactly ROW_GROUP rows but the last of a file."""

    folder: Path
    columns: list[str]
    split: str = "train"
    parts: list[Path] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    _waiting: list[pl.DataFrame] = field(default_factory=list)
    _open: pq.ParquetWriter | None = None
    _bytes: int = 0

    def add(self, frame: pl.DataFrame) -> None:
        """Take records; whole row groups are written at once."""
        self._waiting.append(frame.select(self.columns))
        if sum(f.height for f in self._waiting) < ROW_GROUP:
            return
        joined = pl.concat(self._waiting)
        whole = joined.height // ROW_GROUP * ROW_GROUP
        for start in range(0, whole, ROW_GROUP):
            self._write(joined[start : start + ROW_GROUP])
        self._waiting = [joined[whole:]]

    def close(self) -> None:
        """Write what waits and close the file."""
        rest = pl.concat(self._waiting) if self._waiting else None
        if rest is not None and rest.height:
            self._write(rest)
        self._end_file()

    def _write(self, frame: pl.DataFrame) -> None:
        table = frame.to_arrow(compat_level=pl.CompatLevel.oldest()).replace_schema_metadata(None)
        if self._open is None:
            self.folder.mkdir(parents=True, exist_ok=True)
            self.parts.append(self.folder / f"{self.split}.part-{len(self.parts):05d}")
            self.rows.append(0)
            self._open = pq.ParquetWriter(
                self.parts[-1], table.schema, compression="zstd", compression_level=3
            )
        self._open.write_table(table, row_group_size=ROW_GROUP)
        self.rows[-1] += frame.height
        self._bytes += int(frame["text"].str.len_bytes().sum())
        if self._bytes >= FILE_BYTES:
            self._end_file()

    def _end_file(self) -> None:
        if self._open is not None:
            self._open.close()
        self._open, self._bytes = None, 0

    def name(self) -> list[Path]:
        """Give the files their final names, which say the split and how many there are."""
        total = len(self.parts)
        named = [self.folder / f"{self.split}-{i:05d}-of-{total:05d}.parquet" for i in range(total)]
        for part, path in zip(self.parts, named, strict=True):
            part.rename(path)
        return named


def published(
    shard: Shard, rows: Rows, edits: Sequence[Path], groups: pl.DataFrame, on: list[str]
) -> pl.DataFrame:
    """Give records of a shard as they go out: living, edited, with `license` and `config`.

    `groups` holds the tuple columns `on` with the concluded `license` and the `config`.
    """
    frame = read_parquet(Path(shard.path))[rows]
    if edits:
        frame = apply_edits(frame, pl.concat([read_parquet(path) for path in edits]))
    keys = frame.select(on).with_columns(terms=pl.col("terms").list.sort().list.join("\n"))
    joined = keys.join(groups, on=on, how="left", nulls_equal=True, maintain_order="left")
    return frame.with_columns(license=joined["license"], config=joined["config"])


def columns_of(kind: str, *, mixed: bool = False) -> list[str]:
    """Columns of a config: what RECORDS has and the concluded license; no chat for documents.

    Those of a mix have `weight` and `cluster` too.
    """
    hidden = {"document": CHAT, "preference": ()}.get(kind, ("rejected",))
    names = [name for name in RECORDS if name not in hidden]
    names.insert(names.index("license_declared"), "license")
    return [*names, *MIXED] if mixed else names


def write_jsonl(parquet: Path, out: Path) -> Path:
    """Write one Parquet file's rows as zstd-compressed JSON lines."""
    import zstandard

    out.mkdir(parents=True, exist_ok=True)
    path = out / parquet.name.replace(".parquet", ".jsonl.zst")
    with path.open("wb") as raw, zstandard.ZstdCompressor(level=3).stream_writer(raw) as packed:
        for lines in _json_lines(parquet):
            packed.write(lines)
    return path


def _json_lines(parquet: Path) -> Iterator[bytes]:
    for batch in pq.ParquetFile(parquet).iter_batches(ROW_GROUP):
        frame = pl.from_arrow(pa.Table.from_batches([batch]))
        assert isinstance(frame, pl.DataFrame)
        yield frame.write_ndjson().encode()


def fingerprint(
    root: Path, known: dict[str, dict[str, Any]] | None = None
) -> dict[str, dict[str, Any]]:
    """Bytes and sha256 of every file below a folder, sorted, and rows of files of records.

    Files that are `known` already are not read again. Rows of trl/ are no further records: they
    are not told, so that rows add up to the records that were kept.
    """
    files: dict[str, dict[str, Any]] = {}
    for path in sorted(p for p in root.rglob("*") if p.is_file()):
        name = path.relative_to(root).as_posix()
        if known is not None and name in known:
            files[name] = known[name]
            continue
        facts: dict[str, Any] = {"bytes": path.stat().st_size, "sha256": sha256_file(path)}
        if path.suffix == ".parquet" and not name.startswith(f"{FOLDER}/"):
            facts["rows"] = pq.ParquetFile(path).metadata.num_rows
        files[name] = facts
    return files
