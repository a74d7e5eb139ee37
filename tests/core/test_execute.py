"""Workers: results in order, tasks taken as they are needed, errors and deaths told."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from llmx_data.core.errors import DataError, EnvironmentTrouble, MissingPackage
from llmx_data.core.execute import Executor
from tests.core import tasks


@pytest.fixture(scope="module")
def two() -> Iterator[Executor]:
    """Give one pool of two workers for all tests that leave it whole."""
    with Executor(2) as pool:
        yield pool


def test_one_worker_is_this_process_and_keeps_the_order() -> None:
    with Executor(1) as pool:
        found = list(pool.map(tasks.slow_first, range(5)))
    assert found == [(n, os.getpid()) for n in range(5)]


def test_two_workers_keep_the_order_and_are_other_processes(two: Executor) -> None:
    found = list(two.map(tasks.slow_first, range(20)))
    assert [task for task, _ in found] == list(range(20))
    workers = {process for _, process in found}
    assert len(workers) == 2
    assert os.getpid() not in workers


@pytest.mark.parametrize(("workers", "ahead", "most"), [(1, None, 1), (2, None, 4), (2, 3, 3)])
def test_lazy_tasks_are_taken_as_they_are_needed(
    two: Executor, workers: int, ahead: int | None, most: int
) -> None:
    taken = given = furthest = 0

    def lazy() -> Iterator[int]:
        nonlocal taken, furthest
        for n in range(12):
            taken += 1
            furthest = max(furthest, taken - given)
            yield n

    pool = two if workers == 2 else Executor(1)
    for _ in pool.map(abs, lazy(), ahead=ahead):
        given += 1
    assert (taken, given, furthest) == (12, 12, most)


@pytest.mark.parametrize("workers", [1, 2])
def test_an_error_comes_where_its_task_stood(two: Executor, workers: int) -> None:
    pool = two if workers == 2 else Executor(1)
    results = pool.map(tasks.torn, range(10))
    assert [next(results) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(DataError, match=r"^shard-3: torn$"):
        next(results)
    assert list(pool.map(abs, [-1])) == [1]


def test_an_error_keeps_its_arguments_between_processes(two: Executor) -> None:
    with pytest.raises(MissingPackage, match=r"pip install 'llmx-ja\[synth1\]'") as caught:
        list(two.map(tasks.lacking, [1]))
    assert (caught.value.package, caught.value.exit_code) == ("vllm", 6)


def test_an_error_of_the_tasks_themselves(two: Executor) -> None:
    def broken() -> Iterator[int]:
        yield 1
        raise DataError("no more blocks")

    with pytest.raises(DataError, match="no more blocks"):
        list(two.map(abs, broken()))


def test_a_worker_is_single_threaded_and_leaves_interrupts_to_the_parent(two: Executor) -> None:
    names = ["POLARS_MAX_THREADS", "OMP_NUM_THREADS", "RAYON_NUM_THREADS"]
    assert list(two.map(tasks.setting, names)) == ["1", "1", "1"]
    assert list(two.map(tasks.deaf_to_interrupts, [0])) == [True]


def test_a_killed_worker_is_trouble_with_a_remedy_and_the_pool_can_start_again() -> None:
    with Executor(2) as pool:
        with pytest.raises(EnvironmentTrouble, match=r"killed from outside.*\n.*fewer --workers"):
            list(pool.map(tasks.killed, range(6)))
        assert list(pool.map(abs, [-1, -2])) == [1, 2]


def test_workers_are_stopped_at_once_when_the_parent_fails() -> None:
    pool = Executor(2)
    processes = {process for _, process in pool.map(tasks.slow_first, range(8))}
    assert pool._pool is not None
    waiting = [pool._pool.submit(tasks.forever, 0) for _ in range(2)]
    time.sleep(0.2)
    began = time.monotonic()
    pool.__exit__(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert time.monotonic() - began < 30
    assert all(future.done() for future in waiting)
    assert not any(Path(f"/proc/{process}").exists() for process in processes)


def test_without_a_number_every_core_works() -> None:
    assert Executor().workers == len(os.sched_getaffinity(0))
    assert Executor(3).workers == 3
