"""Exact Jaccard of candidate pairs, in chunks that workers read for themselves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from llmx_data.core.tables import side_text
from llmx_data.dedup.corpus import Corpus, Ordinals
from llmx_data.dedup.minhash import Minhash
from llmx_data.kernels.text import Texts

CHUNK_PAIRS = 2_000
"""Pairs per task: 4,000 texts, 4 M characters, 120 MB in a worker; 10,000 took 640 MB. Measured."""

Shares = NDArray[np.float64]


@dataclass(frozen=True)
class Excerpt:
    """Texts at some rows of a shard, to be put aside in an Arrow file of their own."""

    path: str
    rows: Ordinals
    on: str
    out: str


@dataclass(frozen=True)
class Chunk:
    """Pairs as indices into the texts that lie at `place` in the file number `file` of `paths`."""

    paths: tuple[str, ...]
    file: Ordinals
    place: Ordinals
    a: Ordinals
    b: Ordinals
    n: int
    unit: str


def excerpt(task: Excerpt) -> str:
    """Write the texts uncompressed, so that chunks map the file and touch only what they need."""
    columns = ["text"] if task.on == "all" else ["text", "messages"]
    frame = pl.read_parquet(task.path, columns=columns)[task.rows]
    frame.select(side_text(task.on).alias("text")).write_ipc(task.out, compression="uncompressed")
    return task.out


def compare(chunk: Chunk) -> tuple[Shares, Shares]:
    """Jaccard and containment of each pair of a chunk."""
    from llmx_data.kernels.jaccard import verify
    from llmx_data.kernels.shingles import shingle_hashes

    texts = pl.concat(
        [
            _mapped(chunk.paths[k]).gather(chunk.place[chunk.file == k])
            for k in np.unique(chunk.file)
        ]
    )
    shingles = shingle_hashes(Texts(texts), n=chunk.n, unit=chunk.unit)  # type: ignore[arg-type]
    return verify(shingles, chunk.a, chunk.b)


def _mapped(path: str) -> pl.Series:
    """Texts of an excerpt, in mapped memory: polars itself would read the whole file."""
    import pyarrow as pa

    texts = pl.from_arrow(pa.ipc.open_file(pa.memory_map(path)).read_all().column("text"))
    assert isinstance(texts, pl.Series), type(texts)
    return texts


def verified(
    part: Minhash, corpus: Corpus, a: Ordinals, b: Ordinals, folder: Path
) -> tuple[Shares, Shares]:
    """Jaccard and containment of pairs of ordinals, sorted by (a, b).

    Each shard is read once, however many chunks there are; `folder` takes the texts meanwhile.
    """
    if not len(a):
        return np.zeros(0), np.zeros(0)
    found = list(corpus.pool.map(compare, _chunks(part, corpus, a, b, folder)))
    return np.concatenate([f[0] for f in found]), np.concatenate([f[1] for f in found])


def _chunks(
    part: Minhash, corpus: Corpus, a: Ordinals, b: Ordinals, folder: Path
) -> Iterator[Chunk]:
    used, places = np.unique(np.concatenate([a, b]), return_inverse=True)
    shard, row = corpus.locate(used)
    shards, first, file = np.unique(shard, return_index=True, return_inverse=True)
    folder.mkdir(parents=True, exist_ok=True)
    tasks = [
        Excerpt(corpus.shards[k].path, row[shard == k], part.on, str(folder / f"{k}.arrow"))
        for k in shards
    ]
    paths = tuple(corpus.pool.map(excerpt, tasks))
    for start in range(0, len(a), CHUNK_PAIRS):
        left = places[start : min(start + CHUNK_PAIRS, len(a))]
        right = places[len(a) + start : len(a) + start + len(left)]
        some, ends = np.unique(np.concatenate([left, right]), return_inverse=True)
        yield Chunk(
            paths,
            file[some],
            some - first[file[some]],
            ends[: len(left)],
            ends[len(left) :],
            part.n,
            part.unit,
        )
