"""Claim: 500 sources are audited in under a second, and 10 million records in under 2; else exit 1.

Run: python benchmarks/law.py [--records 10000000]

Sources: one of the licences known for each, judged for every purpose, in collection and unified
mode, with the smallest set to leave out; wall seconds of the slowest purpose, facts loaded before
(loading is printed beside). Records: 50,000 in a shard, five licences in each, counted to tuples
and judged, from warm files; the median of three.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import polars as pl
from measure import RESULTS, machine, print_table

from llmx_data.audit.fix import smallest_fix
from llmx_data.audit.groups import Group
from llmx_data.audit.tuples import count_tuples, to_tuple
from llmx_data.core.storage import shipped, write_parquet
from llmx_data.core.store import Shard
from llmx_data.core.tables import RECORDS
from llmx_data.core.tuples import number_cases
from llmx_data.license.facts import Facts, load
from llmx_data.license.gate import judge, worst
from llmx_data.license.schema import Purpose

SOURCES, SHARD = 500, 50_000
BARS = {"sources": 1.0, "records": 2.0}
"""Seconds."""


def audit(rows: list[dict[str, Any]], purpose: Purpose, facts: Facts) -> list[object]:
    """Judge tuples and look for the smallest fix; gives a row of the table."""
    began = time.perf_counter()
    verdicts = judge([to_tuple(row) for row in rows], purpose, facts)
    judged, acts = time.perf_counter(), len(purpose.act)
    groups = [Group(row, verdicts[i * acts : (i + 1) * acts]) for i, row in enumerate(rows)]
    fix = smallest_fix(groups, purpose, facts)
    ended = time.perf_counter()
    dropped = len(fix.drop) if fix is not None else 0
    name = f"{purpose.name}, {purpose.mode}"
    return [name, worst(verdicts).name, dropped, judged - began, ended - judged, ended - began]


def sources(facts: Facts) -> list[list[object]]:
    """Rows of a table: every purpose over 500 sources."""
    draw = random.Random(1)
    rows = [_row(f"source-{i}", draw.choice(sorted(facts.terms)), 100 + i) for i in range(SOURCES)]
    asked = list(facts.purposes.values())
    asked.append(facts.purposes["publish-data"].model_copy(update={"mode": "unified"}))
    return [audit(rows, purpose, facts) for purpose in asked]


def _row(name: str, license: str, chars: int) -> dict[str, Any]:
    said = {"source": name, "kind": "document", "license_declared": license, "license_db": None}
    said |= {"license_basis": "recipe", "terms": "", "accepted_by": "unknown", "generator": None}
    return said | {"adaptation": "verbatim", "records": 10, "chars": chars, "tokens": 0}


def shards(records: int) -> list[Shard]:
    """Write shards whose spine and cases are those of ingest."""
    folder = RESULTS / "law"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    licenses = ["CC-BY-4.0", "CC-BY-SA-4.0", "CC0-1.0", "CC-BY-NC-4.0", "MIT"]
    made = []
    for number in range(records // SHARD):
        rows = [_row(f"source-{number % 50}", license, 0) | {"terms": []} for license in licenses]
        five = pl.DataFrame(rows).select(pl.col(n) for n in RECORDS if n in rows[0])
        cases, _ = number_cases(five.cast({"terms": pl.List(pl.String)}))
        draw = np.random.default_rng(number)
        spine = pl.DataFrame(
            {
                "id": [f"{number:08x}{i:024x}" for i in range(SHARD)],
                "chars_count": draw.integers(50, 5000, SHARD).astype(np.uint32),
                "tokens_count": draw.integers(30, 3000, SHARD).astype(np.uint32),
                "case_number": draw.integers(0, 5, SHARD).astype(np.uint32),
            }
        )
        path = str(folder / f"{number:05d}.parquet")
        shard = Shard(f"source-{number % 50}", "document", path, str(number), SHARD, 0)
        write_parquet(cases, Path(shard.cases))
        write_parquet(spine, Path(shard.sizes))
        made.append(shard)
    return made


def counted(records: int, facts: Facts) -> tuple[float, int]:
    """Median seconds to count and judge that many records, and the tuples they are."""
    made = shards(records)
    rows, none = [np.arange(SHARD)] * len(made), [[]] * len(made)
    took, tuples = [], 0
    for _ in range(3):
        began = time.perf_counter()
        table = count_tuples(made, rows, none)
        judge(map(to_tuple, table.iter_rows(named=True)), facts.purposes["publish-model"], facts)
        took.append(time.perf_counter() - began)
        tuples = table.height
    shutil.rmtree(RESULTS / "law")
    return median(took), tuples


def main() -> int:
    """Measure, print, judge."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--records", type=int, default=10_000_000)
    options = parser.parse_args()
    began = time.perf_counter()
    facts = load(shipped("licenses"))
    print(f"{machine()}; facts loaded in {time.perf_counter() - began:.2f} s")
    rows = sources(facts)
    print_table([f"{SOURCES} sources", "worst", "to drop", "judge s", "fix s", "all s"], rows)
    slowest = max(float(str(row[-1])) for row in rows)
    seconds, tuples = counted(options.records, facts)
    print(f"{options.records:,} records, {tuples} tuples: {seconds:.2f} s")
    found = {"sources": slowest, "records": seconds}
    for name, bar in BARS.items():
        print(f"{'ok  ' if found[name] < bar else 'FAIL'} {name}: {found[name]:.2f} s, bar {bar}")
    return 0 if all(found[name] < bar for name, bar in BARS.items()) else 1


if __name__ == "__main__":
    sys.exit(main())
