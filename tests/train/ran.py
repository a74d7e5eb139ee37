"""A run folder as training leaves it, written by hand: what the tests of the report look at."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from llmx_train.recipe import Sft
from tests.train.training import recipe

STEPS = 60
SOURCES = ("kaiwa", "news_summary", "synth-ja")

CARD = """# test

```python
from peft import AutoPeftModelForCausalLM

folder = "test"  # this folder, or its id on the hub
model = AutoPeftModelForCausalLM.from_pretrained(folder)
```
"""

GIVEN: dict[str, Any] = {
    "verdict": {
        "result": "ALLOW_WITH",
        "outgoing": ["CC-BY-SA-4.0"],
        "limits": ["noncommercial"],
        "acts": {"train_internal": "ALLOW", "release_weights": "ALLOW_WITH"},
        "duties": [
            {"ja": "著作者を示す。", "en": "Give credit.", "license": "CC-BY-SA-4.0", "section": "3(a)"},
            "Keep the notice.",
        ],
    },
    "preflight": [
        {"check": "memory", "status": "ok", "found": "16.7 GB", "wanted": "smaller micro_batch"},
        {"check": "hours", "status": "warn", "found": 3.4, "wanted": 2},
        {"check": ("評価データとの重なり", "overlap"), "status": "fail", "found": 3, "wanted": None},
    ],
    "estimate": {
        "parts_gb": {"weights": 3.74, "adapter": 0.06, "gradients": 0.06, "optimizer": 0.12,
                     "casts": 0.0, "activations": 11.2, "head": 0.54, "cuda": 1.0},
        "total_gb": 16.72, "parameters": 1_867_778_048, "trainable": 15_138_816,
    },
}  # fmt: skip


def train_row(step: int) -> dict[str, Any]:
    """One row of the log: a falling loss with a wave on it, a cosine after a warmup."""
    wave = math.sin(step * 1.7) * 0.12 + math.sin(step * 0.61) * 0.05
    share = min(step / 6, 0.5 + 0.5 * math.cos(math.pi * (step - 6) / (STEPS - 6)))
    return {
        "kind": "train", "step": step, "epoch": round(step / STEPS * 2, 4),
        "loss": round(1.1 + 1.5 * math.exp(-step / 14) + wave, 4), "lr": 1e-4 * share,
        "grad_norm": round(0.4 + 0.9 * math.exp(-step / 9) + abs(wave), 4),
        "tokens": step * 131_072, "supervised": step * 61_400, "seconds": step * 10.9,
        "tokens_per_second": round(12_000 + 400 * wave, 1), "mfu": 0.31,
        "rss_mb": 3100 + step, "rss_peak_mb": 3400 + step, "vram_mb": 4200,
        "vram_reserved_mb": 15_800, "vram_peak_mb": 14_100 + step,
    }  # fmt: skip


def dev_row(step: int) -> dict[str, Any]:
    """One row of dev losses; one source gets worse in the end."""
    one = 1.2 + math.exp(-step / 20)
    sources = {SOURCES[0]: one, SOURCES[1]: one + 0.3 + step / 300, SOURCES[2]: one - 0.25}
    mean = sum(sources.values()) / 3
    return {
        "kind": "dev",
        "step": step,
        "epoch": step / STEPS * 2,
        "loss": mean,
        "sources": sources,
    }


def log() -> list[dict[str, Any]]:
    """All rows of the log: a gap where a loss was no number."""
    rows: list[dict[str, Any]] = []
    for step in range(1, STEPS + 1):
        rows.append(train_row(step) | ({"loss": None} if step == 31 else {}))
        if step % 15 == 0:
            rows.append(dev_row(step))
    return rows


def sample(step: int, at: int) -> dict[str, Any]:
    """Make an answer to a prompt, cut off in the beginning."""
    said = "その、その、その、" * 6 if step < 30 else "富士山は、標高3,776メートルの山です。"
    return {
        "step": step, "record_id": f"r{at}", "source": SOURCES[at],
        "prompt": "<|im_start|>user\n富士山について一文で説明してください。<|im_end|>\n<|im_start|>assistant\n",
        "answer": said, "expected": "富士山とは、標高3,776メートルの、日本でいちばん高い山のことです。",
        "ended": step >= 30,
    }  # fmt: skip


def _counts(kept: int, tokens: int, *, over: int = 0) -> dict[str, int]:
    return {
        "records": kept + over + 2, "kept": kept, "truncated": 0, "tokens": tokens,
        "supervised": tokens // 2, "seen": kept * 2, "seen_tokens": tokens * 2, "longest": 2041,
        "over_length": over, "unsupervised": 2,
    }  # fmt: skip


def prepared() -> dict[str, Any]:
    """Give what prepare.json holds; one record left for a reason of its own."""
    sources = {
        SOURCES[0]: _counts(4_812, 1_720_331, over=12),
        SOURCES[1]: _counts(1_024, 611_020, over=140),
        SOURCES[2]: _counts(12_000, 3_915_442) | {"template": 1},
    }
    names = {name: None for counts in sources.values() for name in counts}
    every = {name: sum(c.get(name, 0) for c in sources.values()) for name in names}
    every["longest"] = 2041
    dev = {SOURCES[0]: _counts(100, 35_000)}
    return {
        "kind": "sft", "max_length": 2048, "over_length": "drop",
        "template": {"name": "llm_jp", "sha256": "a1" * 32, "end": "</s>"},
        "tokenizer": {"sha256": "b2" * 32, "vocabulary": 99_574},
        "unread": {"document": 40},
        "splits": {
            "train": {"all": every, "sources": sources, "sha256": "c3" * 32},
            "dev": {"all": dev[SOURCES[0]], "sources": dev, "sha256": "d4" * 32},
        },
    }  # fmt: skip


def row(
    key: str, metric: str, values: tuple[float, float, float, float], verdict: str, **more: Any
) -> dict[str, Any]:
    """One row of a comparison: base, difference, low, high."""
    base, difference, low, high = values
    lower = metric in ("nll", "bits_per_char", "loop_share")
    return {
        "key": key, "metric": metric, "direction": "lower" if lower else "higher",
        "aspect": "fit", "n": 300, "base": base, "tuned": base + difference,
        "difference": difference, "low": low, "high": high, "verdict": verdict, "why": "",
        "only_base_items": 0, "only_tuned_items": 0, "same_prompts": True, **more,
    }  # fmt: skip


def comparison() -> dict[str, Any]:
    """Give what comparison.json holds: better, worse, undecided, never judged, without an interval."""
    tasks = [
        row("dev/answers", "ended_share", (0.31, 0.55, 0.47, 0.62), "better", aspect="form"),
        row("dev/answers", "chars", (420.0, -180.0, -210.0, -149.0), "undecided", aspect="form",
            direction="none", why="neither way is better"),
        row("dev/answers", "loop_share", (0.22, -0.19, -0.25, -0.13), "better", aspect="form"),
        row("dev/fit", "nll", (2.31, -0.62, -0.66, -0.58), "better"),
        row("dev/fit", "bits_per_char", (1.91, -0.5, -0.53, -0.46), "better"),
        row("jcommonsenseqa", "accuracy", (0.512, 0.014, -0.009, 0.036), "undecided",
            aspect="reasoning", n=1119),
        row("jsquad", "char_f1", (0.684, -0.041, -0.066, -0.017), "worse", aspect="reading",
            same_prompts=False),
        row("mgsm_ja", "accuracy", (0.1, 0.0, 0.0, 0.0), "undecided", aspect="mathematics", n=1,
            low=None, high=None, why="fewer than two items", only_base_items=249),
    ]  # fmt: skip
    aspects = [
        {"aspect": one["aspect"], "keys": [one["key"]], **{k: one[k] for k in (
            "direction", "n", "base", "tuned", "difference", "low", "high", "verdict", "why")}}
        for one in (tasks[3], tasks[0], tasks[5], tasks[6])
    ]  # fmt: skip
    groups = [
        row("dev/fit", "nll", (2.2 + at / 10, -0.6 + at / 3, -0.7 + at / 3, -0.5 + at / 3),
            ("better", "better", "undecided")[at], group=name)
        for at, name in enumerate(SOURCES)
    ]  # fmt: skip
    return {
        "format": "llmx.comparison/1", "resamples": 10_000, "level": 0.95, "seed": 42,
        "tasks": tasks, "groups": groups, "aspects": aspects, "only_base": [],
        "only_tuned": ["jnli"],
    }  # fmt: skip


def trained() -> dict[str, Any]:
    """Give what train.json holds."""
    return {
        "model": "model", "ended": "finished", "steps": STEPS, "planned_steps": STEPS,
        "epochs": 2.0, "tokens": STEPS * 131_072, "supervised": STEPS * 61_400,
        "seconds": STEPS * 10.9, "first_loss": 2.51, "last_loss": 1.13, "dev": {},
        "resumed_at": 30, "memory": {"rss_peak_mb": 3466, "vram_peak_mb": 14_166},
        "base": {"name": "llm-jp/llm-jp-3-1.8b", "revision": "8f2b9c1"}, "method": "lora",
        "kind": "sft", "seed": 7, "versions": {"torch": "2.13.0", "trl": "1.16.0"},
    }  # fmt: skip


def write(path: Path, value: Any) -> None:
    """Write a value as JSON, a list as lines of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = value if isinstance(value, list) else [value]
    path.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in lines))


def ran(folder: Path, **sections: Any) -> tuple[Sft, Path]:
    """Write a finished run; gives the recipe and the folder of the run."""
    told = recipe(
        folder, "llm-jp/llm-jp-3-1.8b",
        **{"peft": {"method": "lora"}, "budget": {"gpu_gb": 24.0},
           "description": "会話と要約と合成データによる指示追従の学習", **sections},
    )  # fmt: skip
    run = folder / "run"
    write(run / "prepare.json", prepared())
    write(run / "log.jsonl", log())
    write(run / "samples.jsonl", [sample(s, at) for s in range(10, 61, 10) for at in (0, 2)])
    write(run / "train.json", trained())
    write(run / "eval" / "comparison.json", comparison())
    for who in ("base", "tuned"):
        means = {"nll": {"mean": 2.31, "n": 300}, "loop_share": {"mean": None, "n": 0}}
        write(
            run / "eval" / who / "results.json",
            {"who": who, "results": {"dev/fit": {"means": means}}},
        )
    write(run / "package" / "adapter_config.json", {"peft_type": "LORA"})
    (run / "package" / "README.md").write_text(CARD)
    (run / "package" / "adapter_model.safetensors").write_bytes(bytes(30_000))
    return told, run
