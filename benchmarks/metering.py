"""Run a command and meter it: CPU seconds with its children, wall seconds, peak memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

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

    A small process in between starts it: a child's peak memory begins at that of its parent.
    Errors: Failed, with the last lines of its output, which is written to `log`.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    facts = log.with_suffix(".json")
    words = [str(word) for word in command]
    with log.open("wb") as output:
        code = subprocess.call(
            [sys.executable, "-S", __file__, str(facts), *words],
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **ONE_THREAD, **(more or {})},
        )
    if code:
        lines = log.read_text(errors="replace").strip().splitlines()[-5:]
        raise Failed(f"{Path(words[1]).name}: exit {code}\n    " + "\n    ".join(lines))
    return Cost(**json.loads(facts.read_bytes()))


def middle(costs: Sequence[Cost]) -> Cost:
    """Median of each figure."""
    from statistics import median

    return Cost(
        median(c.cpu for c in costs),
        median(c.wall for c in costs),
        median(c.peak_mb for c in costs),
    )


def main() -> int:
    """Run sys.argv[2:] and write its cost to sys.argv[1]; gives its exit status."""
    began = time.perf_counter()
    child = subprocess.Popen(sys.argv[2:])
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    facts = {
        "cpu": usage.ru_utime + usage.ru_stime,
        "wall": time.perf_counter() - began,
        "peak_mb": usage.ru_maxrss / 1024,
    }
    Path(sys.argv[1]).write_text(json.dumps(facts))
    return abs(child.returncode)


if __name__ == "__main__":
    sys.exit(main())
