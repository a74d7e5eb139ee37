"""A small mix of human pairs, and training recipes over it, for tests of the whole road."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from llmx_data.cli import main

TOPICS = ["図書館", "川の水位", "夏の祭り", "電車の遅れ", "庭の手入れ", "弁当の献立", "手紙の書き方",
          "冬の防寒", "朝の散歩", "部屋の換気", "遠足の持ち物", "自転車の修理"]  # fmt: skip
VERBS = ["説明して", "短くまとめて", "三つ挙げて", "比べて", "やさしく教えて"]


def pairs() -> list[dict[str, str]]:
    """Sixty pairs that resemble each other little."""
    return [
        {"k": f"{i}-{j}", "instruction": f"{topic}について{verb}ください。{i * 7 + j}字以上で。",
         "output": f"{topic}は、{verb[:2]}ことから始めます。" + "".join(chr(0x3042 + (i * 13 + j * 5 + n) % 80) for n in range(24)) + "。"}
        for i, topic in enumerate(TOPICS) for j, verb in enumerate(VERBS)
    ]  # fmt: skip


def make_mix(folder: Path, license: str = "CC-BY-4.0", purpose: str = "publish-model") -> Path:
    """Curate the pairs and mix them; gives the recipe of the mix."""
    lines = "\n".join(json.dumps(row, ensure_ascii=False) for row in pairs())
    (folder / "pairs.jsonl").write_text(lines, encoding="utf-8")
    source = {"use": "files", "path": "pairs.jsonl", "key": "k", "form": "alpaca",
              "license": license}  # fmt: skip
    write(folder / "curate.yaml", name="pairs", purpose={"act": ["evaluate_only"]}, date="2026-11-21",
          sources=[source])  # fmt: skip
    return write(
        folder / "mix.yaml", name="mix", purpose=purpose, date="2026-11-21", seed=1,
        runs=[{"recipe": "curate.yaml"}], dev={"share": 0.1},
    )  # fmt: skip


def make_recipe(folder: Path, **changes: Any) -> Path:
    """Write a training recipe of a few steps over the mix."""
    made: dict[str, Any] = {
        "name": "small", "purpose": "publish-model", "date": "2026-11-21",
        "model": {"base": "tiny", "dtype": "float32"}, "template": {"use": "chatml"},
        "data": {"mix": "mix.yaml"}, "peft": {"method": "lora", "r": 4, "alpha": 8, "dropout": 0.0},
        "train": {"max_steps": 6, "lr": 5e-3, "global_batch": 4, "micro_batch": 4, "max_length": 256,
                  "precision": "fp32", "gradient_checkpointing": False, "evaluate_every": 3,
                  "save_every": 2, "log_every": 1},
        "eval": {"samples": 1, "generate": {"max_new_tokens": 8}},
    }  # fmt: skip
    return write(folder / "sft.yaml", **(made | changes))


def write(path: Path, **parts: Any) -> Path:
    """Write a recipe."""
    path.write_text(yaml.safe_dump(parts, allow_unicode=True), encoding="utf-8")
    return path


def go(command: str, recipe: Path, out: Path, *words: str) -> int:
    """Run a command of llmx here."""
    return main([command, str(recipe), "--out", str(out), "--workers", "1", *words])


def make_preferences(folder: Path) -> Path:
    """Curate and mix preference pairs; gives the recipe of the mix."""
    rows = [
        {"k": row["k"], "prompt": row["instruction"], "chosen": row["output"],
         "rejected": "わかりません。" + "".join(chr(0x30A2 + (n * 7 + k) % 80) for k in range(12))}
        for n, row in enumerate(pairs())
    ]  # fmt: skip
    lines = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    (folder / "pairs.jsonl").write_text(lines, encoding="utf-8")
    source = {"use": "files", "path": "pairs.jsonl", "key": "k", "form": "preference",
              "license": "CC-BY-4.0"}  # fmt: skip
    write(folder / "curate.yaml", name="pairs", purpose={"act": ["evaluate_only"]},
          date="2026-11-21", sources=[source])  # fmt: skip
    return write(
        folder / "mix.yaml", name="mix", purpose="publish-model", date="2026-11-21", seed=1,
        runs=[{"recipe": "curate.yaml", "kinds": ["preference"]}], dev={"share": 0.1},
    )  # fmt: skip
