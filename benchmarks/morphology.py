"""Claim: POS counts cost at most 1.15x of `-Owakati` and a third of node objects; exit 1 if not.

Run: python benchmarks/morphology.py [--quick]

Up to 60 real documents of every file, each cut at 2,000 characters so that all ways see the same;
without real data a made-up text. Texts are timed in groups of about 50,000 characters, each way in
turn from a polars column, and the best of nine rounds of every group is summed: other work on the
machine then hits all ways alike. CPU of this process. --quick: 6 documents a file, no verdict.
"""

from __future__ import annotations

import argparse
import os

os.environ.setdefault("POLARS_MAX_THREADS", "1")

import random
import sys
from collections.abc import Callable
from functools import partial

import fugashi
import polars as pl
from measure import SHARED_DATA, cpu_seconds, document_files, holds, machine, print_table, texts

from llmx_data.kernels import mecab

SENTENCES = [
    "東京都では昨日、新しい図書館が開館し、多くの市民が訪れた。",
    "この法律は、公布の日から起算して六月を超えない範囲内において施行する。",
    "ねえ、明日は雨が降るらしいから傘を持って行ったほうがいいよ。",
    "Vue.js のコンポーネントは props を受け取り、テンプレートを描画します。",
    "江戸時代の京都では、西陣織をはじめとする手工業が大いに栄えた。",
]


def read(each: int) -> list[str]:
    """Up to `each` documents of every file, the same ones each time; made-up ones without data."""
    rng = random.Random(7)
    if not (SHARED_DATA / "documents").is_dir():
        return ["".join(rng.choices(SENTENCES, k=40)) for _ in range(100)]
    files = [texts([path]) for path in document_files()]
    chosen = [text for some in files for text in rng.sample(some, min(each, len(some)))]
    return [text[:2000].replace("\0", "") for text in chosen]


def groups(some: list[str]) -> list[list[str]]:
    """Texts in runs of about 50,000 characters."""
    found: list[list[str]] = [[]]
    for text in some:
        if sum(map(len, found[-1])) > 50_000:
            found.append([])
        found[-1].append(text)
    return found


def best(ways: dict[str, Callable[[pl.Series], object]], group: pl.Series) -> dict[str, float]:
    """CPU seconds of every way, the best of nine rounds in turn."""
    seconds = dict.fromkeys(ways, 9e9)
    for _ in range(9):
        for name, work in ways.items():
            spent = cpu_seconds(partial(work, group), rounds=1)
            seconds[name] = min(seconds[name], spent)
    return seconds


def main() -> int:
    """Time the three ways in turn and compare them; 0 if both claims hold."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="6 documents a file, no verdict")
    options = parser.parse_args()
    some = read(6 if options.quick else 60)
    wakati, nodes = fugashi.Tagger("-Owakati"), fugashi.Tagger()
    ways: dict[str, Callable[[pl.Series], object]] = {
        "-Owakati": lambda group: [wakati.parse(text) for text in group.to_list()],
        "llmx counts": mecab.count_words,
        "node objects": lambda group: [
            [(node.surface, node.feature.pos1) for node in nodes(text)] for text in group.to_list()
        ],
    }
    found = [best(ways, pl.Series(group)) for group in groups(some)]
    total = {name: sum(one[name] for one in found) for name in ways}
    chars = sum(map(len, some))
    print(machine())
    print_table(
        ["", "characters", "us per 1,000 characters"],
        [[name, chars, seconds / chars * 1e9] for name, seconds in total.items()],
    )
    counts = total["llmx counts"]
    near = holds("llmx / -Owakati", counts / total["-Owakati"], 1.15, at_most=True)
    far = holds("node objects / llmx", total["node objects"] / counts, 3.0)
    return 0 if options.quick or (near and far) else 1


if __name__ == "__main__":
    sys.exit(main())
