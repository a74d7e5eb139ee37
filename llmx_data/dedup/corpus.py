"""All living records as dedup sees them: ordinals, spilled columns, texts and facts on demand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from llmx_data.core.execute import Executor
from llmx_data.core.store import FeatureStore, Measures, Rows, Shard
from llmx_data.core.tables import side_text
from llmx_data.kernels.text import Texts
from llmx_data.license.facts import Facts

Ordinals = NDArray[np.int64]


@dataclass(frozen=True)
class Filling:
    """Measure some parts over the living of a shard, whose texts are read once."""

    shard: Shard
    rows: Rows
    parts: tuple[Measures, ...]
    on: str
    store: str


def fill(task: Filling) -> float:
    """Fill in the missing features of a shard."""
    from llmx_data.core.batch import Living

    living = Living(task.shard, FeatureStore(Path(task.store) / "features"), Texts, task.rows)
    for part in task.parts:
        living.features(part, task.on)
    return sum(living.seconds.values())


@dataclass
class Corpus:
    """Living records numbered 0..n-1 over all shards; nothing per record is held but one row."""

    shards: list[Shard]
    rows: list[Rows]
    store: Path
    pool: Executor
    facts: Facts
    priorities: dict[str, int] = field(default_factory=dict)
    named: tuple[str, ...] = ()
    """Names of the data sets that the last shards hold; those are compared with, never dropped."""

    @property
    def living(self) -> int:
        """Shards of living records; those of named data sets follow."""
        return len(self.shards) - len(self.named)

    @property
    def border(self) -> int:
        """Ordinal of the first record of a named data set."""
        return int(self.starts[self.living])

    @cached_property
    def starts(self) -> Ordinals:
        """Ordinal of the first living record of each shard, and the total."""
        return np.cumsum([0, *(len(r) for r in self.rows)]).astype(np.int64)

    def __len__(self) -> int:
        """Count the living."""
        return int(self.starts[-1])

    def measure(self, parts: Sequence[Measures], on: str) -> Iterator[int]:
        """Measure parts everywhere; gives the living records done, shard by shard."""
        tasks = [
            Filling(shard, rows, tuple(parts), on, str(self.store))
            for shard, rows in zip(self.shards, self.rows, strict=True)
        ]
        for number, _ in enumerate(self.pool.map(fill, tasks)):
            yield len(tasks[number].rows) if number < self.living else 0

    def spill(self, part: Measures, on: str, folder: Path) -> dict[str, Path]:
        """Write each column of a part, aligned to ordinals, to a file of its own (UInt64).

        Columns are then read one at a time: 8 bytes a record. Null becomes the largest number.
        """
        folder.mkdir(parents=True, exist_ok=True)
        paths = {name: folder / f"{name}.u64" for name in part.gives()}
        handles = {name: path.open("wb") for name, path in paths.items()}
        features = FeatureStore(self.store / "features")
        try:
            for shard, rows in zip(self.shards, self.rows, strict=True):
                if not len(rows):
                    continue
                known = features.read(part, on, shard)
                known = known.rename(dict(zip(known.columns, ["id", *paths], strict=True)))
                wanted = pl.DataFrame({"id": ids_of(shard, rows)})
                aligned = wanted.join(known, on="id", how="left", maintain_order="left")
                for name, handle in handles.items():
                    column = aligned[name].cast(pl.UInt64).fill_null((1 << 64) - 1)
                    handle.write(column.to_numpy().tobytes())
        finally:
            for handle in handles.values():
                handle.close()
        return paths

    def locate(self, ordinals: Ordinals) -> tuple[Ordinals, Ordinals]:
        """Shard number and row in the shard of each ordinal."""
        shard = np.searchsorted(self.starts, ordinals, side="right") - 1
        row = np.empty_like(ordinals)
        for k in np.unique(shard):
            mine = shard == k
            row[mine] = self.rows[k][ordinals[mine] - self.starts[k]]
        return shard, row

    def texts(self, ordinals: Ordinals, on: str) -> pl.Series:
        """Texts of some records, read from their shards."""
        return gather_texts([s.path for s in self.shards], *self.locate(ordinals), on)

    def describe(self, ordinals: Ordinals) -> pl.DataFrame:
        """Facts that the survivor rule asks for: id, source, license, generator, chars_count."""
        shard, row = self.locate(ordinals)
        frames = []
        for k in np.unique(shard):
            mine = np.flatnonzero(shard == k)
            records = pl.read_parquet(
                self.shards[k].path, columns=["id", "source", "license_declared", "generator"]
            )[row[mine]]
            chars = pl.read_parquet(self.shards[k].sizes, columns=["chars_count"])[row[mine]]
            frames.append(
                pl.concat([records, chars], how="horizontal").with_columns(
                    ordinal=pl.Series(ordinals[mine]),
                    shard=pl.lit(int(k), pl.Int64),
                    row=pl.Series(row[mine], dtype=pl.UInt32),
                )
            )
        return pl.concat(frames)

    def called(self, ordinals: Ordinals) -> pl.Series:
        """Ids of living records, in order; `name#key` for those of named data sets."""
        shard, row = self.locate(ordinals)
        out = pl.Series("id", [None] * len(ordinals), dtype=pl.String)
        for k in np.unique(shard):
            mine = np.flatnonzero(shard == k)
            frame = pl.read_parquet(self.shards[k].path, columns=["id", "source_key"])[row[mine]]
            if k >= self.living:
                keyed = pl.format("{}#{}", pl.lit(self.named[k - self.living]), "source_key")
                frame = frame.with_columns(id=keyed)
            out = out.scatter(mine, frame["id"])
        return out


def ids_of(shard: Shard, rows: Rows) -> pl.Series:
    """Ids at positions of a shard."""
    return pl.read_parquet(shard.sizes, columns=["id"])["id"].gather(rows)


def gather_texts(paths: list[str], shard: Ordinals, row: Ordinals, on: str) -> pl.Series:
    """Texts at (shard, row), in that order; each shard is read once."""
    out = pl.Series("text", [None] * len(row), dtype=pl.String)
    for k in np.unique(shard):
        mine = np.flatnonzero(shard == k)
        columns = ["text"] if on == "all" else ["text", "messages"]
        frame = pl.read_parquet(paths[k], columns=columns)[row[mine]]
        out = out.scatter(mine, frame.select(side_text(on).alias("text"))["text"])
    return out
