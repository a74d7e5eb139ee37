"""Run a recipe and die by SIGKILL at the n-th write, half of the file written."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import llmx_data.core.storage as storage


def arm(fatal: int) -> None:
    """Let the n-th file be torn in two and the process be killed before it gets its name."""
    whole = storage.whole
    count = 0

    @contextmanager
    def torn(path: Path) -> Iterator[Path]:
        nonlocal count
        with whole(path) as temporary:
            yield temporary
            count += 1
            if count == fatal:
                os.truncate(temporary, temporary.stat().st_size // 2)
                sys.stderr.write(f"killed while writing {path.name}\n")
                sys.stderr.flush()
                os.kill(os.getpid(), signal.SIGKILL)

    for module in list(sys.modules.values()):
        if getattr(module, "whole", None) is whole:
            module.whole = torn  # type: ignore[attr-defined]


if __name__ == "__main__":
    from tests.road.help import go

    recipe, out, fatal = sys.argv[1:]
    arm(int(fatal))
    go(Path(recipe), Path(out))
