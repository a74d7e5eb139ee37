"""What is written while training goes, without a trainer: rows, marks, stops."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from llmx_data.core.errors import DataError
from llmx_train import callbacks
from llmx_train.callbacks import Moment, Watch, keep_until
from llmx_train.checkpoint import WHOLE, Counters, last_whole


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        """Seconds."""
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Replace the clock of the module under test."""
    made = Clock()
    monkeypatch.setattr(callbacks, "time", made)
    return made


def _at(step: int, steps: int = 10) -> Moment:
    return Moment(step, step / steps, steps)


def _rows(folder: Path, name: str = "log.jsonl") -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / name).read_text().splitlines()]


def test_a_row_tells_rate_and_utilization_of_steps_alone(tmp_path: Path, clock: Clock) -> None:
    watch = Watch(tmp_path, "f", flops_per_token=6e9, peak_flops=1e12)
    watch.begin(_at(0))
    for step, seconds in ((1, 2.0), (2, 3.0)):
        clock.now += seconds
        watch.count(tokens=100, supervised=40, rows=2)
        watch.stop_at(_at(step))
    watch.train_row(_at(2), {"loss": 2.5, "learning_rate": 1e-4, "grad_norm": 1.5})
    clock.now += 50  # an evaluation
    watch.dev_row(_at(2), {"eval_a_loss": 2.0, "eval_a_supervised": 10}, None)
    clock.now += 4
    watch.count(tokens=100, supervised=40, rows=2)
    watch.stop_at(_at(3))
    watch.train_row(_at(3), {"loss": 2.0, "rewards/margins": 0.5})
    first, dev, second = _rows(tmp_path)
    assert (first["tokens"], first["supervised"], first["seconds"]) == (200, 80, 5.0)
    assert (first["tokens_per_second"], first["mfu"]) == (40.0, 0.24)
    assert (first["lr"], first["grad_norm"], first["epoch"]) == (1e-4, 1.5, 0.2)
    assert first["rss_mb"] > 0
    assert first["vram_mb"] is None
    assert (second["tokens_per_second"], second["seconds"], second["margin"]) == (25.0, 9.0, 0.5)
    assert (dev["kind"], dev["sources"]) == ("dev", {"a": 2.0})
    assert (watch.first_loss, watch.last_loss, watch.dev) == (2.5, 2.0, {"a": 2.0})
    assert watch.counters.elapsed == 59


def test_without_a_known_card_there_is_no_utilization(tmp_path: Path, clock: Clock) -> None:
    watch = Watch(tmp_path, "f", flops_per_token=6e9)
    watch.begin(_at(0))
    clock.now += 1
    watch.stop_at(_at(1))
    watch.train_row(_at(1), {"loss": 1.0})
    assert _rows(tmp_path)[0]["mfu"] is None


def test_the_loss_over_all_sources_is_weighted_by_their_tokens(tmp_path: Path) -> None:
    found = {
        "eval_a/b_loss": 1.0, "eval_a/b_supervised": 30, "eval_c_loss": 3.0,
        "eval_c_supervised": 10, "eval_loss": 9.0, "eval_runtime": 1.0,
    }  # fmt: skip
    watch = Watch(tmp_path, "f")
    watch.sampler = lambda model: [{"record_id": "r", "answer": model}]
    watch.dev_row(_at(5), found, "said")
    assert _rows(tmp_path)[0]["loss"] == 1.5
    assert _rows(tmp_path)[0]["sources"] == {"a/b": 1.0, "c": 3.0}
    assert _rows(tmp_path, "samples.jsonl") == [{"step": 5, "record_id": "r", "answer": "said"}]


@pytest.mark.parametrize("loss", [float("nan"), float("inf")])
def test_a_lost_run_stops_and_its_row_is_still_json(loss: float, tmp_path: Path) -> None:
    watch = Watch(tmp_path, "f")
    watch.begin(_at(0))
    with pytest.raises(DataError, match="at step 4"):
        watch.train_row(_at(4), {"loss": loss, "grad_norm": loss})
    row = _rows(tmp_path)[0]
    assert (row["loss"], row["grad_norm"]) == (None, None)


