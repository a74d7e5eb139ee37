"""Nothing alike is on both sides, however clusters, runs and sizes fall."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from llmx_data.mix.split import draw, sides

ROW = st.tuples(
    st.integers(0, 8),  # cluster
    st.sampled_from(["train", "dev", "both"]),
    st.booleans(),  # alive
    st.integers(0, 2),  # source
)
MANY = st.lists(ROW, max_size=40)


@given(MANY, st.integers(0, 20), st.none() | st.integers(1, 4), st.randoms())
def test_no_cluster_is_on_both_sides(rows, wanted, most, rng) -> None:  # type: ignore[no-untyped-def]
    cluster, use, alive, source = (np.array([r[i] for r in rows]) for i in range(4))
    cluster, source = cluster.astype(np.int64), source.astype(np.int64)
    alive = alive.astype(bool)
    for_dev, for_train = use == "dev", use == "train"
    order = rng.sample(range(9), 9)
    drawn_at = np.array([100 * order[c] + i for i, c in enumerate(cluster)], np.int64)
    found = sides(cluster, alive, for_dev, for_train)
    drawn = draw(found.pool, cluster, drawn_at, source, wanted, most)
    dev = found.dev | drawn
    train = found.open & ~drawn
    assert not set(cluster[dev]) & set(cluster[train])
    assert not (dev & for_train).any()
    assert not (train & for_dev).any()
    assert drawn.sum() <= wanted
    assert (dev | train | found.refused)[alive].all()
    assert not (dev | train | found.refused)[~alive].any()
    if most is not None:
        assert all((source[drawn] == s).sum() <= most for s in range(3))
    if found.refused.any():
        by = found.refused_by[found.refused]
        assert (cluster[by] == cluster[found.refused]).all()
        assert for_dev[by].all()


def test_clusters_are_drawn_in_order_and_whole() -> None:
    cluster = np.array([0, 0, 1, 2, 2, 2, 3], np.int64)
    order = np.array([3, 4, 6, 0, 1, 2, 5], np.int64)  # cluster 2, then 0, then 3, then 1
    pool, source = np.ones(7, bool), np.zeros(7, np.int64)
    assert draw(pool, cluster, order, source, 4, None).nonzero()[0].tolist() == [3, 4, 5, 6]
    assert draw(pool, cluster, order, source, 2, None).nonzero()[0].tolist() == [0, 1]
    assert draw(pool, cluster, order, source, 0, None).sum() == 0
    assert draw(pool, cluster, order, source, 7, 2).nonzero()[0].tolist() == [0, 1]
