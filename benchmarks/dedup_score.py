"""Score a deduplication against planted truth: found pairs by Jaccard, and wrong removals."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pyarrow.ipc as ipc

THRESHOLD = 0.8
BANDS = [(0.5, 0.6), (0.6, 0.7), (0.7, 0.8), (0.8, 0.9), (0.9, 1.0), (1.0, 1.1)]
"""Bands of true Jaccard, half open; the last holds the copies."""


@dataclass(frozen=True)
class Score:
    """What a tool did to the planted documents.

    `found` is the share of pairs of each band of which one at least was removed. `under` counts
    documents removed for one whose Jaccard is below .8, `unrelated` those removed that have no
    pair, or along with their pair.
    """

    kept: int
    found: list[float]
    under: int
    unrelated: int


def score(truth: pl.DataFrame, kept: pl.Series) -> Score:
    """Compare the kept ids (text) with `id`, `base`, `true_jaccard` of every document."""
    here = set(kept.to_list())
    assert len(here) == len(kept), "a document was kept twice"
    gone = truth.filter(~pl.col("id").cast(pl.String).is_in(here))["id"].implode()
    pairs = truth.filter(pl.col("true_jaccard").is_not_null()).with_columns(
        removed=pl.col("id").is_in(gone).cast(pl.Int64) + pl.col("base").is_in(gone).cast(pl.Int64)
    )
    found = _by_band(pairs, pl.col("removed") > 0)
    hit = pairs.filter(pl.col("removed") > 0)
    under = hit.filter(pl.col("true_jaccard") < THRESHOLD).height
    return Score(len(kept), found, under, truth.height - len(kept) - hit.height)


def _within(low: float, high: float) -> pl.Expr:
    return (pl.col("true_jaccard") >= low) & (pl.col("true_jaccard") < high)


def expected(truth: pl.DataFrame, bands: int = 14, rows: int = 8) -> list[float]:
    """Share of each band's pairs that 14 x 8 finds in theory: 1 - (1 - J ** 8) ** 14."""
    chance = 1 - (1 - pl.col("true_jaccard") ** rows) ** bands
    return _by_band(truth, chance)


def _by_band(pairs: pl.DataFrame, value: pl.Expr) -> list[float]:
    """Mean of an expression over the pairs of each band; 0 for a band without pairs."""
    means = [
        pairs.filter(_within(low, high)).select(value.cast(pl.Float64).mean()).item() or 0.0
        for low, high in BANDS
    ]
    return [float(mean) for mean in means]


def kept_ids(folder: Path) -> pl.Series:
    """Ids that a peer kept: JSON lines packed with zstd, or Arrow files of the datasets library."""
    arrow = sorted(folder.glob("*.arrow"))
    if arrow:
        tables = [ipc.open_stream(path).read_all() for path in arrow]
        return pl.concat([pl.Series("id", table["id"]) for table in tables])
    files = sorted(folder.glob("*.jsonl.zst"))
    return pl.concat([pl.read_ndjson(f, schema={"id": pl.String})["id"] for f in files])


def kept_by_llmx(run: Path) -> pl.Series:
    """Ids of the documents that a run published."""
    files = sorted((run / "dataset" / "document").glob("*.parquet"))
    return pl.concat([pl.read_parquet(f, columns=["source_key"])["source_key"] for f in files])


def unverified(run: Path, truth: pl.DataFrame) -> int:
    """Count the run's removals that plain Python cannot confirm from the documents themselves.

    A removal must name a published document with an equal text, or with the Jaccard of character
    5-grams that the drop row states, which is at least the threshold.
    """
    keys = dict(_keys(run))
    texts = truth["text"]
    kept = set(kept_by_llmx(run).to_list())
    wrong = 0
    for drop in pl.read_parquet(run / "drops" / "*.parquet").iter_rows(named=True):
        here, there = keys[drop["id"]], keys[drop["kept_id"]]
        one, other = _folded(texts[int(here)]), _folded(texts[int(there)])
        if drop["reason"] == "exact_duplicate":
            sound = one == other
        else:
            jaccard = _jaccard(one, other)
            sound = jaccard >= THRESHOLD and abs(jaccard - drop["value"]) < 1e-9
        wrong += not (sound and here not in kept and there in kept)
    return wrong


def _keys(run: Path) -> Iterator[tuple[str, str]]:
    """Record ids and the ids of the documents they were made of."""
    for shard in json.loads((run / "manifest.json").read_bytes())["shards"]:
        frame = pl.read_parquet(run / shard["path"], columns=["id", "source_key"])
        yield from frame.iter_rows()


def _folded(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


def _jaccard(one: str, other: str) -> float:
    a, b = ({text[i : i + 5] for i in range(len(text) - 4)} for text in (one, other))
    return len(a & b) / len(a | b)
