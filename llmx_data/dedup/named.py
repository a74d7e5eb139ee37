"""Records that are near to a text of a named data set, which is compared with and never dropped."""

from __future__ import annotations

import numpy as np
import polars as pl

from llmx_data.dedup.corpus import Corpus
from llmx_data.dedup.minhash import Minhash
from llmx_data.dedup.near import Edges, passing

REASON = "near_duplicate_of_named"


def near_named(part: Minhash, corpus: Corpus, edges: Edges) -> tuple[pl.DataFrame, Edges, Edges]:
    """Drop rows by ordinal, the edges to named data sets, and the edges among those left.

    `edges` are verified pairs, so every drop rests on a compared one. `kept_id` is `name#key` of
    the nearest text, of equals the first.
    """
    across = edges.where(edges.b >= corpus.border)
    among = edges.where(edges.b < corpus.border)
    hits = across.where(passing(part, across))
    if not len(hits.a):
        return pl.DataFrame(), across, among
    nearest = (
        pl.DataFrame({"ordinal": hits.a, "kept": hits.b, "value": hits.jaccard})
        .sort("ordinal", -pl.col("value"), "kept")
        .unique("ordinal", keep="first", maintain_order=True)
    )
    went = nearest["ordinal"].to_numpy()
    gone = nearest.join(corpus.describe(went), on="ordinal", maintain_order="left").with_columns(
        kept_id=corpus.called(nearest["kept"].to_numpy()),
        reason=pl.lit(REASON),
        threshold=pl.lit(part.threshold),
    )
    return gone, across, among.where(~np.isin(among.a, went) & ~np.isin(among.b, went))
