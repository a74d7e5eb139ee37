"""Exact Jaccard of candidate pairs, in chunks that workers read for themselves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from llmx_data.dedup.corpus import Corpus, Ordinals, gather_texts
from llmx_data.dedup.minhash import Minhash
from llmx_data.kernels.text import Texts

CHUNK_TEXTS = 20_000
"""Texts of candidates per task: about 20 M characters, 200 MB in a worker. Ours."""

Shares = NDArray[np.float64]


@dataclass(frozen=True)
class Chunk:
    """Pairs as indices into the texts at (shard, row)."""

    paths: tuple[str, ...]
    shard: Ordinals
    row: Ordinals
    a: Ordinals
    b: Ordinals
    on: str
    n: int
    unit: str


def compare(chunk: Chunk) -> tuple[Shares, Shares]:
    """Jaccard and containment of each pair of a chunk."""
    from llmx_data.kernels.jaccard import verify
    from llmx_data.kernels.shingles import shingle_hashes

    series = gather_texts(list(chunk.paths), chunk.shard, chunk.row, chunk.on)
    shingles = shingle_hashes(Texts(series), n=chunk.n, unit=chunk.unit)  # type: ignore[arg-type]
    return verify(shingles, chunk.a, chunk.b)


def verified(
    part: Minhash, corpus: Corpus, a: Ordinals, b: Ordinals, on: str
) -> tuple[Shares, Shares]:
    """Jaccard and containment of pairs of ordinals, sorted by (a, b)."""
    if not len(a):
        return np.zeros(0), np.zeros(0)
    found = list(corpus.pool.map(compare, _chunks(part, corpus, a, b, on)))
    return np.concatenate([f[0] for f in found]), np.concatenate([f[1] for f in found])


def _chunks(part: Minhash, corpus: Corpus, a: Ordinals, b: Ordinals, on: str) -> Iterator[Chunk]:
    paths = tuple(s.path for s in corpus.shards)
    for start in range(0, len(a), CHUNK_TEXTS // 2):
        some = slice(start, start + CHUNK_TEXTS // 2)
        used, places = np.unique(np.concatenate([a[some], b[some]]), return_inverse=True)
        half = len(a[some])
        yield Chunk(
            paths, *corpus.locate(used), places[:half], places[half:], on, part.n, part.unit
        )
