"""What a mix came to: records and sizes of each run and source, shares asked and reached."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from llmx_data.mix.blend import Blend

TAKEN = pl.Schema(
    {
        "share": pl.UInt16,
        "source": pl.String,
        "kind": pl.String,
        "split": pl.String,
        "weight": pl.UInt32,
        "chars": pl.Int64,
        "tokens": pl.Int64,
    }
)
"""What the table is counted from: a row per record that is taken."""

Facts = dict[str, Any]


def mix_table(part: Blend, taken: pl.DataFrame, told: Facts, names: Sequence[str]) -> Facts:
    """Count what is taken (TAKEN) by run and source; `told` is what the blend came to.

    `epoch` counts a record as often as it is seen; `reached` is the run's share of that, 0..1.
    """
    sizes = ("records", "chars", "tokens") if part.count_tokens else ("records", "chars")
    unit = "records" if part.unit == "rows" else part.unit
    whole = _counts(taken, sizes)
    runs = []
    for number, share in enumerate(part.shares):
        mine = taken.filter(pl.col("share") == number)
        counts = _counts(mine, sizes)
        total = whole["epoch"][unit]
        sources = [
            {"source": source, "kind": kind} | _counts(some, sizes)
            for (source, kind), some in sorted(
                mine.partition_by("source", "kind", as_dict=True).items()
            )
        ]
        runs.append(
            {
                "name": names[number],
                "use": share.use,
                "upsample": share.upsample,
                "weight": share.weight,
                "asked": told["asked"][number],
                "reached": round(counts["epoch"][unit] / total, 4) if total else 0.0,
                **counts,
                "sources": sources,
            }
        )
    return {
        "unit": part.unit,
        "budget": part.budget.count if part.budget is not None else None,
        "seed": part.seed,
        "dev_asked": told["dev"],
        "clusters": told["clusters"],
        "largest_cluster": told["largest_cluster"],
        "runs": runs,
        **whole,
    }


def _counts(taken: pl.DataFrame, sizes: Sequence[str]) -> Facts:
    """Give records, characters and tokens of train, of an epoch of it, and of dev."""
    train, dev = (taken.filter(pl.col("split") == name) for name in ("train", "dev"))
    one = train.with_columns(weight=pl.lit(1, pl.UInt32))
    return {"train": _sum(one, sizes), "epoch": _sum(train, sizes), "dev": _sum(dev, sizes)}


def _sum(some: pl.DataFrame, sizes: Sequence[str]) -> dict[str, int]:
    times = pl.col("weight").cast(pl.Int64)
    counted = some.select(
        records=times.sum(), chars=(times * pl.col("chars")).sum(),
        tokens=(times * pl.col("tokens")).sum(),
    ).row(0, named=True)  # fmt: skip
    return {name: int(counted[name] or 0) for name in sizes}
