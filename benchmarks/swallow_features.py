"""Claim: Swallow's feature set is 30x cheaper than in plain Python, and equal; exit 1 if not.

Run: python benchmarks/swallow_features.py [--quick]

Real documents, from a polars column to the features of all of them; plain Python takes every 20th
of them, and all integers of these are compared. CPU of this process, best of some rounds, compiled
kernels loaded. --quick: a tenth of the documents, no verdict on speed. Exit 2: no real data.
"""

from __future__ import annotations

import argparse
import os

os.environ.setdefault("POLARS_MAX_THREADS", "1")

import sys
from collections.abc import Iterator

import polars as pl
from measure import cpu_seconds, document_files, holds, machine, print_table, texts
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
SAMPLE = 20
"""Plain Python sees every 20th document."""

MEASURES: tuple[Measure, ...] = (Chars(), Lines(), Sentences(), Repetition())


def batches(some: list[str]) -> list[pl.Series]:
    """Columns of 2,000 texts."""
    return [pl.Series("text", some[i : i + BATCH]) for i in range(0, len(some), BATCH)]


def measure(columns: list[pl.Series]) -> None:
    """Measure all features of all columns."""
    for column in columns:
        batch = Texts(column)
        for part in MEASURES:
            part.measure(batch)


def integers(some: list[str]) -> Iterator[dict[str, int]]:
    """Integers behind the features, under the names the twin uses."""
    points = Texts(pl.Series("text", some)).points
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


def different(some: list[str]) -> int:
    """Print and count the integers in which the two sides differ."""
    wrong = 0
    for text, ours in zip(some, integers(some), strict=True):
        theirs = features(text)
        for name in sorted(theirs.keys() | ours.keys()):
            if theirs.get(name) != ours.get(name):
                wrong += 1
                print(f"differs: {name} {ours.get(name)} != {theirs.get(name)} in {text[:30]!r}")
    return wrong


def main() -> int:
    """Run the benchmark; 0 if the claim holds."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="every tenth document, no verdict")
    options = parser.parse_args()
    some = texts(document_files(), every=10 if options.quick else 1)
    sample = some[::SAMPLE]
    chars, sample_chars = sum(map(len, some)), sum(map(len, sample))
    everything, columns = batches(some), batches(sample)
    measure(columns)
    fast = cpu_seconds(lambda: measure(columns), rounds=5) / sample_chars * 1e9
    slow = cpu_seconds(lambda: [features(t) for t in sample], rounds=2) / sample_chars * 1e9
    whole = cpu_seconds(lambda: measure(everything), rounds=2) / chars * 1e9
    wrong = different(sample)
    print(machine())
    print_table(
        ["us per 1,000 characters", "documents", "characters", "llmx", "plain Python", "ratio"],
        [
            ["all", len(some), chars, whole, None, None],
            ["sample", len(sample), sample_chars, fast, slow, slow / fast],
        ],
    )
    equal = holds("integers that differ", wrong, 0, at_most=True)
    quick = holds("plain Python / llmx", slow / fast, BAR) or options.quick
    return 0 if equal and quick else 1


if __name__ == "__main__":
    sys.exit(main())
