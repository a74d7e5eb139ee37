"""A small mix of sources under different licences, run once per way of publishing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl

from tests.road.help import go, write_recipe

LLAMA = "llama-3.1-70b"
LLAMA_ID = "LicenseRef-llama-3.1"
PHONE = "お問い合わせは03-1234-5678まで。"


def rows(path: Path, records: list[dict[str, Any]]) -> str:
    """Write records as JSON lines; gives the path for the recipe."""
    path.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in records), "utf-8")
    return path.name


def sources(folder: Path) -> list[dict[str, Any]]:
    """Essays by three writers, a wiki with a telephone number, questions, answers by a model."""
    essays = [
        {"text": f"随筆の{n}本目。", "writer": f"書き手{n}", "url": f"https://e.jp/{n}"}
        for n in range(3)
    ]
    wiki = [{"text": f"事典の項目{n}。{PHONE * max(0, 2 - n)}"} for n in range(5)]
    asked = [{"instruction": f"問い{n}は何か。", "output": f"答え{n}である。"} for n in range(4)]
    made = [{"instruction": f"{n}番の頼み。", "output": f"{n}番の返事。"} for n in range(6)]
    public = [{"text": f"役所の知らせ{n}。"} for n in range(2)]
    return [
        {"use": "files", "path": rows(folder / "essays.jsonl", essays), "license": "CC-BY-4.0",
         "columns": {"attribution": "writer"}, "title": "随筆集", "home": "https://e.jp/"},
        {"use": "files", "path": rows(folder / "wiki.jsonl", wiki), "license": "CC-BY-SA-4.0",
         "title": "事典", "home": "https://w.example.jp/", "author": "事典の書き手たち"},
        {"use": "files", "path": rows(folder / "asked.jsonl", asked), "license": "MIT",
         "license_db": "odc-by", "form": "alpaca"},
        {"use": "files", "path": rows(folder / "made.jsonl", made), "license": "Apache-2.0",
         "form": "alpaca", "generator": LLAMA, "adaptation": "generated"},
        {"use": "files", "path": rows(folder / "public.jsonl", public), "license": "PDL1.0"},
    ]  # fmt: skip


def publish_mix(folder: Path, out: Path, on_denied: str, **more: Any) -> Path:
    """Run the mix down the whole road; gives the data set's folder."""
    recipe: dict[str, Any] = {
        "name": "mix",
        "sources": sources(folder),
        "steps": [{"pii": {"mode": "mask"}}],
        "on_denied": on_denied,
        "output": {"formats": ["parquet", "jsonl.zst"]},
    }
    go(write_recipe(folder, **recipe | more), out)
    return out / "dataset"


def records(dataset: Path) -> pl.DataFrame:
    """Every published record, without the columns that only some kinds have."""
    files = sorted(dataset.glob("*/train-*.parquet"))
    return pl.concat([pl.read_parquet(f).drop("messages", strict=False) for f in files])
