"""Ask every shard for ids, groups and scores; choose over all; give drop rows per shard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from llmx_data.core.batch import Living
from llmx_data.core.execute import Executor
from llmx_data.core.progress import Talk
from llmx_data.core.storage import read_parquet
from llmx_data.core.store import FeatureStore, Rows, Shard, text_prefix
from llmx_data.core.tables import DROP_ROWS, DROPS
from llmx_data.select.choose import Ordinals, Scores, choose, in_order
from llmx_data.select.keys import Groups, columns_for, groups_of, key_values
from llmx_data.select.quota import Quota

OVER_CAP = pl.Schema({"id": pl.String, "step": pl.String, "key": pl.String})
"""Side table of a unit: the key whose cap held a record back; place and cap are in its drop."""


@dataclass(frozen=True)
class Asking:
    """A shard, its living rows, and what a quota asks of them."""

    shard: Shard
    rows: Rows
    part: Quota
    store: str


@dataclass(frozen=True)
class Standing:
    """What a shard's living records are to a quota: ids, a group per key, a score if asked."""

    ids: pl.Series
    groups: list[Groups]
    scores: Scores | None


def ask(task: Asking) -> Standing:
    """Read the groups of a shard's living records; what `prefer` wants is measured if missing."""
    keys, shard = list(task.part.cap), task.shard
    ids = read_parquet(Path(shard.sizes), ["id"])["id"].gather(task.rows)
    groups: list[Groups] = []
    if keys:
        records = read_parquet(Path(shard.path), columns_for(keys))[task.rows]
        values = key_values(records, keys)
        groups = [groups_of(values[key]) for key in keys]
    return Standing(ids, groups, _scores(task) if task.part.prefer is not None else None)


def _scores(task: Asking) -> Scores:
    """Values of the preferred feature; NaN where there is none."""
    from llmx_data.kernels.text import Texts

    part = task.part
    living = Living(task.shard, FeatureStore(Path(task.store) / "features"), Texts, task.rows)
    values = living.features(part.measure(), part.side)[f"{text_prefix(part.side)}{part.prefer}"]
    return values.cast(pl.Float64).fill_null(float("nan")).to_numpy()


def select(
    part: Quota,
    step: str,
    shards: Sequence[Shard],
    rows: Sequence[Rows],
    store: Path,
    pool: Executor,
    talk: Talk,
) -> list[tuple[pl.DataFrame, pl.DataFrame]]:
    """Drop rows of every shard and the keys that held them back (OVER_CAP), in order of shards.

    Held in memory: per living record its id, 8 bytes per key, and 8 for a score.
    """
    tasks = [Asking(s, r, part, str(store)) for s, r in zip(shards, rows, strict=True)]
    found: list[Standing] = []
    for standing in pool.map(ask, tasks):
        found.append(standing)
        talk.advance(len(standing.ids))
    if not found:
        return []
    ids = pl.concat([standing.ids for standing in found])
    groups = [np.concatenate([s.groups[k] for s in found]) for k in range(len(part.cap))]
    scores = np.concatenate([s.scores for s in found if s.scores is not None] or [np.zeros(0)])
    order = in_order(ids, part.seed, scores if part.prefer is not None else None)
    for key, group in zip(part.cap, groups, strict=True):
        if len(group) and not group.any():
            talk.note(f"{step}: no record has the key '{key}', so it caps nothing")
    over = choose(order, groups, part.cap, part.count)
    ends = np.cumsum([len(standing.ids) for standing in found])
    return [
        _of_shard(over, step, task, int(end) - len(task.rows))
        for task, end in zip(tasks, ends, strict=True)
    ]


def _of_shard(
    over: pl.DataFrame, step: str, task: Asking, start: int
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows of one shard; its first record has the ordinal `start`."""
    mine = over.filter(pl.col("ordinal").is_between(start, start + len(task.rows), closed="left"))
    positions: Ordinals = mine["ordinal"].to_numpy() - start
    sizes = read_parquet(Path(task.shard.sizes), ["id"])
    rows = task.rows[positions]
    told = mine.with_columns(
        row=pl.Series(rows, dtype=pl.UInt32),
        id=sizes["id"].gather(rows),
        source=pl.lit(task.shard.source),
        place=pl.lit(None, pl.String),
        step=pl.lit(step),
        kept_id=pl.lit(None, pl.String),
        also=pl.lit(None, DROPS["also"]),
    )
    capped = told.filter(pl.col("key").is_not_null()).select(OVER_CAP.names()).cast(OVER_CAP)
    return told.select(DROP_ROWS.names()).cast(DROP_ROWS), capped