STOPS = [
    (None, False, 3600.0, 1, False, "finished"),
    (1.0, False, 3599.0, 1, False, "finished"),
    (1.0, False, 3600.0, 1, True, "hours"),
    (1.0, False, 3600.0, 10, False, "finished"),  # it was the last step anyway
    (None, True, 1.0, 1, True, "interrupted"),
    (1.0, True, 3600.0, 1, True, "interrupted"),
]


@pytest.mark.parametrize(("hours", "interrupted", "seconds", "step", "stops", "ended"), STOPS)
def test_when_a_run_stops(
    hours: float | None, interrupted: bool, seconds: float, step: int, stops: bool, ended: str,
    tmp_path: Path, clock: Clock,
) -> None:  # fmt: skip
    watch = Watch(tmp_path, "f", hours=hours)
    watch.begin(_at(0))
    clock.now += seconds
    watch.interrupted = interrupted
    assert watch.stop_at(_at(step)) is stops
    assert watch.ended == ended


def test_the_budget_counts_over_interruptions(tmp_path: Path, clock: Clock) -> None:
    watch = Watch(tmp_path, "f", hours=1.0, counters=Counters(elapsed=3000.0))
    watch.begin(_at(5))
    clock.now += 599
    assert not watch.stop_at(_at(6))
    clock.now += 1
    assert watch.stop_at(_at(7))


def test_rows_after_the_checkpoint_come_again(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    rows = [{"kind": "train", "step": n, "loss": float(n)} for n in (1, 2, 3, 4)]
    text = "".join(json.dumps(row) + "\n" for row in rows) + '{"kind": "tr'
    path.write_text(text)
    watch = Watch(tmp_path, "f")
    watch.begin(_at(2))
    assert [row["step"] for row in _rows(tmp_path)] == [1, 2]
    assert (watch.first_loss, watch.last_loss) == (1.0, 2.0)
    path.write_text(text)
    assert keep_until(path, 0) == []
    assert path.read_text() == ""
    assert keep_until(tmp_path / "none.jsonl", 3) == []


def _checkpoint(folder: Path, step: int, *, whole: bool = True) -> Path:
    made = folder / "checkpoints" / f"checkpoint-{step}"
    made.mkdir(parents=True)
    (made / "weights.bin").write_bytes(b"1234")
    (made / "README.md").write_text("licence: license")
    if whole:
        watch = Watch(folder, "mine", counters=Counters(tokens=step))
        watch.saved(_at(step))
    return made


def test_the_newest_whole_checkpoint_is_found(tmp_path: Path) -> None:
    assert last_whole(tmp_path / "checkpoints", "mine") is None
    for step in (2, 10):
        made = _checkpoint(tmp_path, step)
        assert not (made / "README.md").exists()
    _checkpoint(tmp_path, 20, whole=False)
    found = last_whole(tmp_path / "checkpoints", "mine")
    assert found is not None
    assert (found[0].name, found[1].tokens) == ("checkpoint-10", 10)
    (found[0] / "weights.bin").write_bytes(b"12")
    again = last_whole(tmp_path / "checkpoints", "mine")
    assert again is not None
    assert again[0].name == "checkpoint-2"
    with pytest.raises(DataError, match="another recipe"):
        last_whole(tmp_path / "checkpoints", "other")
    (again[0] / WHOLE).unlink()
    (found[0] / WHOLE).unlink()
    assert last_whole(tmp_path / "checkpoints", "other") is None


def test_other_processes_count_and_write_nothing(tmp_path: Path) -> None:
    watch = Watch(tmp_path, "f", writes=False, sampler=lambda model: [{"record_id": "r"}])
    watch.begin(_at(0))
    watch.train_row(_at(1), {"loss": 1.0})
    watch.dev_row(_at(1), {"eval_a_loss": 1.0}, None)
    assert list(tmp_path.iterdir()) == []
    assert watch.last_loss == 1.0


def test_processes_end_together(tmp_path: Path) -> None:
    asked = []
    watch = Watch(tmp_path, "f", agree=lambda mine: asked.append(mine) or 2)
    watch.begin(_at(0))
    assert watch.stop_at(_at(1))
    assert (asked, watch.ended) == ([0], "interrupted")


def test_a_moment_is_read_from_the_trainer() -> None:
    state = SimpleNamespace(global_step=3, epoch=None, max_steps=7)
    assert Moment.of(state) == Moment(3, 0.0, 7)
