"""Near duplicates: candidate pairs, their true similarity, and who goes for whom."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from llmx_data.core.progress import Talk
from llmx_data.dedup.corpus import Corpus, Ordinals
from llmx_data.dedup.cross import cross_pairs, cross_short, mixed
from llmx_data.dedup.minhash import Minhash
from llmx_data.dedup.survivor import KEPT, ORDER, ranked
from llmx_data.dedup.verify import Shares, verified

SHORT_N = 3
"""Characters per shingle for short records: two changed of twelve still leave half. Ours."""

STORED = 0.5
"""Verified pairs under this share of the threshold are not worth storing. Ours."""


@dataclass
class Edges:
    """Verified pairs of ordinals, a < b."""

    a: Ordinals
    b: Ordinals
    jaccard: Shares
    containment: Shares
    method: NDArray[np.str_]

    def where(self, mask: NDArray[np.bool_]) -> Edges:
        """Select some of the edges."""
        return Edges(
            self.a[mask],
            self.b[mask],
            self.jaccard[mask],
            self.containment[mask],
            self.method[mask],
        )


def near_edges(part: Minhash, corpus: Corpus, folder: Path, talk: Talk) -> tuple[Edges, Ordinals]:
    """All verified pairs, by MinHash and among short records by 3-grams; and the short records."""
    bands = part.fingerprint()
    for done in corpus.measure([bands], part.on):
        talk.advance(done)
    paths = corpus.spill(bands, part.on, folder)
    short = _short(part, paths["shingles_count"])
    a, b = _candidates([paths[name] for name in bands.names()], corpus.border)
    jaccard, containment = verified(part, corpus, a, b, folder)
    long_edges = Edges(a, b, jaccard, containment, np.full(len(a), "minhash"))
    edges = _joined([long_edges, _short_edges(part, corpus, short)])
    edges = edges.where(edges.jaccard >= STORED * part.threshold)
    return _same_answer(part, corpus, edges), short


def _short(part: Minhash, path: Path) -> Ordinals:
    """Ordinals with few shingles, with a margin so that a pair across the border is seen."""
    counts = np.fromfile(path, dtype=np.uint64)
    return np.flatnonzero(counts < part.short_below / part.threshold).astype(np.int64)


def _candidates(paths: list[Path], border: int) -> tuple[Ordinals, Ordinals]:
    """Pairs of living records, and of living with named ones; none among the named."""
    from llmx_data.kernels.pairs import band_pairs, merge_pairs

    def each_band() -> Iterator[tuple[Ordinals, Ordinals]]:
        together = np.zeros(0, np.uint64)
        for path in paths:
            keys = np.fromfile(path, dtype=np.uint64)
            yield band_pairs(keys[:border])
            if border < len(keys):
                yield cross_pairs(keys, border)
                together = mixed(together, keys)
        yield cross_pairs(together, border)

    return merge_pairs(each_band())


def _short_edges(part: Minhash, corpus: Corpus, short: Ordinals) -> Edges:
    from llmx_data.kernels.jaccard import short_pairs
    from llmx_data.kernels.shingles import char_shingles
    from llmx_data.kernels.text import Texts, to_strings

    if len(short) < 2:
        return _joined([])
    texts = Texts(corpus.texts(short, part.on))
    a, b, _ = short_pairs(char_shingles(texts.folded, n=SHORT_N), part.threshold)
    inside = short[b] < corpus.border
    living = by_grams(corpus, short[a[inside]], short[b[inside]], part.on)
    a, b = cross_short(to_strings(texts.folded), a, b, short >= corpus.border)
    return _joined([living, by_grams(corpus, short[a], short[b], part.on)])


def _joined(edges: list[Edges]) -> Edges:
    """Edges of several methods, each pair once: the first method that has it."""
    none = Edges(
        np.zeros(0, np.int64),
        np.zeros(0, np.int64),
        np.zeros(0),
        np.zeros(0),
        np.zeros(0, dtype="<U8"),
    )
    every = [none, *edges]
    both = Edges(
        *(
            np.concatenate([getattr(e, f) for e in every])
            for f in ("a", "b", "jaccard", "containment", "method")
        )
    )
    order = np.lexsort((-both.jaccard, both.b, both.a))
    both = both.where(order)
    first = np.ones(len(both.a), dtype=bool)
    first[1:] = (both.a[1:] != both.a[:-1]) | (both.b[1:] != both.b[:-1])
    return both.where(first)


def _same_answer(part: Minhash, corpus: Corpus, edges: Edges) -> Edges:
    """Between records with answers, an edge counts no more than its answers are alike.

    Without it 139 records of databricks-dolly-15k-ja go at 0.8, with it 5: the others ask another
    question about the same passage, or answer it otherwise.
    """
    if part.on == "answer" or part.answer_threshold is None:
        return edges
    chats = np.array([shard.kind != "document" for shard in corpus.shards], dtype=bool)
    asked = np.flatnonzero(chats[corpus.locate(edges.a)[0]] & chats[corpus.locate(edges.b)[0]])
    answers = by_grams(corpus, edges.a[asked], edges.b[asked], "answer").jaccard
    same = np.ones(len(edges.a), dtype=bool)
    same[asked] = answers >= part.answer_threshold
    return edges.where(same)


def by_grams(corpus: Corpus, a: Ordinals, b: Ordinals, on: str) -> Edges:
    """Pairs compared by character 3-grams; equal texts count 1 however short they are."""
    from llmx_data.kernels.jaccard import verify
    from llmx_data.kernels.shingles import char_shingles
    from llmx_data.kernels.text import Texts

    if not len(a):
        return _joined([])
    used, places = np.unique(np.concatenate([a, b]), return_inverse=True)
    series = corpus.texts(used, on)
    left, right = places[: len(a)], places[len(a) :]
    shares = verify(char_shingles(Texts(series).folded, n=SHORT_N), left, right)
    equal = (series.gather(left) == series.gather(right)).fill_null(False).to_numpy()
    jaccard, containment = (np.where(equal, 1.0, share) for share in shares)
    return Edges(a, b, jaccard, containment, np.full(len(a), "jaccard3"))


def settle(
    part: Minhash, corpus: Corpus, edges: Edges, short: Ordinals, folder: Path
) -> tuple[pl.DataFrame, Edges]:
    """Drop rows by ordinal, and the edges with every pair compared on the way.

    In each cluster the best record stays and those near enough to it go. A record that hangs on
    by a chain only is not dropped for that survivor; the rest of its cluster is settled again,
    until every drop rests on a pair that was compared. `folder` takes texts meanwhile.
    """
    known = edges.where(passing(part, edges))
    dropped: list[pl.DataFrame] = [_NONE]
    while len(known.a):
        members = _clusters(known)
        facts = ranked(
            corpus.describe(members["ordinal"].to_numpy()), corpus.facts, corpus.priorities
        )
        ordered = facts.join(members, on="ordinal").sort("cluster", *ORDER)
        best = ordered.group_by("cluster", maintain_order=True).agg(
            pl.col("ordinal").first().alias("kept"), *KEPT
        )
        ordered = ordered.join(best, on="cluster", maintain_order="left").filter(
            pl.col("ordinal") != pl.col("kept")
        )
        fresh = _compared(part, corpus, known, ordered, short, folder)
        edges = _joined([edges, fresh])
        fresh = fresh.where(passing(part, fresh))
        gone = _against(_joined([known, fresh]), ordered)
        dropped.append(gone)
        settled = np.concatenate([gone["ordinal"].to_numpy(), best["kept"].to_numpy()])
        known = known.where(~np.isin(known.a, settled) & ~np.isin(known.b, settled))
    gone = pl.concat(dropped).with_columns(threshold=pl.lit(part.threshold))
    return gone, edges


def _compared(
    part: Minhash,
    corpus: Corpus,
    known: Edges,
    members: pl.DataFrame,
    short: Ordinals,
    folder: Path,
) -> Edges:
    """Edges between members and the one who stays that no candidate pair had brought up."""
    kept, other = members["kept"].to_numpy(), members["ordinal"].to_numpy()
    a, b = np.minimum(kept, other), np.maximum(kept, other)
    order = np.lexsort((b, a))
    a, b = a[order], b[order]
    had = np.isin(_packed(a, b), _packed(known.a, known.b))
    a, b = a[~had], b[~had]
    both_short = np.isin(a, short) & np.isin(b, short)
    long_a, long_b = a[~both_short], b[~both_short]
    jaccard, containment = verified(part, corpus, long_a, long_b, folder)
    edges = _joined(
        [
            Edges(long_a, long_b, jaccard, containment, np.full(len(long_a), "minhash")),
            by_grams(corpus, a[both_short], b[both_short], part.on),
        ]
    )
    return _same_answer(part, corpus, edges)


def _packed(a: Ordinals, b: Ordinals) -> NDArray[np.uint64]:
    from llmx_data.kernels.pairs import pack

    return pack(a, b)


_NONE = pl.DataFrame(
    schema={
        "ordinal": pl.Int64,
        "shard": pl.Int64,
        "row": pl.UInt32,
        "id": pl.String,
        "source": pl.String,
        "license_declared": pl.String,
        "kept_id": pl.String,
        "kept_source": pl.String,
        "kept_license": pl.String,
        "reason": pl.String,
        "value": pl.Float64,
    }
)


def passing(part: Minhash, edges: Edges) -> NDArray[np.bool_]:
    """Which edges are near enough to drop one end for the other."""
    near: NDArray[np.bool_] = edges.jaccard >= part.threshold
    if part.containment is not None:
        near |= edges.containment >= part.containment
    return near


def _clusters(edges: Edges) -> pl.DataFrame:
    from llmx_data.kernels.components import components

    used, places = np.unique(np.concatenate([edges.a, edges.b]), return_inverse=True)
    labels = components(len(used), places[: len(edges.a)], places[len(edges.a) :])
    return pl.DataFrame({"ordinal": used, "cluster": labels})


def _against(edges: Edges, members: pl.DataFrame) -> pl.DataFrame:
    """Members with an edge to the one who stays in their cluster; `value` is its Jaccard."""
    pairs = pl.concat(
        [
            pl.DataFrame({"ordinal": edges.a, "kept": edges.b, "value": edges.jaccard}),
            pl.DataFrame({"ordinal": edges.b, "kept": edges.a, "value": edges.jaccard}),
        ]
    )
    return members.join(pairs, on=["ordinal", "kept"], how="inner", maintain_order="left").select(
        "ordinal",
        "shard",
        "row",
        "id",
        "source",
        "license_declared",
        "kept_id",
        "kept_source",
        "kept_license",
        reason=pl.lit("near_duplicate"),
        value="value",
    )
