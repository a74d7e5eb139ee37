"""A generated source small enough to be read: records of two methods, and how they were made."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import polars as pl

from llmx_data.core.tables import MESSAGES
from llmx_data.report.synthesis import synthesis

ASKS = ["次の文章を要約してください。", "お礼のメールを書いてください。", "なぜ空は青いのですか。"]

MADE: dict[str, Any] = {
    "generators": [
        {"role": "generator", "model": "qwen2.5-32b", "repo": "Qwen/Qwen2.5-32B-Instruct",
         "revision": "5ede1c9", "quantization": "awq"},
        {"role": "judge", "model": "qwen2.5-72b", "repo": None, "revision": None,
         "quantization": None},
    ],
    "engine": "vllm 0.32.0",
    "rules": False,
    "seed": 1,
    "prompts": [{"id": "persona-v1", "sha256": "a" * 64, "requests": 12}],
    "sampling": {"answer": {"max_tokens": 1024, "temperature": 0.3, "stop": []}},
    "methods": {
        "answer": {"requests": 3, "answered": 3, "failed": 0, "rejected": {}, "made": 3,
                   "tokens_in": 60, "tokens_out": 300},
        "persona": {"requests": 12, "answered": 11, "failed": 1, "made": 9,
                    "rejected": {"bad_json": 1, "too_similar": 1}, "tokens_in": 240,
                    "tokens_out": 900},
    },
    "tokens_in": 300,
    "tokens_out": 1200,
}  # fmt: skip
"""What llmx synth writes beside its rows."""


def rows() -> list[dict[str, Any]]:
    """Twelve rows of made/instruction.jsonl: nine of persona, three of answer."""
    return [
        {
            "request_id": f"r{n:02d}",
            "messages": [
                {"role": "user", "content": f"{ASKS[n % 3]}（{n}）"},
                {"role": "assistant", "content": f"{n}番目の答えです。" * (1 + n % 4)},
            ],
            "license_declared": "CC0-1.0",
            "accepted_by": "self",
            "adaptation": "generated",
            "meta": {"method": "answer" if n >= 9 else "persona"},
        }
        for n in range(12)
    ]


def frame() -> pl.DataFrame:
    """Give them as published records, with ids."""
    return pl.DataFrame(
        [
            {"id": f"{n:032x}", "text": "", "messages": row["messages"],
             "meta": json.dumps(row["meta"])}
            for n, row in enumerate(rows())
        ],
        schema={"id": pl.String, "text": pl.String, "messages": MESSAGES, "meta": pl.String},
    )  # fmt: skip


def _yield(name: str, made: int, screened: dict[str, int]) -> dict[str, Any]:
    kept = made - sum(screened.values())
    told: dict[str, Any] = MADE["methods"][name]
    return told | {"made": made, "screened": screened, "kept": kept}


@cache
def made_section() -> dict[str, Any]:
    """Give the section of report.json as a run would."""
    methods = {
        "answer": _yield("answer", 3, {}),
        "persona": _yield("persona", 9, {"near_duplicate": 2}),
    }
    made = MADE | {"prompts": [one | {"wordings": 1} for one in MADE["prompts"]]}
    return synthesis(["made"], made, methods, [frame()])
