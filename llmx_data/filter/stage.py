"""Decide: evaluate filters in order over features of the living; the first reason wins."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from llmx_data.core.batch import Decision, Living, drop_rows
from llmx_data.core.parts import column_owners, find
from llmx_data.core.store import Rows, text_prefix
from llmx_data.core.tables import DROP_ROWS
from llmx_data.filter import Filter, Need, Reason


def decide(
    filters: Sequence[Filter], step: str, living: Living, cut: float | None = None
) -> Decision:
    """Run filters one after another, each on the records the ones before left alive.

    `cut` is the global threshold of a filter that keeps a share of all records. One drop row per
    dropped record.
    """
    drops = [pl.DataFrame(schema=DROP_ROWS)]
    for part in filters:
        if not len(living.rows):
            break
        frame = features_for(part, living)
        gone = _judge(reasons_of(part, cut), frame, step, living, living.has_side(part.on))
        if gone.height:
            drops.append(gone)
            living = living.without(gone["row"].to_numpy().astype(np.int64))
    return Decision(living, pl.concat(drops).sort("row"))


def reasons_of(part: Filter, cut: float | None) -> list[Reason]:
    """Reasons of a filter, with the global one if it has one."""
    reasons = list(part.reasons())
    asked = part.global_cut()
    if asked is not None and cut is not None:
        word, column, _ = asked
        reasons.append(Reason(word, pl.col(column) < cut, pl.col(column), cut))
    return reasons


def features_for(part: Filter, living: Living) -> pl.DataFrame:
    """Every feature a filter needs, without the side's prefix, one row per living record."""
    frames = []
    for measure in measures_for(part):
        frame = living.features(measure, part.on).drop("id")
        prefix = text_prefix(part.on)
        frames.append(frame.rename({name: name.removeprefix(prefix) for name in frame.columns}))
    return pl.concat(frames, how="horizontal") if frames else pl.DataFrame()


def measures_for(part: Filter) -> list[Any]:
    """Build the measures a filter needs, each once."""
    built: dict[str, Any] = {}
    for need in part.needs():
        measure = _measure(need)
        built.setdefault(f"{measure.part_name()}-{measure.digest()}", measure)
    return list(built.values())


def _measure(need: Need) -> Any:
    """Build a measure once per process: it may hold a tagger, a word list, a model."""
    key = repr(need)
    if key not in _built:
        _built[key] = _fresh(need)
    return _built[key]


_built: dict[str, Any] = {}


def _fresh(need: Need) -> Any:
    name = need.measure or column_owners()[need.options["column"]]
    options = need.options if need.measure else {}
    return find("measure", name, Path(need.folder)).model_validate(options)


def _judge(
    reasons: Sequence[Reason], frame: pl.DataFrame, step: str, living: Living, sided: Rows
) -> pl.DataFrame:
    """Drop rows for the living with at least one reason; later reasons go into `also`.

    Only those that are `sided` have the text that is judged: a document has no answer.
    """
    if not reasons or not frame.height:
        return pl.DataFrame(schema=DROP_ROWS)
    names = [str(i) for i in range(len(reasons))]
    grounds = zip(names, reasons, strict=True)
    bad = frame.with_columns(r.bad.fill_null(False).alias(i) for i, r in grounds).select(names)
    matrix = bad.to_numpy().astype(bool) & sided[:, None]
    positions = np.flatnonzero(matrix.any(axis=1))
    if not len(positions):
        return pl.DataFrame(schema=DROP_ROWS)
    first = matrix[positions].argmax(axis=1)
    words = [r.word for r in reasons]
    grounds = zip(names, reasons, strict=True)
    hit = frame[positions]
    values = hit.with_columns(r.value.cast(pl.Float64).alias(i) for i, r in grounds).select(names)
    found = values.to_numpy()[np.arange(len(positions)), first]
    limits = np.array([np.nan if r.threshold is None else r.threshold for r in reasons])
    also = [
        [words[j] for j in np.flatnonzero(row) if j != k and words[j] != words[k]]
        for row, k in zip(matrix[positions], first, strict=True)
    ]
    return drop_rows(
        living,
        positions,
        step,
        pl.Series([words[k] for k in first], dtype=pl.String),
        value=pl.Series(found, dtype=pl.Float64).fill_nan(None),
        threshold=pl.Series(limits[first], dtype=pl.Float64).fill_nan(None),
        also=pl.Series([a or None for a in also], dtype=pl.List(pl.String)),
    )
