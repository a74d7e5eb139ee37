"""Deduplicate a folder of JSON lines with rensa's RMinHashDeduplicator, in one process.

Run: python rensa_minhash.py FOLDER OUT
Called by benchmarks/dedup.py in an environment of its own; llmx is not imported here. rensa is a
library: reading, shingles and writing are this script's, each by the fastest way that was found.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import orjson
import zstandard
from rensa import RMinHashDeduplicator

N = 5
BATCH = 1000
"""Documents per call of add_pairs; 100 and 10,000 cost the same."""


def documents(folder: str) -> Iterator[dict[str, Any]]:
    """Documents of all files, in the order of names."""
    for path in sorted(Path(folder).glob("*.jsonl")):
        with path.open("rb") as lines:
            yield from map(orjson.loads, lines)


def shingles(text: str) -> list[str]:
    """Give runs of five characters; a list with repeats costs two thirds of a set."""
    return [text[i : i + N] for i in range(len(text) - N + 1)]


def main() -> None:
    """Keep what the deduplicator of the README's "Keep unique documents" keeps."""
    folder, out = sys.argv[1:]
    # Full-set R-MinHash, not rho: rho samples the tokens and finds 3 % of the pairs at .8-.9.
    # 112 hashes in 14 bands are what llmx and datatrove use (README: 128, bands left to rensa).
    seen = RMinHashDeduplicator(threshold=0.8, num_perm=112, use_lsh=True, num_bands=14, seed=1)
    kept = Path(out) / "kept"
    kept.mkdir(parents=True)
    stream = documents(folder)
    packer = zstandard.ZstdCompressor(level=3)
    with (kept / "kept.jsonl.zst").open("wb") as raw, packer.stream_writer(raw) as file:
        while batch := list(islice(stream, BATCH)):
            fresh = seen.add_pairs([(d["id"], shingles(d["text"])) for d in batch])
            lines = [orjson.dumps(d) for d, keep in zip(batch, fresh, strict=True) if keep]
            file.write(b"\n".join(lines) + b"\n" * bool(lines))


if __name__ == "__main__":
    main()
