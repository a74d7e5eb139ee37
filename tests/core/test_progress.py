"""What is said while it runs: plain lines for logs, one JSON event per line for programs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from llmx_data.core.progress import Talk


class Clock:
    """A clock that stands still unless moved."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 100.0
        monkeypatch.setattr("time.monotonic", lambda: self.now)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Give a clock that the module reads; the width is that of a log."""
    monkeypatch.setenv("COLUMNS", "80")
    return Clock(monkeypatch)


def story(talk: Talk, clock: Clock) -> None:
    """Two stages: one takes 12 seconds with three advances, one is over at once."""
    talk.note("[bold]東京[/bold] " + "長" * 90)
    talk.stage("01-filter", 4000)
    for seconds, records in ((4.0, 1000), (2.0, 1000), (6.0, 2000)):
        clock.now += seconds
        talk.advance(records)
    talk.stage("[b]02-dedup", unit="pairs")
    talk.end()
    talk.end()


def test_plain_lines(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    story(Talk(), clock)
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        "[bold]東京[/bold] " + "長" * 90,
        f"{'01-filter':<28}     2,000 of 4,000 records    6.0 s  333 records/s, 6 s left",
        f"{'01-filter':<28}     4,000 records   12.0 s  333 records/s",
        f"{'01-filter':<28}     4,000 records   12.0 s  333 records/s",
        f"{'[b]02-dedup':<28}         0 pairs    0.0 s  0 pairs/s",
    ]


def test_more_counts_and_the_time_that_is_left(
    clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    talk = Talk()
    talk.stage("generate", 100, "requests")
    clock.now += 10
    talk.advance(1, {"tokens": 500})
    clock.now += 10
    talk.advance(1, {"tokens": 1500, "failed (length)": 1})
    assert capsys.readouterr().err.splitlines() == [
        f"{'generate':<28}         1 of 100 requests   10.0 s  0.1 requests/s, 50 tokens/s, 0.3 h left",
        f"{'generate':<28}         2 of 100 requests   20.0 s  0.1 requests/s, 1 failed (length), "
        "100 tokens/s, 0.3 h left",
    ]


def test_events(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    story(Talk(as_json=True), clock)
    out, err = capsys.readouterr()
    assert out == ""
    events: list[dict[str, Any]] = [json.loads(line) for line in err.splitlines()]
    name = {"name": "01-filter"}
    assert events[0]["event"] == "note"
    assert events[1:] == [
        {"event": "stage", **name, "total": 4000, "unit": "records"},
        {"event": "progress", **name, "units": 2000, "total": 4000},
        {"event": "progress", **name, "units": 4000, "total": 4000},
        {"event": "done", **name, "units": 4000, "unit": "records", "seconds": 12.0},
        {"event": "stage", "name": "[b]02-dedup", "total": None, "unit": "pairs"},
        {"event": "done", "name": "[b]02-dedup", "units": 0, "unit": "pairs", "seconds": 0.0},
    ]
    assert "東京" in err


def test_quiet_says_nothing(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    story(Talk(quiet=True), clock)
    assert capsys.readouterr() == ("", "")


def test_advancing_outside_a_stage_is_silent(
    clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    talk = Talk()
    clock.now += 60
    talk.advance(5)
    talk.end()
    assert capsys.readouterr() == ("", "")


def test_a_terminal_gets_a_live_line_and_then_a_plain_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    talk = Talk()
    talk.stage("01-filter", 10)
    talk.advance(10)
    assert talk._live is not None
    talk.end()
    assert talk._live is None
    err = capsys.readouterr().err
    assert "10/10" in err
    assert err.rstrip().splitlines()[-1].split()[-1] == "records/s"
