"""Run recipes as the command does, and compare what they publish byte by byte."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import polars as pl

from llmx_data.core.progress import Talk
from llmx_data.core.run import Run
from llmx_data.core.storage import shipped
from llmx_data.plan import read_plan
from llmx_data.road import curate

SAMPLE = shipped("recipes") / "curate" / "sample.yaml"


def go(recipe: Path, out: Path, *sets: str, workers: int = 1, limit: int | None = None) -> Any:
    """Curate; gives the summary."""
    plan = read_plan(recipe, list(sets))
    return curate(plan, Run(out), workers=workers, limit=limit, talk=Talk(quiet=True))


def write_recipe(folder: Path, **parts: Any) -> Path:
    """Write a recipe as JSON, which YAML reads."""
    recipe = {"name": "r", "purpose": "publish-data", "date": "2026-11-21"} | parts
    path = folder / "recipe.yaml"
    path.write_text(json.dumps(recipe, ensure_ascii=False, indent=1), encoding="utf-8")
    return path


def write_rows(path: Path, texts: list[str]) -> dict[str, Any]:
    """Write texts as JSON lines; gives the source that reads them."""
    lines = [json.dumps({"text": text}, ensure_ascii=False) for text in texts]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return {"use": "files", "path": path.name, "name": path.stem, "license": "CC0-1.0"}


def digests(folder: Path) -> dict[str, str]:
    """Content of every file below a folder."""
    return {
        path.relative_to(folder).as_posix(): sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def published(run: Path) -> pl.DataFrame:
    """Ids, sources, keys, kinds and texts of everything published."""
    files = sorted((run / "dataset").rglob("train-*.parquet"))
    columns = ["id", "source", "source_key", "kind", "text", "license"]
    return pl.concat([pl.read_parquet(file, columns=columns) for file in files])


def drops(run: Path) -> pl.DataFrame:
    """All drop rows of a run."""
    return pl.concat([pl.read_parquet(file) for file in sorted((run / "drops").glob("*.parquet"))])
