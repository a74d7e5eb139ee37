"""Tasks made by rules of the bundled sample: how many, how fast, how even, and what is left out.

    python benchmarks/rules.py [--count 2000] [--seed 7]

Reads the sample's pages and news as they are, without curation. Bars: every task verified, eight
kinds with more than 5 % of the pick each, 100 tasks a second and core.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from llmx_data.synth.rules import (
    KINDS,
    Document,
    Task,
    balanced,
    make_pool,
    rejects,
    tasks,
    verify,
)

SAMPLE = Path(__file__).resolve().parents[1] / "recipes" / "sample"
FILES = ("cc_news.jsonl", "web.jsonl")
EVEN_KINDS, EVEN_SHARE, RATE = 8, 0.05, 100.0


def documents() -> Iterator[Document]:
    """Texts of the sample, each once; torn lines, which are there on purpose, are passed over."""
    seen: set[str] = set()
    for name in FILES:
        for line in (SAMPLE / name).read_text(encoding="utf-8").split("\n"):
            try:
                row = json.loads(line)
            except json.JSONDecodeError:
                continue
            if row.get("text") and row["text"] not in seen:
                seen.add(row["text"])
                key = str(row.get("docId") or row["id"])
                yield Document(key, row["text"], row.get("title"), row.get("date"))


def report(every: list[Task], picked: list[Task]) -> None:
    """Print kinds: all that can be made, share of the pick, wordings used, mean characters."""
    could, took = Counter(task.kind for task in every), Counter(task.kind for task in picked)
    print(f"{'kind':16}{'possible':>9}{'picked':>8}{'share':>8}{'wordings':>10}{'chars':>7}")
    for name in KINDS:
        mine = [task for task in picked if task.kind == name]
        chars = sum(len(task.prompt) + len(task.answer) for task in mine) // max(1, len(mine))
        wordings = len({task.phrasing.split("/")[0] for task in mine})
        share = took[name] / max(1, len(picked))
        print(f"{name:16}{could[name]:9,}{took[name]:8,}{share:8.3f}{wordings:10}{chars:7,}")


def main() -> int:
    """Measure; gives 1 below a bar."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    found = list(documents())
    start = time.process_time()
    pool = make_pool(found)
    pooled = time.process_time() - start
    by_id = {document.id: document for document in found}
    start = time.process_time()
    every = [task for document in found for task in tasks(document, options.seed, pool=pool)]
    seconds = time.process_time() - start
    start = time.process_time()
    wrong = sum(verify(task, by_id[task.document]) is not None for task in every)
    checked = time.process_time() - start
    picked = balanced(found, options.count, options.seed)
    report(every, picked)
    whole, parts = rejects(found)
    rate, distinct = len(every) / seconds, len({task.prompt for task in every})
    even = sum(n > EVEN_SHARE * len(picked) for n in Counter(t.kind for t in picked).values())
    print(f"\n{len(found)} documents, {len(every):,} tasks ({distinct:,} prompts)")
    print(f"{wrong} tasks not verified")
    print(f"made and verified: {rate:,.0f} tasks/s of CPU; pool {pooled:.1f} s")
    print(f"verified again (words cached): {len(every) / checked:,.0f} tasks/s of CPU")
    print(f"{even} kinds above {EVEN_SHARE:.0%} of {len(picked):,} picked")
    print("documents left out:", dict(whole.most_common()))
    print("paragraphs left out:", dict(parts.most_common()))
    return int(wrong > 0 or even < EVEN_KINDS or rate < RATE)


if __name__ == "__main__":
    sys.exit(main())
