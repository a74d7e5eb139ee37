"""Rows of token files: repeated by weight, ordered by the seed, refused where they teach nothing."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import polars as pl
import pytest

from llmx_data.core.errors import DataError
from llmx_train.trl_adapter.rows import by_source, data_set, read_rows
from tests.train.training import recipe

SEEN = [("a", 1), ("b", 3), ("c", 0), ("d", 2)]
"""Rows by weight."""

REFUSED = [
    ([1, 2, 3], [-100, -100, -100], "1 rows have no supervised token, the first is bad"),
    ([1, 2, 3], [1, -100, -100], "have no supervised token"),  # the first token is never predicted
    ([], [], "have no supervised token"),
    (list(range(300)), list(range(300)), "are longer than 256 tokens"),
]


def _file(folder: Path, rows: list[tuple[str, list[int], list[int], int]]) -> Path:
    path = folder / "train.parquet"
    pl.DataFrame(
        {
            "record_id": [r[0] for r in rows],
            "source": ["one" if i % 2 else "two" for i in range(len(rows))],
            "input_ids": [r[1] for r in rows],
            "labels": [r[2] for r in rows],
            "weight": [r[3] for r in rows],
        },
        schema_overrides={"input_ids": pl.List(pl.Int32), "labels": pl.List(pl.Int32)},
    ).write_parquet(path)
    return path


def _weighted(folder: Path) -> Path:
    return _file(folder, [(name, [i, i + 1], [-100, i + 1], n) for i, (name, n) in enumerate(SEEN)])


def test_a_row_is_seen_as_often_as_its_weight_says(tmp_path: Path) -> None:
    run = recipe(tmp_path, "tiny")
    rows = read_rows(_weighted(tmp_path), run, train=True)
    assert Counter(rows.frame["record_id"]) == {"a": 1, "b": 3, "d": 2}
    assert (rows.records, rows.tokens, rows.supervised) == (4, 12, 6)
    assert sorted(r["input_ids"][0] for r in data_set(rows, run, packed=False)) == [
        0,
        1,
        1,
        1,
        3,
        3,
    ]
    packs = data_set(rows, run, packed=True)
    assert [sum(p["seq_lengths"]) for p in packs] == [12]
    dev = read_rows(_weighted(tmp_path), run, train=False)
    assert dev.frame["record_id"].to_list() == ["a", "b", "c", "d"]


def test_the_seed_gives_the_order(tmp_path: Path) -> None:
    path = _file(tmp_path, [(str(i), [i, i], [-100, i], 1) for i in range(50)])
    orders = [
        read_rows(path, recipe(tmp_path, "tiny", seed=seed), train=True)
        .frame["record_id"]
        .to_list()
        for seed in (1, 1, 2)
    ]
    assert orders[0] == orders[1] != orders[2]
    assert sorted(orders[0], key=int) == [str(i) for i in range(50)] != orders[0]


@pytest.mark.parametrize(("ids", "labels", "problem"), REFUSED)
def test_a_row_that_teaches_nothing_or_is_too_long_is_refused(
    ids: list[int], labels: list[int], problem: str, tmp_path: Path
) -> None:
    path = _file(tmp_path, [("good", [1, 2], [-100, 2], 1), ("bad", ids, labels, 1)])
    with pytest.raises(DataError, match=problem):
        read_rows(path, recipe(tmp_path, "tiny"), train=True)


def test_a_file_of_another_kind_and_an_empty_one_are_refused(tmp_path: Path) -> None:
    path = _weighted(tmp_path)
    with pytest.raises(DataError, match="no column prompt_ids, chosen_ids, rejected_ids"):
        read_rows(path, recipe(tmp_path, "tiny", train={"kind": "dpo"}), train=True)
    pl.read_parquet(path).head(0).write_parquet(path)
    with pytest.raises(DataError, match="no rows to train on"):
        read_rows(path, recipe(tmp_path, "tiny"), train=True)
    assert read_rows(path, recipe(tmp_path, "tiny"), train=False).records == 0


def test_sources_are_split_in_the_order_of_their_names(tmp_path: Path) -> None:
    rows = read_rows(_weighted(tmp_path), recipe(tmp_path, "tiny"), train=False)
    found = {name: part.frame["record_id"].to_list() for name, part in by_source(rows).items()}
    assert list(found.items()) == [("one", ["b", "d"]), ("two", ["a", "c"])]
    assert [part.records for part in by_source(rows, 1).values()] == [1, 1]
