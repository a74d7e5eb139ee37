"""Provenance: every record that was seen, how often, and how much of it was learned."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from llmx_data.core.errors import DataError
from llmx_data.core.storage import write_json
from llmx_train.provenance import KEYS, by_source, provenance
from tests.train.packaging import group, make_mix

ROWS = [  # id, source, weight, supervised tokens
    ("r02", "talks", 1, 10),
    ("r00", "talks", 2, 30),
    ("r01", "more", 1, 7),
    ("r03", "more", 0, 5),
]


@pytest.fixture
def home(tmp_path: Path, records: Any) -> Path:
    """Give a run and its mix, as far as provenance reads them."""
    groups = [group("CC0-1.0"), group("CC-BY-4.0", source="more", generator="gemma-2-27b-it")]
    make_mix(tmp_path / "mix", groups, records[:4])
    _rows(tmp_path, ROWS)
    write_json(tmp_path / "run" / "train.json", {"kind": "sft", "epochs": 1.5})
    return tmp_path


def _rows(home: Path, rows: list[tuple[str, str, int, int]]) -> None:
    (home / "run" / "tokens").mkdir(parents=True, exist_ok=True)
    frame = pl.DataFrame(rows, ["record_id", "source", "weight", "supervised_count"], orient="row")
    frame = frame.cast({"weight": pl.UInt32, "supervised_count": pl.UInt32})
    licences = pl.col("source").replace_strict({"talks": "CC0-1.0", "more": "CC-BY-4.0"})
    path = home / "run" / "tokens" / "train.parquet"
    frame.with_columns(license=licences).write_parquet(path)


def test_every_record_that_was_seen(home: Path) -> None:
    found = provenance(home / "run", home / "mix")
    assert found.columns == KEYS
    assert found.rows() == [
        ("r01", "more", "CC-BY-4.0", "gemma-2-27b-it", 1.5, 10.5),
        ("r00", "talks", "CC0-1.0", None, 3.0, 90.0),
        ("r02", "talks", "CC0-1.0", None, 1.5, 15.0),
    ]


def test_sums_by_source_and_licence(home: Path) -> None:
    found = by_source(provenance(home / "run", home / "mix"))
    assert found.rows() == [
        ("more", "CC-BY-4.0", 1, 1.5, 10.5, 1),
        ("talks", "CC0-1.0", 2, 4.5, 105.0, 0),
    ]


def test_the_order_of_rows_does_not_matter(home: Path) -> None:
    before = provenance(home / "run", home / "mix")
    _rows(home, ROWS[::-1])
    assert provenance(home / "run", home / "mix").equals(before)


def test_a_mix_that_lacks_a_record_is_refused(home: Path) -> None:
    _rows(home, [*ROWS, ("r99", "talks", 1, 1)])
    with pytest.raises(DataError, match="lacks 1 of its records, the first is r99"):
        provenance(home / "run", home / "mix")


def test_a_run_that_is_not_trained_is_refused(home: Path) -> None:
    (home / "run" / "train.json").unlink()
    with pytest.raises(DataError, match="only a trained run"):
        provenance(home / "run", home / "mix")
