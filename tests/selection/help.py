"""Records with keys, and recipes that select from them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl

from tests.road.help import go, write_recipe


def source(path: Path, rows: list[dict[str, Any]], **options: Any) -> dict[str, Any]:
    """Write rows with a key column `k` as JSON lines; gives the source."""
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    path.write_text(text, encoding="utf-8")
    common = {"use": "files", "path": path.name, "name": path.stem, "key": "k"}
    return common | {"license": "CC0-1.0"} | options


def texts(count: int, **columns: Any) -> list[dict[str, Any]]:
    """Rows that differ in their key and text; further columns may depend on the number."""
    told = {
        name: value if callable(value) else lambda _, v=value: v for name, value in columns.items()
    }
    return [
        {"k": f"r{i}", "text": f"{i}番目の文書である。" + "あ" * i}
        | {name: value(i) for name, value in told.items()}
        for i in range(count)
    ]


def run(folder: Path, sources: list[dict[str, Any]], *steps: Any, out: str = "run") -> Path:
    """Run a recipe; gives the run."""
    folder.mkdir(parents=True, exist_ok=True)
    recipe = write_recipe(folder, sources=sources, steps=list(steps), on_denied="drop")
    go(recipe, folder / out)
    return folder / out


def published(run: Path) -> pl.DataFrame:
    """All published records."""
    files = sorted((run / "dataset").glob("*/train-*.parquet"))
    return pl.concat([pl.read_parquet(f).drop("messages", strict=False) for f in files])


def dropped(run: Path, step: str = "01-select") -> pl.DataFrame:
    """Drop rows of the step, with the key of each record's row in the source."""
    gone = pl.read_parquet(run / "drops" / f"{step}.parquet")
    shards = json.loads((run / "manifest.json").read_text())["shards"]
    keys = pl.concat(
        [pl.read_parquet(run / s["path"], columns=["id", "source_key"]) for s in shards]
    )
    return gone.join(keys, on="id", how="left", maintain_order="left")
