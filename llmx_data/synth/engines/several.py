"""One process per GPU, each with an engine of its own; this process alone writes answers down.

Also for a single GPU: vllm's own processes outlive a killed parent, and hold the GPU's memory. Here
everything that an engine starts is in one process group, which ends with either end of the pipe.
"""

from __future__ import annotations

import atexit
import os
import signal
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from threading import Thread

from llmx_data.core.errors import EnvironmentTrouble
from llmx_data.synth.engines import Engine, Try
from llmx_data.synth.engines.vllm_options import MOST_AT_ONCE
from llmx_data.synth.ledger import Response

GRACE_SECONDS = 20.0
"""Time a process has to let its model go before it is killed. Ours."""

LEAST = 64
"""Requests in the smallest part while there are more: near the end, parts shrink so that all
processes end together. Ours."""

GONE = (EOFError, BrokenPipeError, ConnectionResetError)
"""How a pipe says that nobody is at its other end."""


@dataclass(frozen=True)
class _Free:
    """A process waits for work."""


@dataclass(frozen=True)
class _Failed:
    """Why a process ends."""

    why: str


class _Queue:
    """Tries in parts: `most` each, and smaller ones when the end is in sight."""

    def __init__(self, left: Iterator[Try], workers: int, most: int) -> None:
        self.left, self.workers, self.most = left, workers, most
        self.ahead: deque[Try] = deque()
        self.begun = False

    def more(self) -> bool:
        """Read ahead; whether anything is left."""
        self.ahead.extend(islice(self.left, self.workers * self.most - len(self.ahead)))
        return bool(self.ahead)

    def part(self) -> list[Try]:
        """Take the next part; empty at the end."""
        self.begun = True
        size = min(self.most, max(LEAST, -(-len(self.ahead) // self.workers))) if self.more() else 0
        return [self.ahead.popleft() for _ in range(min(size, len(self.ahead)))]


@dataclass(eq=False)
class _Worker:
    device: str
    process: SpawnProcess
    pipe: Connection
    busy: bool = False

    def last_words(self, said: str) -> str:
        """Say why it ended, once it has."""
        self.end(GRACE_SECONDS)
        ended = f"exit code {self.process.exitcode}"
        if self.process.exitcode == -signal.SIGKILL:
            ended += ": killed, often for want of memory"
        where = f"for GPU {self.device}" if self.device else "of the engine"
        return f"the process {where} ended: {said or ended}"

    def end(self, patience: float) -> None:
        """Wait for its end, and kill what is left of it or of what it started."""
        self.process.join(patience)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid or 0, signal.SIGKILL)


@dataclass(frozen=True)
class Several:
    """Copies of `engine`, one for each of `devices` (values of CUDA_VISIBLE_DEVICES).

    `engine` travels to its processes by pickle before it has loaded anything. Processes start with
    the first request, get `chunk` requests whenever they are free, and stay until `close`.
    """

    engine: Engine
    devices: Sequence[str]
    chunk: int = MOST_AT_ONCE
    _workers: list[_Worker] = field(default_factory=list, init=False, repr=False, compare=False)

    @property
    def name(self) -> str:
        """For the manifest."""
        count = len(self.devices)
        return f"{count} x {self.engine.name}" if count > 1 else self.engine.name

    def answer(self, tries: Iterable[Try]) -> Iterator[Response]:
        """Answer every try, as processes finish; what a process held when it died is left out.

        Errors: EnvironmentTrouble with the last words of processes that died, after the answers of
        the others.
        """
        queue, died, whole = _Queue(iter(tries), len(self.devices), self.chunk), list[str](), False
        try:
            self._feed(queue)
            while busy := [worker for worker in self._workers if worker.busy]:
                ready = wait([worker.pipe for worker in busy])
                for worker in [worker for worker in busy if worker.pipe in ready]:
                    yield from self._hear(worker, died)
                self._feed(queue)
            whole = not died
        finally:
            if not whole:
                self.close()
        if died:
            raise EnvironmentTrouble(
                "\n    ".join([*died, "what was answered is kept: the same command goes on"])
            )

    def close(self) -> None:
        """End all processes; those that do not end by themselves are killed."""
        atexit.unregister(self.close)
        for worker in self._workers:
            worker.pipe.close()
            if worker.busy:
                worker.process.terminate()
        for worker in self._workers:
            worker.end(GRACE_SECONDS)
        self._workers.clear()

    def _start(self) -> None:
        spawn = get_context("spawn")
        atexit.register(self.close)  # else an engine that nobody closed would be waited for
        for device in self.devices:
            here, there = spawn.Pipe()
            process = spawn.Process(target=_work, args=(there, self.engine, device))
            process.start()
            there.close()
            self._workers.append(_Worker(device, process, here))

    def _feed(self, queue: _Queue) -> None:
        """Give a part to every process that is free, as long as there is something to ask."""
        if not queue.begun and not self._workers and queue.more():
            self._start()
        for worker in [worker for worker in self._workers if not worker.busy]:
            if not (part := queue.part()):
                return
            worker.busy = True
            with suppress(*GONE):  # its death is read from the pipe
                worker.pipe.send(part)

    def _hear(self, worker: _Worker, died: list[str]) -> Iterator[Response]:
        try:
            heard = worker.pipe.recv()
        except (EOFError, OSError):  # the latter in the middle of a message
            heard = _Failed("")
        if isinstance(heard, Response):
            yield heard
        elif isinstance(heard, _Free):
            worker.busy = False
        else:
            self._workers.remove(worker)
            died.append(worker.last_words(heard.why))


def _work(pipe: Connection, engine: Engine, device: str) -> None:
    """Answer chunks until the other end closes; Ctrl-C does not come here, but to the parent."""
    os.setsid()
    os.environ["CUDA_VISIBLE_DEVICES"] = device
    Thread(target=_die_with_parent, daemon=True).start()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # so that what it started ends too
    try:
        while True:
            for response in engine.answer(pipe.recv()):
                pipe.send(response)
            pipe.send(_Free())
    except GONE:
        pass
    except Exception as error:
        trouble = isinstance(error, EnvironmentTrouble)
        why = str(error) if trouble else f"{type(error).__name__}: {error}"
        with suppress(*GONE):
            pipe.send(_Failed(why[:1000]))
    finally:
        engine.close()


def _die_with_parent() -> None:
    """End at once, with all that was started, when the parent is gone, whatever it died of."""
    parent = parent_process()
    assert parent is not None
    parent.join()
    os.killpg(0, signal.SIGKILL)
