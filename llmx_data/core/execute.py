"""Run pure functions over tasks on all cores: forkserver pool, ordered results, bounded memory."""

from __future__ import annotations

import gc
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from types import TracebackType
from typing import TypeVar

from llmx_data.core.errors import EnvironmentTrouble

Task = TypeVar("Task")
Result = TypeVar("Result")

SINGLE_THREAD = {"POLARS_MAX_THREADS": "1", "OMP_NUM_THREADS": "1", "RAYON_NUM_THREADS": "1"}
"""Workers are processes; threads inside them would only wait for each other."""


def settle() -> None:
    """Collect cycles seldom: rows by the ten thousand are no cycles; 4 % of a run less."""
    gc.set_threshold(100_000, 50, 50)


def usable_cores() -> int:
    """Count the cores this process may use; all of them where the system cannot say."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Executor:
    """A pool of workers; with one worker the work is done in this process.

    A fork of this process would hang once polars was used in it, hence the fork server.
    """

    def __init__(self, workers: int | None = None) -> None:
        self.workers = workers or usable_cores()
        self._pool: ProcessPoolExecutor | None = None

    def map(
        self, function: Callable[[Task], Result], tasks: Iterable[Task], *, ahead: int | None = None
    ) -> Iterator[Result]:
        """Give `function(task)` for every task, in the order of tasks.

        At most `ahead` tasks (twice the workers unless told) are under way, so a lazy `tasks`
        keeps memory bounded. Errors: what the function raises; EnvironmentTrouble when a worker
        is killed.
        """
        if self.workers == 1:
            yield from (function(task) for task in tasks)
            return
        pool = self._started()
        waiting: deque[Future[Result]] = deque()
        room = ahead or 2 * self.workers
        try:
            for task in tasks:
                waiting.append(pool.submit(function, task))
                if len(waiting) >= room:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        except BrokenProcessPool as error:
            self._pool = None
            raise EnvironmentTrouble(
                "a worker process was killed from outside (out of memory?)\n    run the same "
                "command again, with fewer --workers if memory is short; what is finished is kept"
            ) from error
        finally:
            for future in waiting:
                future.cancel()

    def _started(self) -> ProcessPoolExecutor:
        if self._pool is None:
            os.environ.update(SINGLE_THREAD)
            self._pool = ProcessPoolExecutor(
                self.workers,
                mp_context=get_context("forkserver"),
                initializer=_begin_worker,
                initargs=(os.getpid(),),
            )
        return self._pool

    def __enter__(self) -> Executor:
        """Start workers when they are first needed."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop the workers; at once when an error or Ctrl-C is under way."""
        if self._pool is None:
            return
        if kind is not None:
            for process in list((self._pool._processes or {}).values()):
                process.terminate()
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._pool = None


def _begin_worker(parent: int) -> None:
    """Ignore Ctrl-C (the parent decides) and leave when the parent was killed."""
    settle()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_leave_with, args=(parent,), daemon=True).start()


def _leave_with(parent: int) -> None:
    while True:
        time.sleep(1)
        try:
            os.kill(parent, 0)
        except ProcessLookupError:
            os._exit(1)
