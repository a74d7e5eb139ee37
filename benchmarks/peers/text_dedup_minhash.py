"""Deduplicate a folder of JSON lines with text-dedup's MinHash command, in one process.

Run: python text_dedup_minhash.py FOLDER OUT char|word
Called by benchmarks/dedup.py in an environment of its own; llmx is not imported here.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from text_dedup import minhash

OPTIONS = {
    "path": "json",
    "split": "train",
    "column": "text",
    "num_perm": "112",
    "b": "14",
    "r": "8",
    "threshold": "0.8",
    "ngram": "5",
    "batch_size": "10000",
    "hash_func": "xxh3",
    "num_proc": "1",
}
"""14 x 8 as the others (its default: 250 hashes, bands by threshold 0.7); 5-grams and the batch
are its defaults; xxh3 is the faster of its hashes."""


def main() -> None:
    """Call the command; for characters its splitter, a constant of the module, is replaced.

    Split at punctuation, a word of Japanese is a whole clause; split at all characters, 5-grams are
    of characters. `min_length` then counts characters, and so drops none of these documents.
    """
    folder, out, unit = sys.argv[1:]
    if unit == "char":
        minhash.NON_ALPHA = re.compile("")
    more = {
        "data_files": str(Path(folder) / "*.jsonl"),
        "cache_dir": str(Path(out) / "cache"),
        "output": str(Path(out) / "kept"),
    }
    pairs = (OPTIONS | more).items()
    minhash.main([word for key, value in pairs for word in (f"--{key}", value)])


if __name__ == "__main__":
    main()
