"""Find duplicates over all shards; give drop rows per shard and keep the edges."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl

from llmx_data.core.progress import Talk
from llmx_data.core.storage import write_parquet
from llmx_data.core.store import Measures
from llmx_data.core.tables import DROP_ROWS, DROPS, DUPLICATES, TWINS
from llmx_data.dedup.corpus import Corpus, Ordinals
from llmx_data.dedup.exact import Exact
from llmx_data.dedup.fingerprint import TextHash
from llmx_data.dedup.minhash import Minhash
from llmx_data.dedup.named import near_named
from llmx_data.dedup.near import Edges, near_edges, settle
from llmx_data.dedup.survivor import KEPT, ORDER, ranked


def deduplicate(
    part: Exact | Minhash,
    step: str,
    corpus: Corpus,
    key: str,
    talk: Talk,
    ahead: Sequence[Measures] = (),
) -> list[pl.DataFrame]:
    """Drop rows (`row` + the columns of drops) of every living shard, in the order of shards.

    Edges are written to store/edges/<key>.parquet: every pair on which a drop rests, and every
    verified pair of at least half the threshold. `ahead` are fingerprints that the next step will
    want of the same texts: measured now, they cost no second reading.
    """
    folder = corpus.store / "tmp" / key
    try:
        if isinstance(part, Exact):
            gone, edges = _exact(part, corpus, folder, talk, ahead)
            every = gone
        else:
            found, short = near_edges(part, corpus, folder, talk)
            known, across, among = near_named(part, corpus, found)
            gone, among = settle(part, corpus, among, short, folder)
            every = pl.concat([known, gone], how="diagonal")
            edges = pl.concat([_named(among, corpus), _named(across, corpus)]).sort("id_a", "id_b")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    write_parquet(edges, edges_path(corpus.store, key))
    write_parquet(_twins(gone), twins_path(corpus.store, key))
    return _by_shard(every, step, corpus.living)


def edges_path(store: Path, key: str) -> Path:
    """Where the edges of a dedup unit lie."""
    return store / "edges" / f"{key}.parquet"


def twins_path(store: Path, key: str) -> Path:
    """Where a dedup unit says in which sources, under which licences, its copies stood."""
    return store / "twins" / f"{key}.parquet"


def _twins(gone: pl.DataFrame) -> pl.DataFrame:
    by = [name for name in TWINS.names() if name != "records"]
    if not gone.height:
        return pl.DataFrame(schema=TWINS)
    return gone.group_by(by).agg(records=pl.len().cast(pl.Int64)).sort(by)


def _exact(
    part: Exact, corpus: Corpus, folder: Path, talk: Talk, ahead: Sequence[Measures]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    for done in corpus.measure([TextHash(), *ahead], part.on):
        talk.advance(done)
    paths = corpus.spill(TextHash(), part.on, folder)
    groups = _equal(paths["hash_high"], paths["hash_low"])
    if not groups.height:
        return _no_drops(), pl.DataFrame(schema=DUPLICATES)
    facts = ranked(corpus.describe(groups["ordinal"].to_numpy()), corpus.facts, corpus.priorities)
    members = facts.join(groups, on="ordinal").sort("group", *ORDER)
    kept = members.group_by("group", maintain_order=True).agg(*KEPT)
    gone = members.join(kept, on="group", maintain_order="left").filter(
        pl.col("id") != pl.col("kept_id")
    )
    edges = gone.select(
        id_a="kept_id",
        id_b="id",
        jaccard=pl.lit(1.0),
        containment=pl.lit(1.0),
        method=pl.lit("exact"),
    ).sort("id_a", "id_b")
    return gone.with_columns(
        reason=pl.lit("exact_duplicate"), value=pl.lit(1.0), threshold=pl.lit(1.0)
    ), edges


def _equal(high_path: Path, low_path: Path) -> pl.DataFrame:
    """Ordinals that share all 128 bits with another, and a number for each group of them."""
    high, low = (np.fromfile(path, dtype=np.uint64) for path in (high_path, low_path))
    order = np.argsort(high, kind="stable")
    same = (high[order[1:]] == high[order[:-1]]) & (low[order[1:]] == low[order[:-1]])
    empty = high[order] == np.iinfo(np.uint64).max
    same &= ~empty[1:]
    inside = np.zeros(len(order), dtype=bool)
    inside[1:] |= same
    inside[:-1] |= same
    group = np.cumsum(np.concatenate([[0], ~same]) if len(order) else [])
    return pl.DataFrame(
        {"ordinal": order[inside].astype(np.int64), "group": group[inside].astype(np.int64)}
    )


def _named(edges: Edges, corpus: Corpus) -> pl.DataFrame:
    """Edges by id instead of by ordinal."""
    if not len(edges.a):
        return pl.DataFrame(schema=DUPLICATES)
    used: Ordinals = np.unique(np.concatenate([edges.a, edges.b]))
    ids = corpus.called(used)
    frame = pl.DataFrame(
        {
            "id_a": ids.gather(np.searchsorted(used, edges.a)),
            "id_b": ids.gather(np.searchsorted(used, edges.b)),
            "jaccard": edges.jaccard,
            "containment": edges.containment,
            "method": edges.method,
        }
    )
    low, high = pl.min_horizontal("id_a", "id_b"), pl.max_horizontal("id_a", "id_b")
    return frame.with_columns(id_a=low, id_b=high).sort("id_a", "id_b").cast(DUPLICATES)


def _no_drops() -> pl.DataFrame:
    return pl.DataFrame(schema={"shard": pl.Int64, **DROP_ROWS})


def _by_shard(gone: pl.DataFrame, step: str, shards: int) -> list[pl.DataFrame]:
    gone = gone.with_columns(
        step=pl.lit(step), place=pl.lit(None, pl.String), also=pl.lit(None, DROPS["also"])
    )
    parts = gone.partition_by("shard", as_dict=True) if gone.height else {}
    empty = pl.DataFrame(schema=DROP_ROWS)
    return [
        parts[(k,)].select(DROP_ROWS.names()).cast(DROP_ROWS).sort("row")
        if (k,) in parts
        else empty
        for k in range(shards)
    ]
