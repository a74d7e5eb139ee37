"""Candidates are compared chunk by chunk; how many chunks there are changes nothing."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from llmx_data.dedup import verify
from tests.dedup.help import Result, dedup, source
from tests.dedup.test_pairs import variants

TEXTS = variants(random.Random(11), 120)


def run(folder: Path) -> Result:
    """Deduplicate the texts as two sources, so that pairs join two shards."""
    folder.mkdir()
    rows = [{"k": f"{i:03d}", "text": text} for i, text in enumerate(TEXTS)]
    sources = [source(folder / f"{n}.jsonl", rows[i::2]) for i, n in enumerate("ab")]
    return dedup(folder, sources)


@pytest.mark.parametrize("size", [1, 7])
def test_size_of_chunks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    whole = run(tmp_path / "whole")
    monkeypatch.setattr(verify, "CHUNK_PAIRS", size)
    sizes: list[int] = []

    def compare(chunk: verify.Chunk) -> tuple[verify.Shares, verify.Shares]:
        sizes.append(len(chunk.a))
        return found(chunk)

    found = verify.compare
    monkeypatch.setattr(verify, "compare", compare)
    assert run(tmp_path / "chunks") == whole
    assert len(whole.edges) > 40
    assert sum(sizes) >= len(whole.edges)
    assert max(sizes) == size
