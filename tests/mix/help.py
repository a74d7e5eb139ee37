"""Small finished runs of made-up conversations, and mixes of them."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import polars as pl

from llmx_data.core.progress import Talk
from llmx_data.core.run import Run
from llmx_data.mix_plan import read_mix
from llmx_data.mixing import mix, preview
from tests.road.help import go, write_recipe

ENDS = ["を見た。", "へ行った。", "が好きだ。", "について書いた。", "を直した。", "で待った。"]
Row = dict[str, Any]


def text(rng: random.Random, sentences: int = 6) -> str:
    """Sentences about nothing: random kanji and the same few endings."""
    return "".join(
        "".join(chr(0x4E00 + rng.randrange(4000)) for _ in range(4)) + rng.choice(ENDS)
        for _ in range(sentences)
    )


def chats(count: int, seed: int, **more: Any) -> list[Row]:
    """Make exchanges that have nothing in common; `more` goes into every row."""
    rng = random.Random(seed)
    return [chat(text(rng), text(rng), f"{seed}-{i}", **more) for i in range(count)]


def chat(asked: str, answer: str, key: str, **more: Any) -> Row:
    """Give a row as `llmx synth` writes it."""
    turns = [{"role": "user", "content": asked}, {"role": "assistant", "content": answer}]
    return {"request_id": key, "messages": turns, "license_declared": "CC0-1.0"} | more


def make_run(folder: Path, name: str, rows: list[Row], **recipe: Any) -> Path:
    """Curate rows into a run of one source, both called `name`; gives its directory."""
    home = folder / f"made-{name}"
    home.mkdir(parents=True)
    lines = [json.dumps(row, ensure_ascii=False) for row in rows]
    (home / "rows.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    source = {"use": "generated", "path": "rows.jsonl", "name": recipe.pop("source", name)}
    values = {"name": name, "sources": [source], "normalize": []} | recipe
    go(write_recipe(home, **values), folder / name)
    return folder / name


def mix_recipe(folder: Path, runs: list[Row], name: str = "mix.yaml", **parts: Any) -> Path:
    """Write a mix recipe as JSON, which YAML reads."""
    recipe = {"name": "m", "purpose": "publish-data", "date": "2026-11-21", "runs": runs} | parts
    path = folder / name
    path.write_text(json.dumps(recipe, ensure_ascii=False, indent=1), encoding="utf-8")
    return path


def go_mix(recipe: Path, out: Path, workers: int = 1, sets: list[str] | None = None) -> Any:
    """Mix; gives the summary."""
    return mix(read_mix(recipe, sets), Run(out), workers=workers, talk=Talk(quiet=True))


def look_mix(recipe: Path, out: Path) -> Any:
    """Plan a mix; gives what it would hold."""
    return preview(read_mix(recipe), Run(out), workers=1, talk=Talk(quiet=True))


def split(run: Path, name: str) -> pl.DataFrame:
    """Read the records of a split, in order."""
    files = sorted((run / "dataset").glob(f"[!t]*/{name}-*.parquet"))
    return pl.concat([pl.read_parquet(file) for file in files], how="diagonal")
