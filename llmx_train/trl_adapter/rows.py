"""Token files to data sets of the trainer: checked, repeated by weight, shuffled once, packed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from llmx_data.core.errors import DataError
from llmx_data.core.storage import read_parquet
from llmx_train.recipe import Sft
from llmx_train.render import NOT_SUPERVISED

COLUMNS = {
    "sft": ("record_id", "source", "input_ids", "labels"),
    "dpo": ("record_id", "source", "prompt_ids", "chosen_ids", "rejected_ids"),
}
"""What a token file holds, by kind of training; `weight` may come too."""

LEARNED = {"sft": ("input_ids", "labels"), "dpo": COLUMNS["dpo"][2:]}
"""Columns that the trainer sees."""


@dataclass(frozen=True)
class Rows:
    """One split, ready for the trainer."""

    frame: pl.DataFrame
    """Rows as trained: repeated by weight and in seeded order."""
    records: int
    tokens: int
    supervised: int


def read_rows(path: Path, recipe: Sft, *, train: bool) -> Rows:
    """Read tokens/{train,dev}.parquet and check every row.

    A row of weight n comes n times per epoch, a row of weight 0 never; dev rows come once. The
    order is a permutation from the recipe's seed, so that packs mix sources.
    Errors: DataError for missing columns, for a row that teaches nothing, for one over
    `max_length`, and for an empty train split.
    """
    kind = recipe.top.train.kind
    frame = read_parquet(path)
    missing = [name for name in COLUMNS[kind] if name not in frame.columns]
    if missing:
        told = f"no column {', '.join(missing)}: not the token file of a {kind} run"
        raise DataError(f"{path}: {told}\n    prepare the data again")
    frame = _counted(frame, kind)
    _refuse(path, frame, pl.col("supervised_count") == 0, "have no supervised token")
    limit = recipe.top.train.max_length
    _refuse(path, frame, pl.col("tokens_count") > limit, f"are longer than {limit} tokens")
    records = len(frame)
    if train:
        frame = _ordered(frame, recipe.top.seed)
        if frame.is_empty():
            raise DataError(f"{path}: no rows to train on\n    look at the drops of prepare")
    return Rows(
        frame, records, int(frame["tokens_count"].sum()), int(frame["supervised_count"].sum())
    )


def _counted(frame: pl.DataFrame, kind: str) -> pl.DataFrame:
    """Count tokens anew; the label of the first token is never predicted, so it teaches nothing."""
    if kind == "dpo":
        chosen, rejected = pl.col("chosen_ids").list.len(), pl.col("rejected_ids").list.len()
        tokens = pl.col("prompt_ids").list.len() + pl.max_horizontal(chosen, rejected)
        supervised = pl.min_horizontal(chosen, rejected)
    else:
        tokens = pl.col("input_ids").list.len()
        predicted = pl.col("labels").list.slice(1)
        supervised = predicted.list.eval(pl.element() != NOT_SUPERVISED).list.sum()
    weight = pl.col("weight") if "weight" in frame.columns else pl.lit(1)
    return frame.with_columns(
        tokens_count=tokens.cast(pl.Int64),
        supervised_count=supervised.cast(pl.Int64),
        weight=weight.cast(pl.Int64),
    )


def _refuse(path: Path, frame: pl.DataFrame, wrong: pl.Expr, problem: str) -> None:
    bad = frame.filter(wrong)
    if len(bad):
        first = bad["record_id"][0]
        raise DataError(
            f"{path}: {len(bad)} rows {problem}, the first is {first}\n    prepare the data again: "
            "it leaves such rows out and counts them"
        )


def _ordered(frame: pl.DataFrame, seed: int) -> pl.DataFrame:
    """Repeat rows by weight, then permute; the same for the same rows and seed."""
    times = frame["weight"].to_numpy()
    index = np.repeat(np.arange(len(frame)), np.maximum(times, 0))
    return frame[np.random.default_rng(seed).permutation(index)]


def data_set(rows: Rows, recipe: Sft, *, packed: bool) -> Any:
    """Make a `datasets.Dataset` in memory of what the trainer sees, packed best-fit if asked.

    Cost: 8 bytes per token. Packs hold whole rows; `seq_lengths` tells them apart, so that no row
    sees another.
    """
    import pyarrow as pa
    from datasets import Dataset

    kind = recipe.top.train.kind
    numbers = pa.large_list(pa.int64()) if kind == "dpo" else pa.large_list(pa.int32())
    schema = pa.schema([(name, numbers) for name in LEARNED[kind]])
    table = rows.frame.select(LEARNED[kind]).to_arrow().cast(schema)
    made = Dataset(table)
    if not packed:
        return made
    from trl.data_utils import pack_dataset

    return pack_dataset(made, recipe.top.train.max_length, "bfd")


def by_source(rows: Rows, limit: int | None = None) -> dict[str, Rows]:
    """Split rows by source, in the order of names, so that each gets a loss of its own.

    `limit` keeps the first rows of each.
    """
    found = {}
    for (name,), part in rows.frame.sort("source", maintain_order=True).group_by(
        "source", maintain_order=True
    ):
        part = part if limit is None else part.head(limit)
        tokens, supervised = part["tokens_count"].sum(), part["supervised_count"].sum()
        found[str(name)] = Rows(part, len(part), int(tokens), int(supervised))
    return found
