"""A run of twelve human prompts, for methods that ask about prompts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.road.help import go, write_recipe

PROMPTS = [
    f"{n}番目の質問です。図書館で静かに過ごす方法を{n}つ教えてください。" for n in range(1, 13)
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Publish twelve human prompts with answers as a run."""
    rows = [
        {"k": str(n), "instruction": p, "output": f"答え{n}。"} for n, p in enumerate(PROMPTS, 1)
    ]
    path = tmp_path / "asked.jsonl"
    path.write_text("\n".join(json.dumps(r, ensure_ascii=False) for r in rows), encoding="utf-8")
    source = {
        "use": "files",
        "path": path.name,
        "key": "k",
        "form": "alpaca",
        "license": "CC-BY-SA-4.0",
    }
    go(write_recipe(tmp_path, sources=[source]), tmp_path / "asked")
    return tmp_path
