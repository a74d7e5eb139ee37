"""Tasks for worker processes, which import them by name."""

from __future__ import annotations

import os
import signal
import time

from llmx_data.core.errors import DataError, MissingPackage


def slow_first(task: int) -> tuple[int, int]:
    """Take longest for the first task of every four; give the task and the process."""
    time.sleep(0.15 if task % 4 == 0 else 0.0)
    return task, os.getpid()


def torn(task: int) -> int:
    """Fail as the library does when the data of task 3 are wrong."""
    if task == 3:
        raise DataError("shard-3: torn")
    return task


def lacking(task: int) -> int:
    """Fail with an error whose message is made of two arguments."""
    raise MissingPackage("vllm", f"synth{task}")


def killed(task: int) -> int:
    """Die as if the machine had run out of memory."""
    if task == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return task


def setting(name: str) -> str | None:
    """Tell an environment variable of the worker."""
    return os.environ.get(name)


def deaf_to_interrupts(_: int) -> bool:
    """Tell whether Ctrl-C is left to the parent."""
    return signal.getsignal(signal.SIGINT) is signal.SIG_IGN


def forever(_: int) -> None:
    """Work for a minute."""
    time.sleep(60)
