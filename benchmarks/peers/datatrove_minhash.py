"""Deduplicate a folder of JSON lines with datatrove's four MinHash stages, in one process.

Run: python datatrove_minhash.py FOLDER OUT char|word
Called by benchmarks/dedup.py in an environment of its own; llmx is not imported here.
"""

from __future__ import annotations

import sys
from pathlib import Path

from datatrove.executor.local import LocalPipelineExecutor
from datatrove.pipeline.dedup import (
    MinhashDedupBuckets,
    MinhashDedupCluster,
    MinhashDedupFilter,
    MinhashDedupSignature,
)
from datatrove.pipeline.dedup.minhash import MinhashConfig
from datatrove.pipeline.readers import JsonlReader
from datatrove.pipeline.writers import JsonlWriter
from datatrove.utils.text import TextNormConfig

BUCKETS, HASHES = 14, 8
"""MinhashConfig's defaults (pipeline/dedup/minhash.py), those of FineWeb. They set the threshold:
half of the pairs at Jaccard 0.72 become one cluster; datatrove compares no texts afterwards."""


class Characters:
    """Stands in for datatrove's word tokenizer: each character is a word, so 5-grams are of them.

    datatrove has no character shingles; this is its cheapest way to them.
    """

    def word_tokenize(self, text: str) -> list[str]:
        """Characters of a text."""
        return list(text)


def config(unit: str) -> MinhashConfig:
    """Defaults for words; for characters nothing is folded, as in the Jaccard it is scored by.

    The default of TextNormConfig also removes dakuten and punctuation and equates all digits.
    Without it datatrove has less to do, so it is to its advantage.
    """
    if unit == "word":
        return MinhashConfig(n_grams=5, num_buckets=BUCKETS, hashes_per_bucket=HASHES)
    as_it_is = TextNormConfig(
        lowercase=False,
        norm_whitespace=False,
        remove_punctuation=False,
        norm_unicode_diacritics=False,
        norm_numbers=False,
    )
    return MinhashConfig(
        n_grams=5, num_buckets=BUCKETS, hashes_per_bucket=HASHES, norm_config=as_it_is
    )


def main() -> None:
    """Sign, find buckets, cluster, filter: as examples/minhash_deduplication.py of datatrove."""
    folder, out, unit = sys.argv[1:]
    work = Path(out)
    settings = config(unit)
    signature = MinhashDedupSignature(f"{work}/signatures", config=settings)
    if unit == "char":
        signature.word_tokenizer = Characters()
    pairs = MinhashDedupBuckets(f"{work}/signatures", f"{work}/buckets", config=settings)
    cluster = MinhashDedupCluster(f"{work}/buckets", f"{work}/remove", config=settings)
    # zstd is its fastest packing here; the writer's default is gzip.
    keep = [
        MinhashDedupFilter(f"{work}/remove"),
        JsonlWriter(f"{work}/kept", compression="zstd"),
    ]
    reader = JsonlReader(folder, glob_pattern="*.jsonl")
    stages = [([reader, signature], 1), ([pairs], BUCKETS), ([cluster], 1), ([reader, *keep], 1)]
    for number, (pipeline, tasks) in enumerate(stages):
        LocalPipelineExecutor(
            pipeline=pipeline, tasks=tasks, workers=1, logging_dir=f"{work}/logs/{number}"
        ).run()


if __name__ == "__main__":
    main()
