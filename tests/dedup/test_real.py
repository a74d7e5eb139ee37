"""Real prompts and single sentences lose true duplicates only."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.dedup.help import dedup, jaccard
from tests.road.help import published

BESIDE = Path(__file__).resolve().parents[2].parent / "shared/data"
DATA = Path(os.environ.get("LLMX_SHARED_DATA", BESIDE))

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (DATA / "MANIFEST.json").is_file(),
        reason=f"no shared data in {DATA} (LLMX_SHARED_DATA)",
    ),
]


def test_prompts_and_sentences(tmp_path: Path) -> None:
    sources = [
        {"use": "files", "name": "dolly", "form": "alpaca", "key": "source_path", "license": "CC-BY-SA-3.0",
         "path": str(DATA / "instruction/databricks-dolly-15k-ja.part.jsonl.zst")},
        {"use": "files", "name": "rohan", "license": "CC0-1.0",
         "path": str(DATA / "documents/rohan4600_transcript.txt.gz")},
    ]  # fmt: skip
    found = dedup(tmp_path, sources, on="prompt")
    assert len(found.kept) + len(found.gone) == 12_059 + 4_600
    assert 5 <= len(found.gone) <= 20
    texts = texts_of(tmp_path / "run")
    for gone, kept, value in found.gone:
        assert value >= 0.8
        (prompt, answer), (other_prompt, other_answer) = texts[gone], texts[kept]
        n = 5 if min(len(prompt), len(other_prompt)) > 24 else 3
        assert jaccard(prompt, other_prompt, n) >= 0.79
        assert answer == other_answer or jaccard(answer, other_answer, 3) >= 0.69
    assert {key for key in found.went() if "ROHAN" in key or "rohan" in key} == set()
    assert published(tmp_path / "run").height == len(found.kept)


def texts_of(run: Path) -> dict[str, tuple[str, str]]:
    """Prompt and answer by key."""
    import polars as pl

    from llmx_data.core.run import open_run
    from llmx_data.core.tables import side_text

    sides = [pl.col("source_key"), side_text("prompt").alias("p"), side_text("answer").alias("a")]
    frames = [pl.read_parquet(s["path"]).select(sides) for s in open_run(run)[1]["shards"]]
    return {key: (prompt, answer) for key, prompt, answer in pl.concat(frames).iter_rows()}
