"""Components equal a search through a Python graph, whatever the order of the edges."""

import numpy as np
import pytest

from llmx_data.kernels.components import components


def slow_components(count: int, edges: list[tuple[int, int]]) -> list[int]:
    neighbours: list[set[int]] = [set() for _ in range(count)]
    for a, b in edges:
        neighbours[a].add(b)
        neighbours[b].add(a)
    labels = [-1] * count
    for start in range(count):
        waiting = [start] if labels[start] < 0 else []
        while waiting:
            node = waiting.pop()
            if labels[node] < 0:
                labels[node] = start
                waiting += neighbours[node]
    return labels


def labels_of(count: int, edges: list[tuple[int, int]]) -> list[int]:
    ends = np.array(edges, dtype=np.int64).reshape(-1, 2).T.copy()
    return components(count, ends[0], ends[1]).tolist()


@pytest.mark.parametrize(
    ("count", "edges", "labels"),
    [
        (0, [], []),
        (3, [], [0, 1, 2]),
        (3, [(2, 1)], [0, 1, 1]),
        (4, [(3, 2), (2, 1), (1, 3)], [0, 1, 1, 1]),
        (5, [(4, 3), (1, 0), (3, 0)], [0, 0, 2, 0, 0]),
        (2, [(1, 1), (0, 0)], [0, 1]),
    ],
)
def test_labels_are_the_smallest_members(count, edges, labels) -> None:
    assert labels_of(count, edges) == labels


@pytest.mark.parametrize("edges", [50, 300, 500, 2000])
def test_labels_equal_the_slow_twin(edges: int) -> None:
    rng = np.random.default_rng(edges)
    pairs = [(int(a), int(b)) for a, b in rng.integers(0, 600, (edges, 2))]
    assert labels_of(600, pairs) == slow_components(600, pairs)


def test_order_and_direction_of_edges_do_not_matter() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 500, (2, 400))
    shuffled = rng.permutation(400)
    assert (components(500, a, b) == components(500, b[shuffled], a[shuffled])).all()


@pytest.mark.parametrize("backwards", [False, True])
def test_a_chain_of_a_million_is_one_component(backwards: bool) -> None:
    nodes = np.arange(1_000_000)[:: -1 if backwards else 1].copy()
    assert not components(1_000_000, nodes[:-1], nodes[1:]).any()


@pytest.mark.parametrize(("a", "b"), [([0], [3]), ([-1], [0])])
def test_edges_out_of_range_are_an_error(a: list[int], b: list[int]) -> None:
    with pytest.raises(IndexError, match=r"0\.\.2"):
        components(3, np.array(a), np.array(b))


def test_unequal_ends_are_an_error() -> None:
    with pytest.raises(ValueError, match="2 starts but 1 ends"):
        components(3, np.array([0, 1]), np.array([1]))
