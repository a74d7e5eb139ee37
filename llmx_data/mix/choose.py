"""Decide about every record of a mix at once: cap, then dev split, then budget."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np
import polars as pl

from llmx_data.mix.blend import Blend
from llmx_data.mix.options import UNITS, Unit, exact
from llmx_data.mix.shares import asked, quotas
from llmx_data.mix.split import Mask, Numbers, draw, sides

STANDING = pl.Schema(
    {
        "run": pl.Int64,
        "source": pl.Int64,
        "rows": pl.Int64,
        "chars": pl.Int64,
        "tokens": pl.Int64,
        "taken": pl.Int64,
        "cluster": pl.Int64,
        "drawn": pl.Int64,
    }
)
"""What a blend knows of a record: the number of its run and source, sizes, its place in the order
of taking, its cluster, and the place of that in the order of drawing."""

FATES = pl.Schema(
    {
        "split": pl.String,
        "weight": pl.UInt32,
        "reason": pl.String,
        "value": pl.Float64,
        "threshold": pl.Float64,
        "kept": pl.Int64,
    }
)
"""What becomes of a record: its split and times per epoch, or why it goes."""


@dataclass
class Table:
    """Records of a mix as arrays, and what was decided so far."""

    part: Blend
    run: Numbers
    source: Numbers
    sizes: dict[Unit, Numbers]
    taken: Numbers
    cluster: Numbers
    drawn: Numbers
    over: dict[str, Mask] = field(default_factory=dict)
    value: Numbers = field(default_factory=lambda: np.zeros(0, np.int64))
    threshold: Numbers = field(default_factory=lambda: np.zeros(0, np.int64))

    def __len__(self) -> int:
        """Count the records."""
        return len(self.run)

    def times(self) -> Numbers:
        """How often each record would be seen in an epoch."""
        return np.array([share.upsample for share in self.part.shares], np.int64)[self.run]

    def used(self, use: str) -> Mask:
        """Which records are of runs that are used so."""
        return np.array([share.use == use for share in self.part.shares], bool)[self.run]

    def first(self, mine: Mask, size: Numbers, most: int) -> tuple[Mask, Numbers]:
        """Take records in order until `most` is full; gives them and the sum up to each."""
        order = np.flatnonzero(mine)
        order = order[np.argsort(self.taken[order])]
        sums = np.zeros(len(self), np.int64)
        sums[order] = np.cumsum(size[order])
        return mine & (sums <= most), sums


def choose(part: Blend, standing: pl.DataFrame) -> tuple[pl.DataFrame, dict[str, Any]]:
    """Fates of records (`standing` has STANDING), in order, and what the shares came to.

    Caps hold first; then whole clusters are held out; the rest fills the budget. So no record is
    held out that a cap refuses, and upsampling is for training alone. Cost: 2 us a record.
    """
    table = _table(part, standing)
    capped = _capped(table)
    dev_use, train_use = table.used("dev"), table.used("train")
    found = sides(table.cluster, ~capped, dev_use, train_use)
    rows = _rows_held_out(table, found.open)
    most = part.dev.per_source_max
    drawn = draw(found.pool, table.cluster, table.drawn, table.source, rows, most)
    train, quota, shares = _filled(table, found.open & ~drawn)
    dev = found.dev | drawn
    over = found.open & ~drawn & ~train
    reasons = [(capped, "over_cap"), (found.refused, "held_out"), (over, "over_budget")]
    told = pl.lit(None, pl.String)
    frame = pl.DataFrame({name: mask for mask, name in reasons} | {"dev": dev, "train": train})
    for _, name in reasons:
        told = pl.when(pl.col(name)).then(pl.lit(name)).otherwise(told)
    split = pl.when("train").then(pl.lit("train")).when("dev").then(pl.lit("dev"))
    measured = capped | over
    fates = frame.select(
        split=split,
        weight=pl.when("train").then(pl.Series(table.times())).when("dev").then(1),
        reason=told,
        value=pl.when(pl.Series(measured)).then(pl.Series(table.value)),
        threshold=pl.when(pl.Series(measured)).then(pl.Series(table.threshold)),
        kept=pl.when(pl.Series(found.refused)).then(pl.Series(found.refused_by)),
    ).cast(FATES)
    return fates, {"asked": [round(float(s), 4) for s in shares], "quota": quota, "dev": rows}


def _table(part: Blend, standing: pl.DataFrame) -> Table:
    got = {name: standing[name].to_numpy() for name in STANDING}
    sizes: dict[Unit, Numbers] = {unit: got[unit] for unit in UNITS}
    table = Table(
        part, got["run"], got["source"], sizes, got["taken"], got["cluster"], got["drawn"]
    )
    table.value = np.zeros(len(table), np.int64)
    table.threshold = np.zeros(len(table), np.int64)
    return table


def _capped(table: Table) -> Mask:
    """Find the records over the cap of their run."""
    over: Mask = np.zeros(len(table), bool)
    for number, share in enumerate(table.part.shares):
        if share.cap is None:
            continue
        mine = table.run == number
        inside, sums = table.first(mine, table.sizes[share.cap.unit], share.cap.count)
        _note(table, mine & ~inside, sums, share.cap.count)
        over |= mine & ~inside
    return over


def _note(table: Table, gone: Mask, sums: Numbers, most: int) -> None:
    table.value[gone], table.threshold[gone] = sums[gone], most


def _rows_held_out(table: Table, is_open: Mask) -> int:
    """Count the records to draw; a share is one of what the budget would take."""
    dev = table.part.dev
    if dev.share is None:
        return dev.rows or 0
    taken, _, _ = _filled(table, is_open)
    return int(exact(dev.share) * int(taken.sum()) + Fraction(1, 2))


def _filled(table: Table, candidates: Mask) -> tuple[Mask, list[int], list[Fraction]]:
    """Fill the budget; gives who is taken, the quota of each run, and the share asked of it."""
    part = table.part
    size = table.sizes[part.unit] * table.times()
    numbers = range(len(part.shares))
    trains = [share.use != "dev" for share in part.shares]
    have = [int(size[candidates & (table.run == n)].sum()) for n in numbers]
    weights = [share.weight for share in part.shares]
    budget = part.budget.count if part.budget is not None else None
    mine = [n for n in numbers if trains[n]]
    filled = quotas([have[n] for n in mine], [weights[n] for n in mine], budget)
    shares = asked([have[n] for n in mine], [weights[n] for n in mine])
    quota = dict(zip(mine, filled, strict=True))
    taken: Mask = np.zeros(len(table), bool)
    for number in mine:
        here = candidates & (table.run == number)
        inside, sums = table.first(here, size, quota[number])
        _note(table, here & ~inside, sums, quota[number])
        taken |= inside
    share = dict(zip(mine, shares, strict=True))
    return taken, [quota.get(n, 0) for n in numbers], [share.get(n, Fraction(0)) for n in numbers]
