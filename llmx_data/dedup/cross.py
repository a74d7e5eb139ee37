"""Candidate pairs of living records with those of named data sets, complete up to a bound."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from llmx_data.dedup.corpus import Ordinals

BUCKET = 32
"""Named records of one key that a living one is compared with, the first ones: a stock passage
shared by thousands costs no more. Ours; as in recovery of origins."""

_FACTOR = np.uint64(0x9E3779B97F4A7C15)

Keys = NDArray[np.uint64]


def cross_pairs(keys: Keys, border: int) -> tuple[Ordinals, Ordinals]:
    """Pairs (living, named) with the same key; ordinals from `border` on are named.

    Groups of living records alone are thinned out (`kernels/pairs.py`), as one of a chain stands
    for all; of two records that are each near to a named text, neither stands for the other.
    """
    from llmx_data.kernels.minhash import NO_KEY

    frame = pl.DataFrame({"key": keys}).with_columns(ordinal=pl.int_range(pl.len(), dtype=pl.Int64))
    frame = frame.filter(pl.col("key") != NO_KEY)
    return _crossed(
        frame.filter(pl.col("ordinal") < border), frame.filter(pl.col("ordinal") >= border)
    )


def mixed(before: Keys, keys: Keys) -> Keys:
    """Mix the keys of another band into those so far.

    Two equal texts share all bands: by this key they find each other in any crowd.
    """
    from llmx_data.kernels.minhash import NO_KEY

    both = keys if not len(before) else before * _FACTOR ^ keys
    return np.where(keys == NO_KEY, keys, both)


def cross_short(
    folded: pl.Series, a: Ordinals, b: Ordinals, named: NDArray[np.bool_]
) -> tuple[Ordinals, Ordinals]:
    """Pairs (living, named) of short texts: (a, b) pairs what is near, each set of copies once.

    `folded` are the texts; every copy is paired again. Gives positions in `folded`.
    """
    frame = pl.DataFrame(
        {"text": folded.rank("dense").cast(pl.Int64), "named": named}
    ).with_columns(ordinal=pl.int_range(pl.len(), dtype=pl.Int64))
    text = frame["text"].to_numpy()
    near = pl.DataFrame(
        {
            "text": np.concatenate([text, text[a], text[b]]),
            "key": np.concatenate([text, text[b], text[a]]),
        }
    ).unique(maintain_order=True)
    copies = frame.filter("named").select("ordinal", key="text")
    living = frame.filter(~pl.col("named")).join(near, on="text", maintain_order="left")
    return _crossed(living.filter(folded.gather(living["ordinal"]) != ""), copies)


def _crossed(living: pl.DataFrame, named: pl.DataFrame) -> tuple[Ordinals, Ordinals]:
    """Join by key, at most BUCKET named ones a key."""
    some = named.filter(pl.int_range(pl.len()).over("key") < BUCKET)
    pairs = living.join(some, on="key", suffix="_named", maintain_order="left")
    return pairs["ordinal"].to_numpy(), pairs["ordinal_named"].to_numpy()
