"""Claim: POS counts cost at most 1.15x of `-Owakati` and a third of node objects; exit 1 if not.

Run: python benchmarks/morphology.py [FILE.jsonl.zst ...]; without files a made-up text is used.
Prints microseconds of CPU per 1,000 characters. Texts are timed in groups of about 50,000
characters, each way in turn from a polars column, and the best of nine rounds of every group is
summed: other work on the machine then hits all ways alike.
"""

from __future__ import annotations

import io
import json
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path

import fugashi
import polars as pl
import zstandard

from llmx_data.kernels import mecab

SENTENCES = [
    "東京都では昨日、新しい図書館が開館し、多くの市民が訪れた。",
    "この法律は、公布の日から起算して六月を超えない範囲内において施行する。",
    "ねえ、明日は雨が降るらしいから傘を持って行ったほうがいいよ。",
    "Vue.js のコンポーネントは props を受け取り、テンプレートを描画します。",
    "江戸時代の京都では、西陣織をはじめとする手工業が大いに栄えた。",
]


def read(paths: list[str]) -> list[str]:
    """Up to 60 documents of every file, cut at 2,000 characters so that all sides see the same."""
    rng = random.Random(7)
    texts = []
    for path in paths:
        with Path(path).open("rb") as raw, zstandard.open(raw, "rb") as stream:
            lines = list(io.TextIOWrapper(stream, encoding="utf-8"))
        chosen = rng.sample(lines, min(60, len(lines)))
        texts += [json.loads(line)["text"][:2000] for line in chosen]
    made_up = ["".join(rng.choices(SENTENCES, k=40)) for _ in range(100)]
    return [text.replace("\0", "") for text in texts] or made_up


def groups(texts: list[str]) -> list[list[str]]:
    """Texts in runs of about 50,000 characters."""
    found: list[list[str]] = [[]]
    for text in texts:
        if sum(map(len, found[-1])) > 50_000:
            found.append([])
        found[-1].append(text)
    return found


def best(ways: dict[str, Callable[[pl.Series], object]], texts: pl.Series) -> dict[str, float]:
    """CPU seconds of every way, the best of nine rounds."""
    seconds = dict.fromkeys(ways, 9e9)
    for _ in range(9):
        for name, work in ways.items():
            start = time.process_time()
            work(texts)
            seconds[name] = min(seconds[name], time.process_time() - start)
    return seconds


def main() -> int:
    """Time the three ways in turn and compare them."""
    texts = read(sys.argv[1:])
    wakati, nodes = fugashi.Tagger("-Owakati"), fugashi.Tagger()
    ways: dict[str, Callable[[pl.Series], object]] = {
        "wakati": lambda some: [wakati.parse(text) for text in some.to_list()],
        "counts": mecab.count_words,
        "nodes": lambda some: [
            [(node.surface, node.feature.pos1) for node in nodes(text)] for text in some.to_list()
        ],
    }
    found = [best(ways, pl.Series(group)) for group in groups(texts)]
    total = {name: sum(one[name] for one in found) for name in ways}
    chars = sum(map(len, texts))
    for name, seconds in total.items():
        print(f"{name:8} {seconds / chars * 1e9:7.0f} us per 1,000 characters")
    to_wakati, to_nodes = total["counts"] / total["wakati"], total["nodes"] / total["counts"]
    print(f"counts / wakati {to_wakati:.3f} (bar 1.15)   nodes / counts {to_nodes:.2f} (bar 3)")
    return 0 if to_wakati <= 1.15 and to_nodes >= 3 else 1


if __name__ == "__main__":
    sys.exit(main())
