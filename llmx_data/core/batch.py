"""The living records of one shard, as a step sees them: texts and features on demand, once each."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from llmx_data.core.storage import read_parquet
from llmx_data.core.store import FeatureStore, Measures, Rows, Shard
from llmx_data.core.tables import pair_texts, side_text


@dataclass(frozen=True)
class Pairs:
    """A batch of exchanges: what was asked and what was answered, as two batches of texts."""

    prompts: Any
    answers: Any

    def __len__(self) -> int:
        """Count the pairs."""
        return len(self.answers)

    def take(self, rows: Rows) -> Pairs:
        """Take some of the pairs with the forms computed so far."""
        return Pairs(self.prompts.take(rows), self.answers.take(rows))


@dataclass
class Living:
    """Records of a shard that are still alive; `rows` are their positions in the shard."""

    shard: Shard
    store: FeatureStore
    make_texts: Callable[[pl.Series], Any]
    """Makes a batch, which has `take(rows)`: its decoded forms are shared with a smaller one."""
    rows: Rows
    measured: dict[str, int] = field(default_factory=dict)
    """Texts measured now (not taken from the store), by measure."""
    chars: dict[str, int] = field(default_factory=dict)
    """Characters of those texts."""
    seconds: dict[str, float] = field(default_factory=dict)

    @cached_property
    def records(self) -> pl.DataFrame:
        """What the shard's records say (text, messages, rejected), read when first needed."""
        return read_parquet(Path(self.shard.path), ["text", "messages", "rejected"])

    @cached_property
    def sizes(self) -> pl.DataFrame:
        """Spine of the shard: id, chars_count, tokens_count."""
        return read_parquet(Path(self.shard.sizes))

    @property
    def ids(self) -> pl.Series:
        """Ids of the living, in the shard's order."""
        return self.sizes["id"].gather(self.rows)

    def texts(self, on: str, within: Rows | None = None) -> Any:
        """Texts of a side for the living, or for the positions `within` them; Pairs for `pair`."""
        key = "all" if within is None else within.tobytes()
        cached, rest = self._texts.get((on, key), (None, None))
        if cached is None:
            rows = self.rows if within is None else self.rows[within]
            made = [self.make_texts(side.gather(rows)) for side in self._side(on)]
            cached = Pairs(*made) if on == "pair" else made[0]
        elif rest is not None:
            cached = cached.take(rest)
        self._texts = {(on, key): (cached, None)}
        return cached

    def _side(self, on: str) -> list[pl.Series]:
        """One column of texts, or the two of a pair."""
        if on not in self._sides:
            texts = pair_texts() if on == "pair" else (side_text(on),)
            frame = self.records.select(text.alias(str(i)) for i, text in enumerate(texts))
            self._sides[on] = frame.get_columns()
        return self._sides[on]

    def has_side(self, on: str) -> Rows:
        """Say for each of the living whether it has such a side; a document has but `all`."""
        return np.full(len(self.rows), on == "all" or self.shard.kind != "document")

    @cached_property
    def _sides(self) -> dict[str, list[pl.Series]]:
        return {}

    _texts: dict[tuple[str, object], tuple[Any, Rows | None]] = field(default_factory=dict)
    """Batches made so far; with rows, those of a larger batch that are left (taken when asked)."""

    def features(self, measure: Measures, on: str = "all") -> pl.DataFrame:
        """Features of the living, one row each in order; what is missing is measured now."""
        began = time.process_time()
        frame, fresh = self.store.fill(
            measure,
            on,
            self.shard,
            self.ids,
            lambda missing: self.texts(on, None if len(missing) == len(self.rows) else missing),
        )
        name = measure.part_name()
        self.measured[name] = self.measured.get(name, 0) + len(fresh)
        read = int(self.sizes["chars_count"].gather(self.rows[fresh]).sum() or 0)
        self.chars[name] = self.chars.get(name, 0) + read
        self.seconds[name] = self.seconds.get(name, 0.0) + time.process_time() - began
        return frame

    def without(self, gone: Rows) -> Living:
        """Give the living after `gone` (positions in the shard) left; caches are shared."""
        left = Living(
            self.shard,
            self.store,
            self.make_texts,
            np.setdiff1d(self.rows, gone),
            self.measured,
            self.chars,
            self.seconds,
        )
        stay = np.flatnonzero(~np.isin(self.rows, gone))
        for (on, key), (texts, rest) in self._texts.items():
            if key == "all":
                left._texts[(on, key)] = (texts, stay if rest is None else rest[stay])
        for name in ("records", "sizes", "_sides"):
            if name in self.__dict__:
                left.__dict__[name] = self.__dict__[name]
        return left


@dataclass(frozen=True)
class Decision:
    """What a step decided about a shard: who lives on, drop rows, edits, evidence for drops."""

    after: Living
    drops: pl.DataFrame
    edits: pl.DataFrame | None = None
    evidence: pl.DataFrame | None = None


def drop_rows(
    living: Living, positions: Rows, step: str, reason: pl.Series | str, **columns: Any
) -> pl.DataFrame:
    """Drop rows for positions among the living: `row` in the shard beside the drops columns."""
    rows = living.rows[positions]
    frame = pl.DataFrame({"row": pl.Series(rows, dtype=pl.UInt32)})
    return frame.with_columns(
        id=living.sizes["id"].gather(rows),
        source=pl.lit(living.shard.source),
        place=pl.lit(None, pl.String),
        step=pl.lit(step),
        reason=pl.lit(reason),
        value=_column(columns, "value", pl.Float64),
        threshold=_column(columns, "threshold", pl.Float64),
        kept_id=_column(columns, "kept_id", pl.String),
        also=_column(columns, "also", pl.List(pl.String)),
    )


def _column(columns: dict[str, Any], name: str, dtype: Any) -> pl.Expr:
    value = columns.get(name)
    if isinstance(value, pl.Series):
        return pl.lit(value.cast(dtype))
    return pl.lit(value, dtype)
