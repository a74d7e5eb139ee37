"""The data set once more as trainers want it: trl/<shape>-<config>/, beside the configurations."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from llmx_data.core.storage import ROW_GROUP
from llmx_data.core.tables import MESSAGES
from llmx_data.publish.trl import SHAPES, Shape

FOLDER = "trl"

Files = Mapping[str, Mapping[str, Any]]
"""Bytes and sha256 of published files by name."""


@dataclass(frozen=True)
class Shaped:
    """What was written of one configuration in one shape, and how many records have no row."""

    shape: str
    config: str
    rows: int
    left_out: Mapping[str, int]

    @property
    def name(self) -> str:
        """Name of the folder below trl/ and of the configuration in the card."""
        return f"{self.shape}-{self.config}"


def write_shapes(
    asked: Sequence[str], config: str, kind: str, files: Sequence[Path], out: Path
) -> list[Shaped]:
    """Write a configuration in the shapes asked for that its kind has; a file for each file.

    Files have the columns id, license and those of the shape, in the order of the records, so the
    same records give the same bytes. No file is written where no record has the shape.
    """
    found = []
    for name in (n for n in SHAPES if n in asked and kind in SHAPES[n].kinds):
        folder, left_out = out / FOLDER / f"{name}-{config}", Counter[str]()
        folder.mkdir(parents=True)
        rows = sum(_write(path, folder / path.name, SHAPES[name], left_out) for path in files)
        if not rows:
            shutil.rmtree(folder)
        found.append(Shaped(name, config, rows, dict(sorted(left_out.items()))))
    return found


def _write(path: Path, out: Path, shape: Shape, left_out: Counter[str]) -> int:
    """Write one file in a shape, a row group at a time; gives its rows and counts the others."""
    columns = dict.fromkeys(shape.gives, MESSAGES)
    schema = _table(pl.DataFrame(schema={"id": pl.String, "license": pl.String, **columns})).schema
    rows = 0
    with pq.ParquetWriter(out, schema, compression="zstd", compression_level=3) as writer:
        reads = ["id", "license", *shape.reads]
        for batch in pq.ParquetFile(path).iter_batches(ROW_GROUP, columns=reads):
            frame: Any = pl.from_arrow(pa.Table.from_batches([batch]))
            made = shape.make(frame)
            left_out.update(made["fault"].drop_nulls())
            good = made.filter(pl.col("fault").is_null()).select(schema.names)
            if good.height:
                writer.write_table(_table(good), row_group_size=ROW_GROUP)
            rows += good.height
    return rows


def _table(frame: pl.DataFrame) -> pa.Table:
    return frame.to_arrow(compat_level=pl.CompatLevel.oldest()).replace_schema_metadata(None)


def shapes_table(shaped: Sequence[Shaped]) -> dict[str, Any]:
    """Give what shapes.json holds: rows, and records without a row by reason, of each shape."""
    return {s.name: {"rows": s.rows, "left_out": dict(s.left_out)} for s in shaped}


def front_lines(shaped: Sequence[Shaped], files: Files) -> list[str]:
    """Lines of the card's front matter: a configuration for each shape that has rows."""
    return [
        line for s in shaped if s.rows for line in config_lines(s.name, f"{FOLDER}/{s.name}", files)
    ]


def config_lines(name: str, folder: str, files: Files) -> list[str]:
    """Front matter of one configuration: a hash of its files, and its splits.

    `load_dataset` keeps what it loaded under a hash of these lines, not of the files: without the
    hash of the content it would give old rows after a recipe was run again.
    """
    mine = {p: f for p, f in files.items() if p.startswith(f"{folder}/") and p.endswith(".parquet")}
    content = sha256("".join(mine[path]["sha256"] for path in sorted(mine)).encode()).hexdigest()
    splits = sorted({path.rpartition("/")[2].partition("-")[0] for path in mine}, reverse=True)
    lines = [f"- config_name: {name}", f"  description: content {content[:16]}", "  data_files:"]
    for split in splits:
        lines += [f"  - split: {split}", f"    path: {folder}/{split}-*.parquet"]
    return lines


def card_lines(shaped: Sequence[Shaped]) -> list[str]:
    """Section of the card that tells the shapes and how each is loaded."""
    if not shaped:
        return []
    lines = [
        "",
        "## In the shapes of trainers",
        "",
        "The same records in TRL's conversational formats, with `id` and `license`; why some have "
        "no row is counted in trl/shapes.json too.",
        "",
        "| load | columns | for | rows | without a row |",
        "|---|---|---|--:|---|",
    ]
    for s in shaped:
        shape, left = SHAPES[s.shape], ", ".join(f"{w} {n:,}" for w, n in s.left_out.items())
        load = f'`load_dataset(path, "{s.name}")`' if s.rows else s.name
        columns = ", ".join(f"`{c}`" for c in shape.gives)
        lines.append(f"| {load} | {columns} | {shape.about} | {s.rows:,} | {left} |")
    return lines
