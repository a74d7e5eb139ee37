"""Claim: Swallow's feature set is 30x cheaper than in plain Python, and equal; exit 1 if not.

Run: python benchmarks/swallow_features.py [--data FOLDER] [--every 20]
FOLDER (or the environment variable LLMX_SHARED_DATA) holds documents/*.jsonl.zst with `text`.
Prints microseconds of CPU per 1,000 characters, compiled kernels loaded: from a polars column to
the features of all documents, and the ratio to plain Python on every 20th document. All integers
of those documents are compared.
"""

from __future__ import annotations

import argparse
import os

os.environ.setdefault("POLARS_MAX_THREADS", "1")

import io
import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl
import zstandard
from twins_swallow import features

from llmx_data.kernels.chars import CLASSES, count_classes
from llmx_data.kernels.lines import LINES, SENTENCES, line_counts, sentence_counts
from llmx_data.kernels.ngrams import SIZES, ngram_counts
from llmx_data.measure import Measure, Texts
from llmx_data.measure.chars import Chars
from llmx_data.measure.lines import Lines
from llmx_data.measure.repetition import Repetition
from llmx_data.measure.sentences import Sentences

BAR = 30.0
BATCH = 2000
MEASURES: tuple[Measure, ...] = (Chars(), Lines(), Sentences(), Repetition())


def read(folder: Path) -> list[str]:
    """Texts of all documents."""
    texts = []
    for path in sorted((folder / "documents").glob("*.jsonl.zst")):
        with path.open("rb") as raw, zstandard.open(raw, "rb") as stream:
            lines = io.TextIOWrapper(stream, encoding="utf-8")
            texts += [json.loads(line)["text"] for line in lines]
    return texts


def batches(texts: list[str]) -> list[pl.Series]:
    """Columns of 2,000 texts."""
    return [pl.Series("text", texts[i : i + BATCH]) for i in range(0, len(texts), BATCH)]


def seconds(work: Callable[[], object], rounds: int) -> float:
    """CPU seconds, the best of some rounds."""
    spent = []
    for _ in range(rounds):
        start = time.process_time()
        work()
        spent.append(time.process_time() - start)
    return min(spent)


def measure(columns: list[pl.Series]) -> None:
    """Measure all features of all columns."""
    for column in columns:
        texts = Texts(column)
        for part in MEASURES:
            part.measure(texts)


def integers(texts: list[str]) -> Iterator[dict[str, int]]:
    """Integers behind the features, under the names the twin uses."""
    points = Texts(pl.Series("text", texts)).points
    counted = (count_classes, lambda p: line_counts(p, short=10), sentence_counts, ngram_counts)
    for classes, lines, sentences, grams in zip(
        *(f(points).tolist() for f in counted), strict=True
    ):
        of = dict(zip(CLASSES, classes, strict=True))
        kanji = of["kanji"] + of["kanji_simplified"] + of["kanji_astral"]
        row = {name: of[name] for name in ("hiragana", "katakana", "kuten", "toten")}
        row |= {"kanji": kanji, "japanese": sum(row.values()) + kanji, "chars": sum(classes)}
        of = dict(zip(LINES, lines, strict=True))
        row |= {"lines": of["lines"], "lines_chars": of["kept_chars"]}
        row |= {"lines_copies": of["duplicates"], "lines_copied_chars": of["duplicate_chars"]}
        of = dict(zip(SENTENCES, sentences, strict=True))
        row |= {"sentences": of["sentences"], "sentences_chars": of["chars"]}
        row |= {"longest_sentence": of["longest"], "ellipsis": of["ellipsis"]}
        row |= {"sentences_copies": of["duplicates"]}
        row |= {"sentences_copied_chars": of["duplicate_chars"]}
        for n, (types, repeated, top) in zip(SIZES, grams, strict=True):
            row |= {f"types_{n}": types, f"repeated_{n}": repeated, f"top_{n}": top}
        yield row


def different(texts: list[str]) -> int:
    """Print and count the integers in which the two sides differ."""
    wrong = 0
    for text, ours in zip(texts, integers(texts), strict=True):
        theirs = features(text)
        for name in sorted(theirs.keys() | ours.keys()):
            if theirs.get(name) != ours.get(name):
                wrong += 1
                print(f"differs: {name} {ours.get(name)} != {theirs.get(name)} in {text[:30]!r}")
    return wrong


def main() -> int:
    """Run the benchmark; 0 if the claim holds."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=os.environ.get("LLMX_SHARED_DATA"))
    parser.add_argument("--every", type=int, default=20, help="plain Python on every Nth document")
    options = parser.parse_args()
    texts = read(Path(options.data)) if options.data else []
    if not texts:
        print("no documents: give --data FOLDER or LLMX_SHARED_DATA", file=sys.stderr)
        return 2
    sample = texts[:: options.every]
    chars, sample_chars = sum(map(len, texts)), sum(map(len, sample))
    everything, columns = batches(texts), batches(sample)
    measure(columns)
    fast = seconds(lambda: measure(columns), 5) / sample_chars * 1e9
    slow = seconds(lambda: [features(text) for text in sample], 2) / sample_chars * 1e9
    whole = seconds(lambda: measure(everything), 2) / chars * 1e9
    wrong = different(sample)
    print(f"all      {len(texts):6} documents {chars:10} chars  llmx {whole:8.1f} us/1,000 chars")
    print(f"sample   {len(sample):6} documents {sample_chars:10} chars  llmx {fast:8.1f}")
    print(f"         plain Python {slow:8.1f}   ratio {slow / fast:.1f} (bar {BAR})")
    print(f"integers that differ: {wrong}")
    return int(wrong > 0 or slow / fast < BAR)


if __name__ == "__main__":
    sys.exit(main())
