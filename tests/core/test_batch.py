"""The living of a shard: who is left, what is read and measured for them, and drop rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import polars as pl
import pytest

from llmx_data.core.batch import Living, Pairs, drop_rows
from llmx_data.core.part import Part
from llmx_data.core.storage import write_parquet
from llmx_data.core.store import FeatureStore, Shard
from llmx_data.core.tables import DROP_ROWS, RECORDS

TEXTS = ["あ", "いい", "ううう", "ええええ", "おおおおお"]
CHAT = [{"role": "user", "content": "問"}, {"role": "assistant", "content": "答え"}]


class Batch(list[str]):
    """Texts as a list, which can give some of them."""

    def take(self, rows: Any) -> Batch:
        return Batch(self[int(row)] for row in rows)


class Sizes(Part):
    """Count characters."""

    seen: ClassVar[list[str]] = []

    def gives(self) -> dict[str, pl.DataType]:
        return {"size_count": pl.UInt32()}

    def measure(self, texts: list[str]) -> pl.DataFrame:
        Sizes.seen += texts
        return pl.DataFrame({"size_count": pl.Series([len(t) for t in texts], dtype=pl.UInt32)})


@pytest.fixture
def living(tmp_path: Path) -> Living:
    """Five records, of which the first is gone; the last one is a conversation."""
    rows: list[dict[str, Any]] = [{"id": f"id{i}", "text": t} for i, t in enumerate(TEXTS)]
    rows[4] |= {"messages": CHAT}
    shard = Shard("wiki", "document", str(tmp_path / "0.parquet"), "k", 5, 15)
    write_parquet(pl.DataFrame(rows, schema=RECORDS), tmp_path / "0.parquet")
    counts = pl.Series([len(t) for t in TEXTS], dtype=pl.UInt32)
    sizes = {"id": [r["id"] for r in rows], "chars_count": counts, "tokens_count": [None] * 5}
    write_parquet(pl.DataFrame(sizes), Path(shard.sizes))
    Sizes.seen.clear()
    return Living(shard, FeatureStore(tmp_path / "store"), Batch, np.arange(1, 5))


def test_ids_and_texts_are_those_of_the_living_in_order(living: Living) -> None:
    assert living.ids.to_list() == ["id1", "id2", "id3", "id4"]
    assert living.texts("all") == TEXTS[1:]
    assert living.texts("all", np.array([0, 2])) == ["いい", "ええええ"]
    assert living.texts("answer") == [None, None, None, "答え"]
    assert living.texts("prompt", np.array([3])) == ["問"]
    assert living.texts("all") == TEXTS[1:]


def test_a_pair_is_two_batches_with_the_same_rows(living: Living) -> None:
    pairs = living.texts("pair")
    assert isinstance(pairs, Pairs)
    assert (pairs.prompts, pairs.answers) == ([None, None, None, "問"], [None, None, None, "答え"])
    assert len(pairs) == 4
    some = pairs.take(np.array([3, 0]))
    assert (some.prompts, some.answers) == (["問", None], ["答え", None])
    one = living.texts("pair", np.array([3]))
    assert (one.prompts, one.answers) == (["問"], ["答え"])
    left = living.without(np.array([1, 2]))
    assert left.texts("pair").answers == [None, "答え"]
    assert left.texts("answer") == [None, "答え"]


class Couples(Part):
    """Count the characters of both sides."""

    seen: ClassVar[list[int]] = []

    def gives(self) -> dict[str, pl.DataType]:
        return {"couple_chars": pl.UInt32()}

    def measure(self, texts: Pairs) -> pl.DataFrame:
        Couples.seen.append(len(texts))
        pairs = zip(texts.prompts, texts.answers, strict=True)
        sizes = [None if a is None else len(p + a) for p, a in pairs]
        return pl.DataFrame({"couple_chars": sizes}, schema=self.gives())


def test_features_of_pairs_have_no_prefix_and_are_measured_once(living: Living) -> None:
    assert living.features(Couples(), "pair")["couple_chars"].to_list() == [None, None, None, 3]
    left = living.without(np.array([1]))
    assert left.features(Couples(), "pair")["couple_chars"].to_list() == [None, None, 3]
    assert Couples.seen == [4]
    assert not living.store.path(Couples(), "all", living.shard).exists()


def test_features_are_measured_once_and_counted(living: Living) -> None:
    assert living.features(Sizes())["size_count"].to_list() == [2, 3, 4, 5]
    assert (living.measured, living.chars) == ({"test_batch": 4}, {"test_batch": 14})
    left = living.without(np.array([2]))
    assert left.features(Sizes())["size_count"].to_list() == [2, 4, 5]
    assert (left.measured, left.chars) == ({"test_batch": 4}, {"test_batch": 14})
    everyone = Living(living.shard, living.store, living.make_texts, np.arange(5))
    assert everyone.features(Sizes())["size_count"].to_list() == [1, 2, 3, 4, 5]
    assert (everyone.measured, everyone.chars) == ({"test_batch": 1}, {"test_batch": 1})
    assert Sizes.seen == [*TEXTS[1:], TEXTS[0]]


def test_those_who_leave_do_not_come_back(living: Living) -> None:
    left = living.without(np.array([3, 1])).without(np.array([0]))
    assert left.rows.tolist() == [2, 4]
    assert left.ids.to_list() == ["id2", "id4"]
    assert living.rows.tolist() == [1, 2, 3, 4]
    assert left.texts("all") == ["ううう", "おおおおお"]


def test_files_are_read_once(living: Living) -> None:
    assert living.records.height == living.sizes.height == 5
    Path(living.shard.path).unlink()
    Path(living.shard.sizes).unlink()
    left = living.without(np.array([1]))
    assert left.texts("all") == TEXTS[2:]
    assert left.ids.to_list() == ["id2", "id3", "id4"]


def test_drop_rows_tell_positions_in_the_shard(living: Living) -> None:
    words = pl.Series(["too_short", "too_long"])
    value = pl.Series([2, 5])
    frame = drop_rows(living, np.array([0, 3]), "01-filter", words, value=value, threshold=3.5)
    assert dict(frame.schema) == dict(DROP_ROWS)
    assert frame["row"].to_list() == [1, 4]
    assert frame["id"].to_list() == ["id1", "id4"]
    assert frame["reason"].to_list() == ["too_short", "too_long"]
    assert frame["value"].to_list() == [2.0, 5.0]
    assert frame["threshold"].to_list() == [3.5, 3.5]
    assert frame["step"].to_list() == ["01-filter"] * 2
    assert frame["source"].to_list() == ["wiki"] * 2
    assert frame["kept_id"].to_list() == [None, None]
    assert frame["also"].to_list() == [None, None]


def test_nobody_dropped_is_a_table_without_rows(living: Living) -> None:
    frame = drop_rows(living, np.zeros(0, np.int64), "01-filter", "too_short")
    assert (frame.height, dict(frame.schema)) == (0, dict(DROP_ROWS))
