"""Known records as an index of keys: what a text is hashed to, and where it can be read again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from llmx_data.core.errors import DataError
from llmx_data.core.storage import read_parquet
from llmx_data.recover.sides import KEYS, band_rows, entries, fingerprints

BUCKET = 32
"""Entries of one key that are compared, the first ones: a stock opening shared by thousands costs
no more than that. A record in such a bucket is found by its other keys. Ours."""


@dataclass(frozen=True)
class Known:
    """Entries of all known sources, numbered by `entry`; texts stay in their files.

    `index` has entry, shard, row, turn, source, and the columns of `fingerprints`: 180 bytes an
    entry. An entry that repeats within its source stands there once.
    """

    index: pl.DataFrame
    paths: tuple[str, ...]
    sources: tuple[str, ...]
    """Name of the source of each shard."""
    _routes: dict[str, pl.DataFrame] = field(default_factory=dict)

    @cached_property
    def names(self) -> list[str]:
        """Names of the sources, in the order given."""
        return list(dict.fromkeys(self.sources))

    def route(self, name: str) -> pl.DataFrame:
        """Columns key and entry, for a key column or `band_NN`, at most BUCKET entries a key."""
        if name not in self._routes:
            self._routes[name] = (
                pl.concat(
                    [key_rows(self.index, name), self.index.select("entry")], how="horizontal"
                )
                .drop_nulls("key")
                .filter(pl.int_range(pl.len()).over("key") < BUCKET)
            )
        return self._routes[name]

    def texts(self, wanted: NDArray[np.int64]) -> pl.DataFrame:
        """Columns prompt, answer of entries (sorted, each once), in their order."""
        places = self.index[wanted].select("entry", "shard", "row", "turn")
        frames = [
            self._shard_texts(int(shard[0]), some)
            for shard, some in places.partition_by("shard", as_dict=True).items()
        ]
        found = pl.concat(frames)
        return places.join(found, on="entry", how="left", maintain_order="left").select(
            "prompt", "answer"
        )

    def _shard_texts(self, shard: int, places: pl.DataFrame) -> pl.DataFrame:
        rows = places["row"].unique().sort()
        some = read_parquet(Path(self.paths[shard]), ["text", "messages"])[rows]
        told = entries(some, exchanges=True).rename({"row": "at"})
        numbered = pl.DataFrame({"row": rows}).with_row_index("at")
        placed = told.join(numbered, on="at").join(places, on=["row", "turn"])
        return placed.select("entry", "prompt", "answer")


def key_rows(keys: pl.DataFrame, name: str) -> pl.DataFrame:
    """Column `key` of a route: a key column, or `band_NN`."""
    if name.startswith("band_"):
        return band_rows(keys, int(name.removeprefix("band_")))
    return keys.select(pl.col(name).alias("key"))


def index(shards: Sequence[tuple[str, str]]) -> Known:
    """Index shards of records, told as (source, path of its Parquet file).

    Errors: DataError when there is nothing to compare with. Cost: 45 us an entry.
    """
    frames = []
    for number, (source, path) in enumerate(shards):
        told = entries(read_parquet(Path(path), ["text", "messages"]), exchanges=True)
        place = told.select(
            pl.lit(number, pl.UInt32).alias("shard"), "row", "turn", pl.lit(source).alias("source")
        )
        frames.append(pl.concat([place, fingerprints(told)], how="horizontal"))
    if not frames:
        raise DataError("the known sources hold no records\n    check the paths after --against")
    every = pl.concat(frames).filter(pl.col("whole_key").is_not_null())
    once = every.unique(["source", *KEYS], keep="first", maintain_order=True)
    return Known(
        once.with_row_index("entry"),
        tuple(path for _, path in shards),
        tuple(source for source, _ in shards),
    )
