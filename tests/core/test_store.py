"""The feature store: what was measured is never measured again, what is wanted comes in order."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import polars as pl
import pytest

from llmx_data.core.errors import DataError
from llmx_data.core.part import Part
from llmx_data.core.store import FeatureStore, Rows, Shard

SHARD = Shard("wiki", "document", "records.parquet", "0123456789abcdef", 4, 10)
TEXTS = {"a": "あ", "b": "いい", "c": "", "d": "ええええ"}


class Sizes(Part):
    """Count characters, and remember which texts were measured."""

    seen: ClassVar[list[str]] = []

    factor: int = 1
    """Times."""

    def gives(self) -> dict[str, pl.DataType]:
        return {"size_count": pl.UInt32(), "size_share": pl.Float64()}

    def measure(self, texts: list[str]) -> pl.DataFrame:
        Sizes.seen += texts
        sizes = pl.Series([len(text) * self.factor for text in texts], dtype=pl.UInt32)
        return pl.DataFrame(
            {"size_count": sizes, "size_share": [len(t) / 4 or None for t in texts]}
        )


class Wrong(Sizes):
    """Give what was not promised."""

    def measure(self, texts: list[str]) -> pl.DataFrame:
        return super().measure(texts).drop("size_share")


class Short(Sizes):
    """Lose a row."""

    def measure(self, texts: list[str]) -> pl.DataFrame:
        return super().measure(texts)[1:]


def of(ids: str) -> tuple[pl.Series, Callable[[Rows], list[str]]]:
    """Series of ids, and the way to the texts at positions among them."""
    return pl.Series("id", list(ids), pl.String), lambda rows: [TEXTS[ids[row]] for row in rows]


@pytest.fixture
def store(tmp_path: Path) -> FeatureStore:
    """Give an empty store; nothing was seen yet."""
    Sizes.seen.clear()
    return FeatureStore(tmp_path)


CALLS = [
    ("bd", "bd", [2, 4]),
    ("bd", "", [2, 4]),
    ("abcd", "ac", [1, 2, 0, 4]),
    ("dcba", "", [4, 0, 2, 1]),
    ("c", "", [0]),
    ("", "", []),
]


def test_only_what_is_missing_is_measured(store: FeatureStore) -> None:
    for ids, fresh, counts in CALLS:
        Sizes.seen.clear()
        series, texts = of(ids)
        frame, rows = store.fill(Sizes(), "all", SHARD, series, texts)
        assert Sizes.seen == [TEXTS[i] for i in fresh]
        assert [ids[row] for row in rows] == list(fresh)
        assert frame["id"].to_list() == list(ids)
        assert frame["size_count"].to_list() == counts
    assert frame.columns == ["id", "size_count", "size_share"]


def test_an_empty_first_question_has_the_columns(store: FeatureStore) -> None:
    frame, _ = store.fill(Sizes(), "all", SHARD, pl.Series("id", [], pl.String), lambda _: [])
    assert frame.schema == {"id": pl.String, "size_count": pl.UInt32, "size_share": pl.Float64}


def test_a_null_stays_null(store: FeatureStore) -> None:
    series, texts = of("ca")
    frame, _ = store.fill(Sizes(), "all", SHARD, series, texts)
    assert frame["size_share"].to_list() == [None, 0.25]


def test_options_sides_and_shards_are_kept_apart(store: FeatureStore) -> None:
    other = Shard("wiki", "document", "records.parquet", "fedcba9876543210", 4, 10)
    series, texts = of("ab")
    asked = [(1, "all", SHARD), (2, "all", SHARD), (1, "answer", SHARD), (1, "all", other)]
    found = [store.fill(Sizes(factor=f), on, s, series, texts)[0] for f, on, s in asked]
    assert len(Sizes.seen) == 8
    assert len({store.path(Sizes(factor=f), on, s) for f, on, s in asked}) == 4
    assert found[1]["size_count"].to_list() == [2, 4]
    assert found[2].columns == ["id", "answer_size_count", "answer_size_share"]


def test_a_place_names_part_side_and_shard(store: FeatureStore) -> None:
    path = store.path(Sizes(), "answer", SHARD).relative_to(store.folder)
    assert path.name == "0123456789abcdef.parquet"
    assert path.parent.name == f"answer_test_store-{Sizes().digest(on='answer')}"
    assert SHARD.sizes == "records.sizes.parquet"


def test_reading_gives_only_what_was_measured(store: FeatureStore) -> None:
    with pytest.raises(DataError, match="features are missing"):
        store.read(Sizes(), "all", SHARD)
    series, texts = of("db")
    store.fill(Sizes(), "all", SHARD, series, texts)
    assert store.read(Sizes(), "all", SHARD)["id"].to_list() == ["d", "b"]
    assert store.read(Sizes(), "all", SHARD, ["size_count"]).columns == ["size_count"]


@pytest.mark.parametrize("measure", [Wrong(), Short()])
def test_a_measure_that_breaks_its_word_is_not_stored(store: FeatureStore, measure: Sizes) -> None:
    series, texts = of("ab")
    with pytest.raises(DataError, match=r"measure 'test_store' gave .* wanted .* x 2"):
        store.fill(measure, "all", SHARD, series, texts)
    assert not store.path(measure, "all", SHARD).exists()


def test_a_torn_file_is_not_taken_for_an_empty_one(store: FeatureStore) -> None:
    series, texts = of("ab")
    store.fill(Sizes(), "all", SHARD, series, texts)
    path = store.path(Sizes(), "all", SHARD)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(DataError, match="not readable"):
        store.fill(Sizes(), "all", SHARD, series, texts)
