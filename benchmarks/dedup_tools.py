"""The tools that benchmarks/dedup.py compares: how each is called, and runs of all in turn."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from dedup_score import Score
from environments import HERE, NotInstalled, python_of
from metering import Cost, Failed, meter

RECIPE = """\
name: dedup-benchmark
description: Made-up documents.
purpose: publish-data
date: 2026-11-21
sources:
  - {{use: files, path: "{files}/*.jsonl", license: CC0-1.0, key: id, name: planted}}
normalize: []    # the other tools do not normalize what they publish either
steps:
  - dedup: [exact, {{use: minhash, threshold: 0.8}}]    # 14 x 8, character 5-grams, verified
"""


@dataclass
class Tool:
    """A competitor: its script and arguments, its bar, and what was measured."""

    name: str
    script: str = ""
    words: tuple[str, ...] = ()
    environment: str = "dedup"
    requirements: str = "dedup-requirements.txt"
    bar: float | None = None
    python: Path | None = None
    costs: list[Cost] = field(default_factory=list)
    score: Score | None = None
    trouble: str = ""


def tools() -> list[Tool]:
    """Give llmx first; bars are CPU seconds in units of llmx's.

    text-dedup has no character shingles; with its splitter replaced so that it has (`char`), it
    does 180 documents a CPU second, 9 times llmx's cost for 20,000 documents, so that is left out.
    """
    return [
        Tool("llmx"),
        Tool("datatrove char-5", "datatrove_minhash.py", ("char",), bar=8),
        Tool("rensa char-5", "rensa_minhash.py", bar=2),
        Tool("datatrove word-5", "datatrove_minhash.py", ("word",)),
        Tool(
            "text-dedup word-5",
            "text_dedup_minhash.py",
            ("word",),
            environment="text-dedup",
            requirements="text-dedup-requirements.txt",
        ),
    ]


def run(tool: Tool, files: Path, out: Path) -> Cost:
    """One metered run into an empty folder. Errors: Failed, NotInstalled."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    log = out.with_suffix(".log")
    if tool.name == "llmx":
        recipe = out / "recipe.yaml"
        recipe.write_text(RECIPE.format(files=files))
        call = "import sys; from llmx_data.cli import main; sys.exit(main())"
        words = ["curate", str(recipe), "--workers", "1", "--out", str(out / "run")]
        return meter([sys.executable, "-c", call, *words], log)
    tool.python = tool.python or python_of(tool.environment, tool.requirements)
    script = HERE / "peers" / tool.script
    return meter([tool.python, script, files, out, *tool.words], log, {"HF_HOME": str(out / "hub")})


def measure(every: Sequence[Tool], repeat: int, files: Path, small: Path, results: Path) -> None:
    """Warm every tool up on a small folder, then run all in turn, `repeat` times.

    Tools without a bar run in the first round only.
    """
    for round_number in range(repeat + 1):
        for tool in every:
            judged = tool.bar is not None or tool.name == "llmx"
            if tool.trouble or (round_number > 1 and not judged):
                continue
            out = results / tool.name.replace(" ", "-")
            try:
                cost = run(tool, files if round_number else small, out)
            except (Failed, NotInstalled) as error:
                tool.trouble = str(error)
                continue
            if round_number:
                tool.costs.append(cost)
                load = os.getloadavg()[0]
                print(f"round {round_number}: {tool.name}: {cost.cpu:.1f} CPU-s, load {load:.1f}")
                sys.stdout.flush()
