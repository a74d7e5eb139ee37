"""The step of a mix: ask every shard, find what is alike, decide over all, keep it per shard."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from llmx_data.core.batch import Living
from llmx_data.core.execute import Executor
from llmx_data.core.part import content_key
from llmx_data.core.parts import column_owners, find
from llmx_data.core.progress import Talk
from llmx_data.core.storage import read_json, read_parquet
from llmx_data.core.store import FeatureStore, Rows, Shard, text_prefix
from llmx_data.core.tables import DROP_ROWS, DROPS
from llmx_data.dedup.corpus import Corpus
from llmx_data.dedup.minhash import Minhash
from llmx_data.dedup.near import near_edges, passing
from llmx_data.license.facts import Facts
from llmx_data.mix.blend import Blend
from llmx_data.mix.choose import choose
from llmx_data.mix.options import Select
from llmx_data.mix.table import TAKEN, mix_table
from llmx_data.select.choose import in_order
from llmx_data.select.keys import key_values

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


def blend(
    part: Blend,
    step: str,
    shards: Sequence[Shard],
    rows: Sequence[Rows],
    store: Path,
    facts: Facts,
    pool: Executor,
    talk: Talk,
) -> tuple[list[tuple[pl.DataFrame, pl.DataFrame]], dict[str, Any]]:
    """Drop rows and what is taken (MIXED) of every shard, and what the shares came to.

    Held in memory: per living record its id, its keys and 100 bytes.
    """
    tasks = [Asking(s, r, part, str(store)) for s, r in zip(shards, rows, strict=True)]
    frames = list(pool.map(ask, tasks))
    every = pl.concat(frames)
    folder = store / "tmp" / content_key([step, part.digest()])
    corpus = Corpus([*shards], [*rows], store, pool, facts)
    try:
        labels = _clusters(part, corpus, every, folder, talk)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    sources = np.repeat(_numbers([s.source for s in shards]), [len(r) for r in rows])
    named = every.select("id", cluster=pl.Series(labels)).with_columns(
        name=pl.col("id").min().over("cluster")
    )
    standing = pl.DataFrame(
        {
            "run": every["share"],
            "source": sources,
            "rows": np.ones(every.height, np.int64),
            "chars": every["chars"],
            "tokens": every["tokens"],
            "taken": _ranks(every["id"], _seed(part, "taken"), every["score"].to_numpy()),
            "cluster": labels,
            "drawn": _ranks(named["name"], _seed(part, "drawn")),
        }
    )
    fates, told = choose(part, standing)
    whole = fates.with_columns(
        id=every["id"], share=every["share"], cluster=named["name"],
        place=pl.Series(_ranks(every["id"], _seed(part, "place"))),
        kept_id=every["id"].gather(fates["kept"]),
    )  # fmt: skip
    ends = np.cumsum([len(r) for r in rows])
    tables = [
        _of_shard(whole[int(end) - len(task.rows) : int(end)], step, task)
        for task, end in zip(tasks, ends, strict=True)
    ]
    counts = np.unique(labels, return_counts=True)[1]
    told |= {"clusters": len(counts), "largest_cluster": int(counts.max(initial=0))}
    return tables, told


def _numbers(names: list[str]) -> Any:
    known = {name: number for number, name in enumerate(dict.fromkeys(names))}
    return np.array([known[name] for name in names], np.int64)


def _seed(part: Blend, what: str) -> int:
    """One seed for each order: what is taken first must not be published first."""
    return int(content_key([part.seed, what]), 16)


def _ranks(ids: pl.Series, seed: int, scores: Any = None) -> Any:
    """Place of each record in the order of score and hash."""
    order = in_order(ids, seed, scores)
    ranks = np.empty(len(order), np.int64)
    ranks[order] = np.arange(len(order))
    return ranks


def _clusters(part: Blend, corpus: Corpus, every: pl.DataFrame, folder: Path, talk: Talk) -> Any:
    """Label of each record's cluster: near texts, whatever they answer, and kin."""
    from llmx_data.kernels.components import components

    near = Minhash(threshold=part.dev.similar, answer_threshold=None)
    edges, _ = near_edges(near, corpus, folder, talk)
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
