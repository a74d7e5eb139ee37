"""The step of a mix: ask every shard, find what is alike, decide over all, keep it per shard."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from llmx_data.core.part import content_key
from llmx_data.core.progress import Talk
from llmx_data.core.storage import read_json, read_parquet
from llmx_data.core.store import Rows, Shard
from llmx_data.core.tables import DROP_ROWS, DROPS
from llmx_data.dedup.corpus import Corpus, Ordinals
from llmx_data.dedup.minhash import Minhash
from llmx_data.dedup.near import near_edges, passing
from llmx_data.mix.blend import Blend
from llmx_data.mix.choose import STANDING, choose
from llmx_data.mix.table import TAKEN, mix_table
from llmx_data.mix_asking import Asking, ask
from llmx_data.select.choose import Scores, in_order

MIXED = pl.Schema(
    {
        "row": pl.UInt32,
        "id": pl.String,
        "share": pl.UInt16,
        "split": pl.String,
        "weight": pl.UInt32,
        "cluster": pl.String,
        "place": pl.Int64,
    }
)
"""What is taken of a shard: entry of the recipe, split, times per epoch, cluster, and the place
in the order of publishing."""


def blend(
    part: Blend, step: str, corpus: Corpus, talk: Talk
) -> tuple[list[tuple[pl.DataFrame, pl.DataFrame]], dict[str, Any]]:
    """Drop rows and what is taken (MIXED) of every shard, and what the shares came to.

    Held in memory: per living record its id, its keys and 100 bytes.
    """
    shards = zip(corpus.shards, corpus.rows, strict=True)
    tasks = [Asking(shard, rows, part, str(corpus.store)) for shard, rows in shards]
    every = pl.concat(corpus.pool.map(ask, tasks))
    labels = _clusters(part, step, corpus, every, talk)
    named = every.select("id", cluster=pl.Series(labels))
    clusters = named.select(pl.col("id").min().over("cluster"))["id"]
    fates, told = choose(part, _standing(part, corpus, every, labels, clusters))
    whole = fates.with_columns(
        id=every["id"],
        share=every["share"],
        cluster=clusters,
        place=pl.Series(_ranks(every["id"], _seed(part, "place"))),
        kept_id=every["id"].gather(fates["kept"]),
    )
    ends = corpus.starts.tolist()
    tables = [
        _of_shard(whole[start:stop], step, task)
        for task, (start, stop) in zip(tasks, pairwise(ends), strict=True)
    ]
    counts = np.unique(labels, return_counts=True)[1]
    told |= {"clusters": len(counts), "largest_cluster": int(counts.max(initial=0))}
    return tables, told


def _standing(
    part: Blend, corpus: Corpus, every: pl.DataFrame, labels: Ordinals, clusters: pl.Series
) -> pl.DataFrame:
    """Give what the choice rests on (STANDING), a row per living record."""
    sources = _numbers([shard.source for shard in corpus.shards])
    return pl.DataFrame(
        {
            "run": every["share"],
            "source": np.repeat(sources, np.diff(corpus.starts)),
            "rows": np.ones(every.height, np.int64),
            "chars": every["chars"],
            "tokens": every["tokens"],
            "taken": _ranks(every["id"], _seed(part, "taken"), every["score"].to_numpy()),
            "cluster": labels,
            "drawn": _ranks(clusters, _seed(part, "drawn")),
        },
        schema=STANDING,
    )


def _numbers(names: list[str]) -> Ordinals:
    known = {name: number for number, name in enumerate(dict.fromkeys(names))}
    return np.array([known[name] for name in names], np.int64)


def _seed(part: Blend, what: str) -> int:
    """One seed for each order: what is taken first must not be published first."""
    return int(content_key([part.seed, what]), 16)


def _ranks(ids: pl.Series, seed: int, scores: Scores | None = None) -> Ordinals:
    """Place of each record in the order of score and hash."""
    order = in_order(ids, seed, scores)
    ranks = np.empty(len(order), np.int64)
    ranks[order] = np.arange(len(order))
    return ranks


def _clusters(part: Blend, step: str, corpus: Corpus, every: pl.DataFrame, talk: Talk) -> Ordinals:
    """Label of each record's cluster: near texts, whatever they answer, and kin."""
    from llmx_data.kernels.components import components

    near = Minhash(threshold=part.dev.similar, answer_threshold=None)
    folder = corpus.store / "tmp" / content_key([step, part.digest()])
    try:
        edges, _ = near_edges(near, corpus, folder, talk)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    edges = edges.where(passing(near, edges))
    keyed = every.select("kin").with_row_index("at").explode("kin").with_columns(
        first=pl.col("at").min().over("kin")
    ).filter(pl.col("first") != pl.col("at"))  # fmt: skip
    a = np.concatenate([edges.a, keyed["first"].cast(pl.Int64).to_numpy()])
    b = np.concatenate([edges.b, keyed["at"].cast(pl.Int64).to_numpy()])
    return components(every.height, np.ascontiguousarray(a), np.ascontiguousarray(b))


def _of_shard(fates: pl.DataFrame, step: str, task: Asking) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Drop rows of one shard, and what is taken of it."""
    told = fates.with_columns(
        row=pl.Series(task.rows, dtype=pl.UInt32),
        source=pl.lit(task.shard.source),
        place_=pl.lit(None, pl.String),
        step=pl.lit(step),
        also=pl.lit(None, DROPS["also"]),
    )
    gone = told.filter(pl.col("split").is_null()).drop("place").rename({"place_": "place"})
    taken = told.filter(pl.col("split").is_not_null())
    return (
        gone.select(DROP_ROWS.names()).cast(DROP_ROWS),
        taken.select(MIXED.names()).cast(MIXED),
    )


def table(
    part: Blend, told: dict[str, Any], shards: Sequence[Shard], rows: Sequence[Rows],
    mixed: Sequence[Path],
) -> dict[str, Any]:  # fmt: skip
    """Count what a mix holds: of what was taken, the records at `rows` of each shard."""
    frames = [pl.DataFrame(schema=TAKEN)]
    for shard, some, path in zip(shards, rows, mixed, strict=True):
        taken = read_parquet(path)
        taken = taken.filter(pl.col("row").is_in(pl.Series(some, dtype=pl.UInt32).implode()))
        sizes = read_parquet(Path(shard.sizes))[taken["row"]]
        frames.append(
            taken.select(
                "share",
                pl.lit(shard.source).alias("source"),
                pl.lit(shard.kind).alias("kind"),
                "split",
                "weight",
                sizes["chars_count"].cast(pl.Int64).alias("chars"),
                sizes["tokens_count"].cast(pl.Int64).alias("tokens"),
            )
        )
    names = [share.name or str(number) for number, share in enumerate(part.shares)]
    return mix_table(part, pl.concat(frames), told, names)


def mixture(run: Path) -> dict[str, Any]:
    """Read what a finished mix came to."""
    found: dict[str, Any] = read_json(run / "dataset" / "mix.json")
    return found
