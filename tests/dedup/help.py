"""Dedup small tables through the road, and look at who went for whom."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from tests.road.help import drops, go, published, write_recipe


@dataclass(frozen=True)
class Result:
    """Keys that stayed, (key gone, key kept, value) of drops, and the edges by key."""

    kept: set[str]
    gone: set[tuple[str, str, float]]
    edges: dict[frozenset[str], float]

    def went(self) -> dict[str, str]:
        """Who went for whom."""
        return {gone: kept for gone, kept, _ in self.gone}


def source(path: Path, rows: list[dict[str, Any]], **options: Any) -> dict[str, Any]:
    """Write rows with a key column `k` as JSON lines; gives the source."""
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    path.write_text(text, encoding="utf-8")
    common = {"use": "files", "path": path.name, "name": path.stem, "key": "k"}
    return common | {"license": "CC0-1.0"} | options


def dedup(folder: Path, sources: list[dict[str, Any]], **options: Any) -> Result:
    """Run one dedup step."""
    step = {"dedup": {"use": "minhash"} | options}
    go(write_recipe(folder, sources=sources, steps=[step], on_denied="drop"), folder / "run")
    shards = json.loads((folder / "run" / "manifest.json").read_text())["shards"]
    records = pl.concat(
        [pl.read_parquet(folder / "run" / s["path"], columns=["id", "source_key"]) for s in shards]
    )
    key = dict(records.iter_rows())
    gone = drops(folder / "run").filter(pl.col("kept_id").is_not_null())
    edges = pl.concat(
        [pl.read_parquet(f) for f in sorted((folder / "run/store/edges").glob("*.parquet"))]
    )
    return Result(
        set(published(folder / "run")["source_key"]),
        {(key[a], key[b], v) for a, b, v in gone.select("id", "kept_id", "value").iter_rows()},
        {
            frozenset((key[a], key[b])): j
            for a, b, j in edges.select("id_a", "id_b", "jaccard").iter_rows()
        },
    )


def jaccard(a: str, b: str, n: int = 5) -> float:
    """Take the Jaccard of character n-grams the slow way."""
    left, right = (
        {t[i : i + n] for i in range(len(t) - n + 1)}
        for t in ("".join(unicodedata.normalize("NFKC", x).split()) for x in (a, b))
    )
    return len(left & right) / len(left | right)
