"""Where the road is, and the ledger: at every step, in = kept + dropped by reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

from llmx_data.core.errors import DataError
from llmx_data.core.part import content_key
from llmx_data.core.storage import read_json
from llmx_data.core.store import Rows, Shard
from llmx_data.work import Outcome, unit_path


@dataclass
class State:
    """Where the road is: shards, their living rows, and the key of all that was done to each."""

    shards: list[Shard]
    rows: list[Rows]
    keys: list[str]
    units: list[list[str]] = field(default_factory=list)
    """For each finished unit its key in every shard."""
    steps: list[str] = field(default_factory=list)
    """For each finished unit the step it belongs to."""
    outcomes: list[list[Outcome]] = field(default_factory=list)

    def edits(self, store: Path) -> list[list[Path]]:
        """Edit files of each shard, in the order of steps."""
        return [
            [
                path
                for keys in self.units
                if keys[k] and (path := unit_path(store, keys[k], "edits.parquet")).exists()
            ]
            for k in range(len(self.shards))
        ]

    def mixed(self, store: Path) -> tuple[list[Path], dict[str, Any]]:
        """Tell what a mix takes of each shard, and what it came to; empty without a mix."""
        for keys in self.units:
            if (told := told_path(store, keys)).exists():
                return [unit_path(store, key, "mixed.parquet") for key in keys], read_json(told)
        return [], {}


def told_path(store: Path, keys: Sequence[str]) -> Path:
    """Where a mix says what its shares came to."""
    return unit_path(store, content_key([*keys]), "told.json")


def check_ledger(state: State, ingest: dict[str, Any]) -> list[dict[str, Any]]:
    """Totals of every step, and the proof that in = kept + dropped at each of them."""
    ledger = [ingest]
    came = sum(s.records for s in state.shards)
    for step, group in groupby(zip(state.steps, state.outcomes, strict=True), key=lambda x: x[0]):
        merged = _merged(step, [outcomes for _, outcomes in group])
        dropped = sum(v["records"] for v in merged["dropped"].values())
        if (arrived := merged["came"]["records"]) != came:
            raise DataError(f"ledger broken at {step}: {came} due, {arrived} came in")
        came -= dropped
        ledger.append(merged)
    alive = sum(len(r) for r in state.rows)
    if alive != came:
        raise DataError(f"ledger broken at the end: {came} due, {alive} alive")
    return ledger


def _merged(step: str, units: Sequence[Sequence[Outcome]]) -> dict[str, Any]:
    came: dict[str, int] = {}
    dropped: dict[str, dict[str, int]] = {}
    seconds: dict[str, float] = {}
    measured: dict[str, int] = {}
    chars: dict[str, int] = {}
    edited: dict[str, int] = {}
    for u, outcomes in enumerate(units):
        for outcome in outcomes:
            if u == 0:
                _add(came, outcome.came)
            for reason, counts in outcome.dropped.items():
                _add(dropped.setdefault(reason, {}), counts)
            _add(edited, outcome.edited)
            _add(seconds, outcome.seconds)
            _add(measured, outcome.measured)
            _add(chars, outcome.chars)
    return {
        "step": step,
        "came": came,
        "dropped": dict(sorted(dropped.items())),
        "edited": edited,
        "cpu_seconds": seconds,
        "measured": measured,
        "measured_chars": chars,
    }


def _add(total: dict[str, Any], more: dict[str, Any]) -> None:
    for name, value in more.items():
        total[name] = round(total.get(name, 0) + value, 4)
