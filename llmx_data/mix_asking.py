"""What a mix asks of a shard's living records: sizes, entry, kin, and the score they prefer."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from llmx_data.core.batch import Living
from llmx_data.core.parts import column_owners, find
from llmx_data.core.storage import read_parquet
from llmx_data.core.store import FeatureStore, Rows, Shard, text_prefix
from llmx_data.mix.blend import Blend
from llmx_data.mix.options import Select
from llmx_data.select.keys import key_values


@dataclass(frozen=True)
class Asking:
    """A shard, its living rows, and what a blend asks of them."""

    shard: Shard
    rows: Rows
    part: Blend
    store: str


def ask(task: Asking) -> pl.DataFrame:
    """Tell of a shard's living records what a blend rests on.

    Gives: id, share, chars, tokens, kin (list of keys: whoever shares one is alike), score.
    """
    sizes = read_parquet(Path(task.shard.sizes))[task.rows]
    members = read_parquet(Path(task.part.members), ["id", "share"])
    shares = sizes.select("id").join(members, on="id", how="left", maintain_order="left")
    records = read_parquet(Path(task.shard.path), ["parents", "messages"])[task.rows]
    return pl.DataFrame(
        {
            "id": sizes["id"],
            "share": shares["share"].cast(pl.Int64),
            "chars": sizes["chars_count"].cast(pl.Int64).fill_null(0),
            "tokens": sizes["tokens_count"].cast(pl.Int64).fill_null(0),
            "kin": _kin(sizes["id"], records),
            "score": _scores(task, shares["share"]),
        }
    )


def _kin(ids: pl.Series, records: pl.DataFrame) -> pl.Series:
    """Keys of each record: itself, its parents together, and what its user says word for word.

    So a record is kin to those made of it, and to those made of the same or asked the same.
    """
    said = records["messages"].list.eval(
        pl.element().filter(pl.element().struct.field("role") == "user").struct.field("content")
    )
    found = []
    for id_, parents, asked in zip(ids, records["parents"], said, strict=True):
        keys = [id_]
        if parents is not None and len(parents):
            keys.append("\n".join(sorted(parents)))
        if asked is not None and len(asked):
            text = "\0".join("".join(turn.split()) for turn in asked)
            keys.append(f"said {blake2b(text.encode(), digest_size=16).hexdigest()}")
        found.append(keys)
    return pl.Series("kin", found, dtype=pl.List(pl.String))


def _scores(task: Asking, shares: pl.Series) -> pl.Series:
    """Score of each record by what its own entry prefers; NaN where there is none."""
    scores = np.full(len(shares), np.nan)
    for number, share in enumerate(task.part.shares):
        mine = (shares == number).fill_null(False).to_numpy()
        if share.select is not None and mine.any():
            scores[mine] = _preferred(task, share.select)[mine]
    return pl.Series("score", scores)


def _preferred(task: Asking, select: Select) -> Any:
    column = select.prefer
    if column.startswith("meta."):
        records = read_parquet(Path(task.shard.path), ["meta"])[task.rows]
        values = key_values(records, [column])[column].cast(pl.Float64, strict=False)
        return values.fill_null(float("nan")).to_numpy()
    from llmx_data.kernels.text import Texts

    one: Any = find("measure", column_owners()[column], Path())()
    side = "pair" if getattr(one, "reads_pairs", False) else select.on
    living = Living(task.shard, FeatureStore(Path(task.store) / "features"), Texts, task.rows)
    values = living.features(one, side)[f"{text_prefix(side)}{column}"].cast(pl.Float64)
    return values.fill_null(float("nan")).to_numpy()
