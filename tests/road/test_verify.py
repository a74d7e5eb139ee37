"""Verify finds whatever was changed after the run; a broken ledger stops the road."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from llmx_data.core.errors import DataError
from llmx_data.ledger import State, check_ledger
from llmx_data.verify import verify
from llmx_data.work import Outcome
from tests.road.help import go, write_recipe, write_rows


def spoil_row(run: Path) -> None:
    path = next((run / "dataset" / "document").glob("*.parquet"))
    pl.read_parquet(path).slice(1).write_parquet(path)


def spoil_ledger(run: Path) -> None:
    path = run / "steps" / "01-dedup-exact.json"
    entry = json.loads(path.read_text())
    entry["dropped"]["exact_duplicate"]["records"] += 1
    path.write_text(json.dumps(entry))


def spoil_drops(run: Path) -> None:
    path = run / "drops" / "02-dedup-minhash.parquet"
    pl.read_parquet(path).head(3).write_parquet(path)


def spoil_shard(run: Path) -> None:
    shard = json.loads((run / "manifest.json").read_text())["shards"][0]["path"]
    (run / shard).write_bytes(b"PAR1")


SPOILT: list[tuple[Callable[[Path], object], str]] = [
    (lambda run: (run / "dataset/README.md").write_text("x"), "dataset/README.md: content changed"),
    (lambda run: (run / "dataset/ATTRIBUTION.md").unlink(), "dataset/ATTRIBUTION.md: missing"),
    (
        lambda run: (run / "dataset/more.txt").write_text("x"),
        "dataset/more.txt: not part of the run",
    ),
    (spoil_row, "train-00000-of-00001.parquet: content changed"),
    (spoil_ledger, "records came in"),
    (spoil_drops, "drops/02-dedup-minhash.parquet: 3 rows for"),
    (spoil_shard, "content changed"),
]


@pytest.mark.parametrize(("spoil", "words"), SPOILT, ids=[words for _, words in SPOILT])
def test_spoilt(
    sample_run: Path, tmp_path: Path, spoil: Callable[[Path], object], words: str
) -> None:
    run = tmp_path / "moved"
    shutil.copytree(sample_run, run)
    assert "records hold" in verify(run)
    spoil(run)
    with pytest.raises(DataError) as caught:
        verify(run)
    assert words in str(caught.value)


def test_a_moved_run_goes_on_with_another_recipe(tmp_path: Path) -> None:
    source = write_rows(tmp_path / "a.jsonl", ["東京都では昨日、図書館が開館した。", "短い。"])
    go(write_recipe(tmp_path, sources=[source]), tmp_path / "here")
    (tmp_path / "here").rename(tmp_path / "there")
    steps = [{"filter": {"use": "length", "min_chars": 5}}]
    found = go(write_recipe(tmp_path, sources=[source], steps=steps), tmp_path / "there")
    assert found["kept"] == {"records": 1, "chars": 17}
    assert "records hold" in verify(tmp_path / "there")


def test_a_broken_ledger() -> None:
    def outcome(came: int, dropped: int) -> Outcome:
        return Outcome("s", {"records": came}, {"r": {"records": dropped}})

    state = State([], [], [], [["k"], ["k"]], ["01-a", "02-b"], [[outcome(0, 0)], [outcome(3, 0)]])
    with pytest.raises(DataError, match="ledger broken at 02-b: 0 due, 3 came in"):
        check_ledger(state, {"step": "00-ingest"})
    state.outcomes = [[outcome(0, -2)], [outcome(2, 0)]]
    with pytest.raises(DataError, match="ledger broken at the end: 2 due, 0 alive"):
        check_ledger(state, {"step": "00-ingest"})
