"""Frames of records, and an index of known ones, from pairs of prompt and answer."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from llmx_data.core.tables import MESSAGES, derived_text
from llmx_data.recover.known import Known, index
from llmx_data.recover.match import match

Told = tuple[str, ...] | str
"""Turns of a record, user first; or the text of a document."""


def frame(told: Sequence[Told]) -> pl.DataFrame:
    """Columns id, text, messages."""
    turns = [
        None
        if isinstance(turns, str)
        else [
            {"role": "assistant" if n % 2 else "user", "content": text}
            for n, text in enumerate(turns)
        ]
        for turns in told
    ]
    texts = [text if isinstance(text, str) else None for text in told]
    ids = [f"r{n}" for n in range(len(told))]
    schema = {"id": pl.String, "text": pl.String, "messages": MESSAGES}
    columns = pl.DataFrame({"id": ids, "text": texts, "messages": turns}, schema=schema)
    return columns.with_columns(text=derived_text())


def known(folder: Path, **sources: Sequence[Told]) -> Known:
    """Index of some sources, each a shard."""
    shards = []
    for name, told in sources.items():
        path = folder / f"{name}.parquet"
        facts = {
            "license_declared": name.upper(),
            "license_basis": "card",
            "license_db": None,
            "terms": [],
            "generator": None,
            "attribution": f"by {name}",
        }
        columns = [
            pl.lit(v, None if v != [] else pl.List(pl.String)).alias(k) for k, v in facts.items()
        ]
        frame(told).with_columns(
            *columns, source_key=pl.format("{}#{}", pl.lit(name), "id")
        ).with_columns(pl.col("license_db", "generator").cast(pl.String)).write_parquet(path)
        shards.append((name, str(path)))
    return index(shards)


def found(told: Sequence[Told], among: Known) -> list[tuple[str, str | None, list[str]]]:
    """Give method, source and candidates of each record."""
    rows = match(frame(told), among)
    sources = rows.join(
        among.index.select("entry", "source"), on="entry", how="left", maintain_order="left"
    )
    return list(sources.select("method", "source", "candidates").iter_rows())
