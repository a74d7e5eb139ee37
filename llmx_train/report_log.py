"""What a run wrote while it trained, as curves, peaks and samples of the report."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from llmx_train.curves import Point, finite, smooth, thin

MOST_SAMPLE_STEPS = 5
"""Steps whose answers are shown side by side: first, last and evenly between. Ours."""

EXCERPT = 600
"""Characters of a prompt or an answer; samples.jsonl has all. Ours."""

SPAN_SHARE = 1 / 20
"""Values that smoothing spans, as a share of all. Ours: a bend of the loss stays visible."""

Rows = Sequence[dict[str, Any]]


class Column(NamedTuple):
    """A line of a curve: its name, its column of log.jsonl, and what a value is multiplied by."""

    name: str
    column: str
    factor: float = 1.0


class Spec(NamedTuple):
    """A curve of columns: whether the axis begins at 0, and whether it is shown without values."""

    columns: tuple[Column, ...]
    zero: bool = True
    always: bool = True


CURVES = {
    "lr": Spec((Column("lr", "lr"),)),
    "grad_norm": Spec((Column("grad_norm", "grad_norm"),)),
    "speed": Spec((Column("speed", "tokens_per_second"),)),
    "memory": Spec(
        (
            Column("rss", "rss_mb", 1e-3),
            Column("vram_reserved", "vram_reserved_mb", 1e-3),
            Column("vram_peak", "vram_peak_mb", 1e-3),
            Column("vram", "vram_mb", 1e-3),
        )
    ),
    "mfu": Spec((Column("mfu", "mfu"),), always=False),
    "token_accuracy": Spec((Column("token_accuracy", "token_accuracy"),), False, False),
    "margin": Spec((Column("margin", "margin"),), False, False),
    "preferred_share": Spec((Column("preferred_share", "preferred_share"),), False, False),
}
"""Curves of single columns, in their order on the page; loss and dev loss come before them."""


def read_rows(path: Path) -> list[dict[str, Any]]:
    """Read rows of a file that a run may be writing: up to a torn line; [] where it is not there.

    Numbers that are none become None, which JSON can hold.
    """
    if not path.is_file():
        return []
    rows = []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            row = json.loads(line, parse_constant=lambda _: None)
        except json.JSONDecodeError:
            break
        rows.append(row)
    return rows


def curves(rows: Rows, *, clip: float, estimate_gb: float | None) -> list[dict[str, Any]]:
    """Give every curve: key, zero, limit, and lines of name, role and [step, value] points."""
    trained = [row for row in rows if row.get("kind") == "train"]
    dev = [row for row in rows if row.get("kind") == "dev"]
    limits = {"grad_norm": clip}
    if estimate_gb is not None and any(row.get("vram_peak_mb") is not None for row in trained):
        limits["memory"] = estimate_gb
    found = [_curve("loss", _loss(trained, dev)), _curve("dev", _sources(dev))]
    for key, spec in CURVES.items():
        lines = [
            _line(one.name, "line", _points(trained, one.column, one.factor))
            for one in spec.columns
        ]
        kept = [line for line in lines if any(finite(value) for _, value in line["points"])]
        if kept or spec.always:
            found.append(_curve(key, kept, zero=spec.zero, limit=limits.get(key)))
    return found


def peaks(rows: Rows, memory: dict[str, Any]) -> dict[str, float | None]:
    """Highest memory in GB over all starts of a run: log.jsonl and the end of train.json."""
    told = {}
    for name in ("rss_peak_mb", "vram_peak_mb", "vram_reserved_mb"):
        known = [v for row in (*rows, memory) if finite(v := row.get(name))]
        told[name.replace("_mb", "_gb")] = max(known) / 1000 if known else None
    return told


def samples(rows: Rows) -> dict[str, Any]:
    """Answers to each prompt at some steps: `steps`, `left_out` and `prompts` with `answers`."""
    steps = sorted({row["step"] for row in rows})
    shown = _spread(steps, MOST_SAMPLE_STEPS)
    prompts: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows:
        one = prompts.setdefault(
            (row["source"], row["record_id"]),
            {
                "source": row["source"],
                "record_id": row["record_id"],
                "prompt": _excerpt(row["prompt"]),
                "expected": _excerpt(row["expected"]),
                "answers": [],
            },
        )
        if row["step"] in shown:
            answer = {"step": row["step"], "text": _excerpt(row["answer"]), "ended": row["ended"]}
            one["answers"].append(answer)
    return {"steps": shown, "left_out": len(steps) - len(shown), "prompts": list(prompts.values())}


def _loss(trained: Rows, dev: Rows) -> list[dict[str, Any]]:
    raw = _points(trained, "loss")
    span = max(1.0, len(raw) * SPAN_SHARE)
    even = smooth([value for _, value in raw], span)
    smoothed = [(step, value) for (step, _), value in zip(raw, even, strict=True)]
    lines = [_line("raw", "raw", raw), _line("smoothed", "smooth", smoothed)]
    every = _points(dev, "loss")
    return [*lines, _line("dev_all", "dev", every)] if every else lines if raw else []


def _sources(dev: Rows) -> list[dict[str, Any]]:
    names = sorted({name for row in dev for name in row.get("sources") or {}})
    return [
        _line(name, "source", [(row["step"], (row.get("sources") or {}).get(name)) for row in dev])
        for name in names
    ]


def _points(rows: Rows, column: str, factor: float = 1.0) -> list[Point]:
    values = [(row["step"], row.get(column)) for row in rows]
    return [(step, value * factor if finite(value) else None) for step, value in values]


def _line(name: str, role: str, points: Iterable[Point]) -> dict[str, Any]:
    kept = [[step, _short(value)] for step, value in thin(list(points))]
    return {"name": name, "role": role, "points": kept}


def _short(value: float | None) -> float | None:
    """Six digits: a picture shows three."""
    return None if value is None or not math.isfinite(value) else float(f"{value:.6g}")


def _curve(
    key: str, lines: list[dict[str, Any]], *, zero: bool = False, limit: float | None = None
) -> dict[str, Any]:
    return {"key": key, "zero": zero, "limit": limit, "lines": lines}


def _spread(steps: list[int], most: int) -> list[int]:
    if len(steps) <= most:
        return steps
    return [steps[round(k * (len(steps) - 1) / (most - 1))] for k in range(most)]


def _excerpt(text: str) -> str:
    return text if len(text) <= EXCERPT else text[:EXCERPT] + "…"
