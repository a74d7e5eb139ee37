"""The table of origins, and what is told of it: counts, and a page for people."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from llmx_data.core.storage import read_parquet
from llmx_data.core.tables import ORIGINS
from llmx_data.recover.known import Known
from llmx_data.recover.match import METHODS

Concluding = Callable[[str, str, str], str]
"""(source, license_declared, license_basis) -> licence of the contents."""

FACTS = [
    "source_key",
    "license_declared",
    "license_basis",
    "license_db",
    "terms",
    "generator",
    "attribution",
]
"""Columns of a known record that its copy takes over."""


def origins(matches: pl.DataFrame, known: Known, licence: Concluding) -> pl.DataFrame:
    """Origins (columns of ORIGINS) of matched records (columns of `match`), in their order."""
    places = known.index.select("entry", "shard", "row", pl.col("source").alias("origin"))
    found = matches.drop_nulls("entry").join(places, on="entry").select(places.columns).unique()
    facts = [
        _facts(known.paths[shard[0]], some)
        for shard, some in found.partition_by("shard", as_dict=True).items()
    ]
    none = pl.DataFrame(
        schema={"entry": pl.UInt32, "origin": pl.String, **dict.fromkeys(FACTS, pl.String)}
    ).with_columns(pl.col("terms").cast(ORIGINS["terms"]))
    told = _licensed(pl.concat([none, *facts]), licence).rename({"source_key": "origin_key"})
    whole = matches.join(told, on="entry", how="left", maintain_order="left")
    return whole.select(pl.col(name).cast(kind) for name, kind in ORIGINS.items())


def _facts(path: str, places: pl.DataFrame) -> pl.DataFrame:
    facts = read_parquet(Path(path), FACTS)[places["row"]]
    return pl.concat([places.select("entry", "origin"), facts], how="horizontal")


def _licensed(facts: pl.DataFrame, licence: Concluding) -> pl.DataFrame:
    said = ["origin", "license_declared", "license_basis"]
    cases = facts.select(said).unique().sort(said)
    spoken = pl.Series("license", [licence(*case) for case in cases.iter_rows()], dtype=pl.String)
    return facts.join(cases.with_columns(spoken), on=said)


def counts(table: pl.DataFrame, names: Sequence[str]) -> dict[str, Any]:
    """Count records per method, and per origin with its methods and licences."""
    methods = dict(table.group_by("method").len().iter_rows())
    found: dict[str, Any] = {}
    for name in names:
        mine = table.filter(pl.col("origin") == name)
        by = dict(mine.group_by("method").len().iter_rows())
        found[name] = {
            "records": mine.height,
            "methods": {m: by.get(m, 0) for m in METHODS[:3]},
            "licenses": dict(mine.group_by("license").len().sort("license").iter_rows()),
        }
    return {
        "records": table.height,
        "methods": {m: methods.get(m, 0) for m in METHODS},
        "origins": found,
    }


def page(facts: dict[str, Any]) -> str:
    """Show counts as a table: origin, records, share of all, methods, licences."""
    every = max(facts["records"], 1)
    width = max([len(name) for name in facts["origins"]] + [9])
    lines = [f"{'origin':<{width}}   records  share    exact   prefix  minhash  licence"]
    for name, own in facts["origins"].items():
        by = "".join(f"{own['methods'][m]:>9,}" for m in METHODS[:3])
        head = f"{name:<{width}} {own['records']:>9,} {own['records'] / every:>6.3f}"
        lines.append(f"{head}{by}  {', '.join(own['licenses']) or '-'}")
    for method in METHODS[3:]:
        number = facts["methods"][method]
        lines.append(f"{method:<{width}} {number:>9,} {number / every:>6.3f}")
    return "\n".join(lines)
