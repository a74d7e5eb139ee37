"""What the benchmarks share: where the data lies, what a run cost, and how tables are printed."""

from __future__ import annotations

import io
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import IO, NoReturn

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results"
"""Working files and figures of the benchmarks; git-ignored."""

ONE_THREAD = {"OMP_NUM_THREADS": "1", "POLARS_MAX_THREADS": "1", "RAYON_NUM_THREADS": "1"}
"""Set before polars is imported, so that all sides of a comparison work on one core."""


@dataclass(frozen=True)
class Cost:
    """What a process and all it started cost: CPU seconds (user and system), wall, peak memory."""

    cpu_seconds: float
    seconds: float
    peak_mb: float


def shared_data() -> Path | None:
    """Folder of real data: $LLMX_SHARED_DATA, else shared/data beside the project; None if absent.

    It holds documents/*.jsonl.zst with `id` and `text`; nothing of it is kept in this project.
    """
    default = ROOT.parent / "shared" / "data"
    folder = Path(os.environ.get("LLMX_SHARED_DATA", default))
    return folder if (folder / "documents").is_dir() else None


def need_shared_data() -> Path:
    """Folder of real data; ends the benchmark with exit code 2 where there is none."""
    return shared_data() or cannot_run(
        "no real data: set LLMX_SHARED_DATA to a folder with documents/*.jsonl.zst"
    )


def cannot_run(why: str) -> NoReturn:
    """Say why the benchmark cannot run on this machine, and end it with exit code 2."""
    print(f"{Path(sys.argv[0]).name}: {why}", file=sys.stderr)
    sys.exit(2)


def document_files(data: Path) -> list[Path]:
    """Files of documents, sorted by name."""
    return sorted((data / "documents").glob("*.jsonl.zst"))


def lines(path: Path) -> Iterator[str]:
    """Lines of a .zst file of UTF-8 text."""
    import zstandard

    with path.open("rb") as raw, zstandard.open(raw, "rb") as stream:
        yield from io.TextIOWrapper(stream, encoding="utf-8")


def texts(path: Path) -> list[str]:
    """Texts of the documents of a file."""
    return [json.loads(line)["text"] for line in lines(path)]


def cpu_seconds(work: Callable[[], object], *, rounds: int) -> float:
    """CPU seconds of this process, the best of some rounds."""
    spent = []
    for _ in range(rounds):
        start = time.process_time()
        work()
        spent.append(time.process_time() - start)
    return min(spent)


def run(command: Sequence[str | Path], *, folder: Path, output: IO[str] | None = None) -> Cost:
    """Run a command in a folder on one core and tell what it and its children cost.

    Its talk goes to `<folder>/<program>.log`. Errors: SystemExit with the end of that log.
    """
    log = folder / f"{Path(command[0]).name}.log"
    start = time.perf_counter()
    with log.open("w") as talk:
        child = subprocess.Popen(
            [str(word) for word in command],
            cwd=folder,
            env=os.environ | ONE_THREAD,
            stdout=output or talk,
            stderr=talk,
        )
        _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        ended = f"{' '.join(map(str, command))}\n  ended with {child.returncode}\n"
        sys.exit(ended + log.read_text()[-2000:])
    seconds = time.perf_counter() - start
    return Cost(usage.ru_utime + usage.ru_stime, seconds, usage.ru_maxrss / 1024)


def middle(costs: Sequence[Cost]) -> Cost:
    """Median of each figure."""
    return Cost(
        median(cost.cpu_seconds for cost in costs),
        median(cost.seconds for cost in costs),
        median(cost.peak_mb for cost in costs),
    )


def machine() -> str:
    """Processor, cores, Python and load: what belongs beside every figure."""
    info = Path("/proc/cpuinfo")
    text = info.read_text() if info.exists() else ""
    names = [line.partition(":")[2].strip() for line in text.splitlines() if "model name" in line]
    load = " ".join(f"{value:.2f}" for value in os.getloadavg())
    cores = len(os.sched_getaffinity(0))
    name = names[0] if names else platform.machine()
    return f"{name}, {cores} cores, Python {platform.python_version()}, load {load}"


def print_table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table: the first column to the left, the others to the right."""
    cells = [list(head), *([_cell(value) for value in row] for row in rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(head))]
    for row in cells:
        first, *rest = (cell.ljust(w) for cell, w in zip(row[:1], widths, strict=False))
        rest = [cell.rjust(w) for cell, w in zip(row[1:], widths[1:], strict=True)]
        print("  ".join([first, *rest]).rstrip())


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:,.0f}" if value >= 100 else f"{value:,.1f}" if value >= 10 else f"{value:.2f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def verdict(claim: str, value: float, bar: float, *, at_most: bool = False) -> bool:
    """Print a claim with its figure and bar; gives whether it holds."""
    holds = value <= bar if at_most else value >= bar
    word = "at most" if at_most else "at least"
    print(f"{'ok  ' if holds else 'FAIL'} {claim}: {value:.2f} ({word} {bar:g})")
    return holds
