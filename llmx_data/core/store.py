"""The store: what was measured once is kept under a content key and never measured again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray

from llmx_data.core.errors import DataError
from llmx_data.core.storage import read_parquet, write_parquet

Rows = NDArray[np.int64]


class Measures(Protocol):
    """What the store needs of a measure."""

    def digest(self, **more: object) -> str:
        """Content key of name, version and options."""

    def gives(self) -> dict[str, pl.DataType]:
        """Columns and types of the result."""

    def measure(self, texts: Any) -> pl.DataFrame:
        """Measure a batch."""

    @classmethod
    def part_name(cls) -> str:
        """File name of the part."""


@dataclass(frozen=True)
class Shard:
    """One file of normalized records: the unit of work, of resuming and of every side table.

    `key` is the content hash (16 hex of the file's sha256), so everything stored beside it stays
    valid as long as the text does, whatever else changes in the recipe.
    """

    source: str
    kind: str
    path: str
    key: str
    records: int
    chars: int

    @property
    def sizes(self) -> str:
        """Path of the spine, a row per record: id, chars_count, tokens_count, case_number."""
        return self.path.replace(".parquet", ".sizes.parquet")

    @property
    def cases(self) -> str:
        """Path of the distinct licence cases that `case_number` counts through."""
        return self.path.replace(".parquet", ".cases.parquet")


def text_prefix(on: str) -> str:
    """Prefix of feature columns for a side of the record: `prompt_`, `answer_`, else nothing.

    Columns of a pair are those of measures that read nothing else, so they need none.
    """
    return "" if on in ("all", "pair") else f"{on}_"


class FeatureStore:
    """Features of every shard, filled in for living records only, each at most once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, measure: Measures, on: str, shard: Shard) -> Path:
        """Where a measure's features of a shard lie."""
        name = f"{text_prefix(on)}{measure.part_name()}-{measure.digest(on=on)}"
        return self.folder / name / f"{shard.key}.parquet"

    def fill(
        self,
        measure: Measures,
        on: str,
        shard: Shard,
        ids: pl.Series,
        texts: Callable[[Rows], Any],
    ) -> tuple[pl.DataFrame, Rows]:
        """Features for `ids`, in their order, measuring only what is missing.

        `texts(rows)` gives the batch for positions in `ids`. Gives the frame (`id` + the measure's
        columns, prefixed for a side) and the positions that were measured now.
        """
        path = self.path(measure, on, shard)
        known = read_parquet(path) if path.exists() else None
        missing = _missing(ids, known)
        if len(missing):
            fresh = self._measure(measure, on, ids.gather(missing), texts(missing))
            whole = known is None
            known = fresh if known is None else pl.concat([known, fresh])
            write_parquet(known, path)
            if whole:
                return fresh, missing
        if known is None:
            columns = {text_prefix(on) + name: kind for name, kind in measure.gives().items()}
            known = pl.DataFrame(schema={"id": pl.String, **columns})
        wanted = pl.DataFrame({"id": ids})
        return wanted.join(known, on="id", how="left", maintain_order="left"), missing

    def read(
        self, measure: Measures, on: str, shard: Shard, columns: list[str] | None = None
    ) -> pl.DataFrame:
        """Features of a shard as far as they were measured; no row for the others."""
        path = self.path(measure, on, shard)
        if not path.exists():
            raise DataError(f"{path}: features are missing\n    run the recipe again")
        return read_parquet(path, columns)

    def _measure(self, measure: Measures, on: str, ids: pl.Series, texts: Any) -> pl.DataFrame:
        features = measure.measure(texts)
        wanted = measure.gives()
        if dict(features.schema) != wanted or features.height != len(ids):
            raise DataError(
                f"measure '{measure.part_name()}' gave {dict(features.schema)} x {features.height},"
                f" wanted {wanted} x {len(ids)}"
            )
        prefix = text_prefix(on)
        return features.rename({c: prefix + c for c in wanted}).insert_column(0, ids.alias("id"))


def _missing(ids: pl.Series, known: pl.DataFrame | None) -> Rows:
    if known is None:
        return np.arange(len(ids), dtype=np.int64)
    return np.flatnonzero(~ids.is_in(known["id"].implode()).to_numpy()).astype(np.int64)
