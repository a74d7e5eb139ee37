"""One process per GPU, each with an engine of its own; this process alone writes answers down."""

from __future__ import annotations

import atexit
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from multiprocessing.connection import wait

from llmx_data.core.errors import EnvironmentTrouble
from llmx_data.synth.engines import Engine, Try
from llmx_data.synth.engines.process import Failed, Worker
from llmx_data.synth.engines.vllm_options import MOST_AT_ONCE
from llmx_data.synth.ledger import Response

LEAST = 64
"""Requests in the smallest part while there are more: near the end, parts shrink so that all
processes end together. Ours."""


@dataclass(frozen=True)
class Several:
    """Copies of `engine`, one for each of `devices` (values of CUDA_VISIBLE_DEVICES, "" for none).

    `engine` travels to its processes by pickle before it has loaded anything. Processes start with
    the first request, get at most `chunk` requests whenever they are free, and stay until `close`.
    Also for a single GPU: when this process is killed, nothing is left on the GPU (see
    `process.py`), and `close` gives all its memory back. Cost: 0.1 ms a request.
    """

    engine: Engine
    devices: Sequence[str]
    chunk: int = MOST_AT_ONCE
    _workers: list[Worker] = field(default_factory=list, init=False, repr=False, compare=False)

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
        queue, died, whole = Queue(iter(tries), len(self.devices), self.chunk), list[str](), False
        try:
            if queue.more() and not self._workers:
                self._start()
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
            worker.stop()
        while self._workers:
            self._workers.pop().end()

    def _start(self) -> None:
        atexit.register(self.close)  # else an engine that nobody closed would be waited for
        for device in self.devices:
            self._workers.append(Worker.start(self.engine, device))

    def _feed(self, queue: Queue) -> None:
        """Give a part to every process that is free, as long as there is something to ask."""
        for worker in [worker for worker in self._workers if not worker.busy]:
            if part := queue.part():
                worker.give(part)

    def _hear(self, worker: Worker, died: list[str]) -> Iterator[Response]:
        heard = worker.hear()
        if isinstance(heard, Response):
            yield heard
        elif isinstance(heard, Failed):
            self._workers.remove(worker)
            died.append(worker.last_words(heard.why))
        else:
            worker.busy = False


class Queue:
    """Tries in parts: `most` each, and smaller ones when the end is in sight."""

    def __init__(self, left: Iterator[Try], workers: int, most: int) -> None:
        self.left, self.workers, self.most = left, workers, most
        self.ahead: deque[Try] = deque()

    def more(self) -> bool:
        """Read ahead; whether anything is left."""
        self.ahead.extend(islice(self.left, self.workers * self.most - len(self.ahead)))
        return bool(self.ahead)

    def part(self) -> list[Try]:
        """Take the next part; empty at the end."""
        self.more()
        size = min(self.most, max(LEAST, -(-len(self.ahead) // self.workers)), len(self.ahead))
        return [self.ahead.popleft() for _ in range(size)]
