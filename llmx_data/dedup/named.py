"""Records that are near to a text of a named data set, which is compared with and never dropped."""

from __future__ import annotations

import polars as pl

from llmx_data.dedup.corpus import Corpus
from llmx_data.dedup.minhash import Minhash
from llmx_data.dedup.near import Edges, passing

REASON = "near_duplicate_of_named"


def near_named(part: Minhash, corpus: Corpus, edges: Edges) -> tuple[pl.DataFrame, Edges, Edges]:
    """Drop rows by ordinal, the edges to named data sets, and the edges among those left.

    `edges` are verified pairs, so every drop rests on a compared one. `kept_id` is `name#key` of
    the nearest text, of equals the first named. What named data sets have in common does not count.
    """
    across = edges.where((edges.a < corpus.border) & (edges.b >= corpus.border))
    among = edges.where(edges.b < corpus.border)
    hits = across.where(passing(part, across))
    if not len(hits.a):
        return pl.DataFrame(), across, among
    nearest = (
        pl.DataFrame({"ordinal": hits.a, "named": hits.b, "value": hits.jaccard})
        .sort("ordinal", -pl.col("value"), "named")
        .unique("ordinal", keep="first", maintain_order=True)
    )
    described = corpus.describe(nearest["ordinal"].to_numpy())
    gone = nearest.join(described, on="ordinal", how="left", maintain_order="left").with_columns(
        kept_id=corpus.called(nearest["named"].to_numpy()),
        reason=pl.lit(REASON),
        threshold=pl.lit(part.threshold),
    )
    left = ~pl.Series(among.a).is_in(nearest["ordinal"].implode())
    left &= ~pl.Series(among.b).is_in(nearest["ordinal"].implode())
    return gone, across, among.where(left.to_numpy())
