"""Hold records out by whole clusters, so that nothing alike is on both sides."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]
Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class Sides:
    """Who is held out for sure, who may only be trained on, and who may go to either side."""

    dev: Mask
    refused: Mask
    """Records for training that are like one held out: they go."""
    refused_by: Numbers
    """Position of the first record of the same cluster that is held out; -1 for none."""
    pool: Mask
    """Records of clusters that may be held out as a whole."""
    open: Mask
    """Records that are trained on unless they are drawn."""


def sides(cluster: Numbers, alive: Mask, for_dev: Mask, for_train: Mask) -> Sides:
    """Settle what the recipe says of runs: `use: dev` and `use: train` bind whole clusters."""
    held = alive & for_dev
    pairs = zip(cluster[held].tolist(), np.flatnonzero(held).tolist(), strict=True)
    firsts = dict(reversed([*pairs]))
    closed = alive & np.isin(cluster, np.fromiter(firsts, np.int64, len(firsts)))
    refused = closed & for_train
    by = np.full(len(cluster), -1, dtype=np.int64)
    by[refused] = [firsts[c] for c in cluster[refused].tolist()]
    is_open = alive & ~closed
    bound = np.unique(cluster[is_open & for_train])
    pool = is_open & ~np.isin(cluster, bound)
    return Sides(closed & ~for_train, refused, by, pool, is_open)


def draw(
    pool: Mask,
    cluster: Numbers,
    drawn: Numbers,
    source: Numbers,
    rows: int,
    per_source_max: int | None,
) -> Mask:
    """Hold out whole clusters of the pool in the order of `drawn`, at most `rows` records.

    A cluster that no longer fits, or that would take too many of a source, is passed over.
    Cost: 1 us a cluster.
    """
    chosen: Mask = np.zeros(len(pool), dtype=bool)
    members = np.flatnonzero(pool)
    members = members[np.argsort(drawn[members], kind="stable")]
    starts = np.flatnonzero(np.diff(cluster[members]))
    had: Counter[int] = Counter()
    left = rows
    for group in np.split(members, starts + 1):
        if left == 0:
            break
        if len(group) > left:
            continue
        if per_source_max is not None:
            more = Counter(source[group].tolist())
            if any(had[s] + n > per_source_max for s, n in more.items()):
                continue
            had += more
        chosen[group] = True
        left -= len(group)
    return chosen
