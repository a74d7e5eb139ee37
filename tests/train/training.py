"""What the tests of training share: recipes in a folder, token files of conversations."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl

from llmx_train.recipe import Sft, read_sft

QUICK = {
    "packing": "none",
    "lr": 5e-3,
    "scheduler": "constant",
    "warmup": 0.0,
    "global_batch": 4,
    "micro_batch": 4,
    "max_length": 256,
    "max_steps": 4,
    "precision": "fp32",
    "gradient_checkpointing": False,
    "log_every": 1,
    "evaluate_every": 1000,
    "save_every": 1000,
}
"""Four steps on a processor; every step is logged."""


def recipe(folder: Path, base: Path | str, **sections: Any) -> Sft:
    """Write a recipe beside the run and read it; `train` is laid over QUICK."""
    folder.mkdir(parents=True, exist_ok=True)
    told = {
        "name": "test",
        "purpose": "research",
        "seed": 7,
        "model": {"base": str(base), "dtype": "float32"},
        "data": {"mix": "mix"},
        "peft": {"method": "full"},
        "eval": {"samples": 0},
        **{k: v for k, v in sections.items() if k != "train"},
        "train": QUICK | sections.get("train", {}),
    }
    path = folder / "recipe.yaml"
    path.write_text(json.dumps(told, ensure_ascii=False))
    return read_sft(path)


def encoded(tokenizer: Any, messages: Any) -> tuple[list[int], list[int]]:
    """Ids and labels of a conversation; what the assistant says is supervised."""
    told = tokenizer.apply_chat_template(
        messages, tokenize=True, return_dict=True, return_assistant_tokens_mask=True
    )
    ids = list(told["input_ids"])
    return ids, [i if kept else -100 for i, kept in zip(ids, told["assistant_masks"], strict=True)]


def token_rows(
    tokenizer: Any, records: Sequence[Any], sources: Sequence[str] = ("one",)
) -> pl.DataFrame:
    """Rows of a token file; sources take turns."""
    pairs = [encoded(tokenizer, messages) for messages in records]
    return pl.DataFrame(
        {
            "record_id": [f"r{i:03d}" for i in range(len(pairs))],
            "source": [sources[i % len(sources)] for i in range(len(pairs))],
            "license": ["CC0-1.0"] * len(pairs),
            "input_ids": [ids for ids, _ in pairs],
            "labels": [labels for _, labels in pairs],
        },
        schema_overrides={"input_ids": pl.List(pl.Int32), "labels": pl.List(pl.Int32)},
    )


def pair_rows(tokenizer: Any, records: Sequence[Any]) -> pl.DataFrame:
    """Preference pairs: the right answer is chosen, that of the next record rejected."""
    rows = []
    for messages, other in zip(records, [*records[1:], records[0]], strict=True):
        ids, labels = encoded(tokenizer, messages[:2])
        wrong, wrong_labels = encoded(tokenizer, [messages[0], other[1]])
        start = next(i for i, label in enumerate(labels) if label != -100)
        bad = next(i for i, label in enumerate(wrong_labels) if label != -100)
        rows.append((ids[:start], ids[start:], wrong[bad:]))
    return pl.DataFrame(
        {
            "record_id": [f"p{i}" for i in range(len(rows))],
            "source": ["pairs"] * len(rows),
            **{
                name: [row[i] for row in rows]
                for i, name in enumerate(("prompt_ids", "chosen_ids", "rejected_ids"))
            },
        }
    )


def write_rows(folder: Path, train: pl.DataFrame, dev: pl.DataFrame | None = None) -> None:
    """Write the token files of a run; dev is empty where none is given."""
    (folder / "tokens").mkdir(parents=True, exist_ok=True)
    train.write_parquet(folder / "tokens" / "train.parquet")
    (train.head(0) if dev is None else dev).write_parquet(folder / "tokens" / "dev.parquet")


def log_rows(folder: Path, kind: str = "train") -> list[dict[str, Any]]:
    """Rows of log.jsonl of one kind."""
    rows = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    return [row for row in rows if row["kind"] == kind]


def losses(folder: Path) -> list[float]:
    """Losses of all steps."""
    return [row["loss"] for row in log_rows(folder)]
