"""A hundred thousand copies of one text: linear time, bounded memory."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import pytest

from tests.dedup.help import source
from tests.road.help import write_recipe

TEXT = (
    "本日は晴天なり。マイクの試験中です。お聞き苦しい点はご容赦ください。ありがとうございました。"
)


@pytest.mark.slow
@pytest.mark.parametrize("use", ["exact", "minhash"])
def test_a_hot_bucket(tmp_path: Path, use: str) -> None:
    rows = [{"k": str(i), "text": TEXT} for i in range(100_000)]
    recipe = write_recipe(
        tmp_path, sources=[source(tmp_path / "s.jsonl", rows)], steps=[{"dedup": use}]
    )
    command = [sys.executable, "-m", "llmx_data.cli", "curate", str(recipe), "--workers", "1"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    done = subprocess.run(
        [*command, "--out", str(tmp_path / "run")], check=False, capture_output=True, text=True
    )
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert "kept 1 records" in done.stdout, done.stderr
    assert usage.ru_maxrss < 2 << 20  # KiB
    assert usage.ru_utime - before < 120  # pairs of all with all would be 5e9
