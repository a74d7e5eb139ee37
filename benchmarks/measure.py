"""What the benchmarks share: where real data lies, CPU time of some work, tables, verdicts."""

from __future__ import annotations

import io
import json
import os
import platform
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results"
"""Working files of the benchmarks; git-ignored."""

SHARED_DATA = Path(os.environ.get("LLMX_SHARED_DATA", ROOT.parent / "shared" / "data"))
"""Folder of real data: $LLMX_SHARED_DATA, else shared/data beside the project; it may be absent.

It holds documents/*.jsonl.zst with `id` and `text`; nothing of it is kept in this project.
"""


def document_files(data: Path = SHARED_DATA) -> list[Path]:
    """Files of real documents by name; ends the benchmark with exit code 2 where there are none."""
    found = sorted((data / "documents").glob("*.jsonl.zst"))
    return found or cannot_run(
        f"no documents/*.jsonl.zst in {data}: set LLMX_SHARED_DATA to the folder of real data"
    )


def cannot_run(why: str) -> NoReturn:
    """Say why the benchmark cannot run on this machine, and end it with exit code 2."""
    print(f"{Path(sys.argv[0]).name}: {why}", file=sys.stderr)
    sys.exit(2)


def lines(path: Path) -> Iterator[str]:
    """Lines of a .zst file of UTF-8 text, with their line ends."""
    import zstandard

    with path.open("rb") as raw, zstandard.open(raw, "rb") as stream:
        yield from io.TextIOWrapper(stream, encoding="utf-8")


def texts(paths: Sequence[Path], *, every: int = 1) -> list[str]:
    """Texts of the documents of some files: every nth of each file."""
    chosen = (line for path in paths for i, line in enumerate(lines(path)) if i % every == 0)
    return [json.loads(line)["text"] for line in chosen]


def cpu_seconds(work: Callable[[], object], *, rounds: int) -> float:
    """CPU seconds of this process, the best of some rounds."""
    spent = []
    for _ in range(rounds):
        start = time.process_time()
        work()
        spent.append(time.process_time() - start)
    return min(spent)


def machine() -> str:
    """Processor, cores, Python and load: what belongs beside every figure."""
    info = Path("/proc/cpuinfo")
    text = info.read_text() if info.exists() else ""
    names = [line.partition(":")[2].strip() for line in text.splitlines() if "model name" in line]
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    cores = len(os.sched_getaffinity(0))
    name = names[0] if names else platform.machine()
    return f"{name}, {cores} cores, Python {platform.python_version()}, load {load}"


def print_table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table: the first column to the left, figures to the right; None is left blank."""
    cells = [list(head), *([_cell(value) for value in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for first, *rest in cells:
        figures = (cell.rjust(width) for cell, width in zip(rest, widths[1:], strict=True))
        print("  ".join([first.ljust(widths[0]), *figures]).rstrip())


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.{0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2}f}"
    return "" if value is None else f"{value:,}" if isinstance(value, int) else str(value)


def holds(claim: str, value: float, bar: float, *, at_most: bool = False) -> bool:
    """Print a claim with its figure and bar, and whether it holds."""
    good = value <= bar if at_most else value >= bar
    word = "at most" if at_most else "at least"
    print(f"{'ok  ' if good else 'FAIL'} {claim}: {value:.2f}, bar {word} {bar:g}")
    return good
