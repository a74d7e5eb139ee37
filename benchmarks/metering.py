"""Run a command and meter it: CPU seconds with its children, wall seconds, peak memory."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "POLARS_MAX_THREADS": "1",
    "RAYON_NUM_THREADS": "1",
    "HF_HUB_OFFLINE": "1",
}
"""Every tool gets one worker with one thread, and no network."""


class Failed(Exception):
    """A metered command ended with an error; the text is the end of what it said."""


@dataclass(frozen=True)
class Cost:
    """What a run took. `peak_mb` is the largest resident set of its largest process, in MiB."""

    cpu: float
    wall: float
    peak_mb: float


def meter(command: Sequence[str | Path], log: Path, more: Mapping[str, str] | None = None) -> Cost:
    """Run a command to its end. CPU is user + system of it and of all children it waited for.

    Errors: Failed, with the last lines of its output, which is written to `log`.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    began = time.perf_counter()
    with log.open("wb") as output:
        child = subprocess.Popen(
            [str(word) for word in command],
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **ONE_THREAD, **(more or {})},
        )
        _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - began
    if child.returncode:
        lines = log.read_text(errors="replace").strip().splitlines()[-5:]
        raise Failed(f"{command[1]}: exit {child.returncode}\n    " + "\n    ".join(lines))
    return Cost(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / 1024)


def middle(costs: Sequence[Cost]) -> Cost:
    """Median of each figure."""
    return Cost(
        median(c.cpu for c in costs),
        median(c.wall for c in costs),
        median(c.peak_mb for c in costs),
    )
