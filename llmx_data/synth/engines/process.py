"""An engine in a process of its own, which ends with all that it started when either end dies.

vllm's own processes outlive a killed parent and hold the GPU's memory. Here everything that an
engine starts stays in one process group.
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from threading import Thread

from llmx_data.core.errors import EnvironmentTrouble
from llmx_data.synth.engines import Engine, Try
from llmx_data.synth.ledger import Response

GRACE_SECONDS = 20.0
"""Time a process has to let its model go before it is killed. Ours."""

GONE = (EOFError, BrokenPipeError, ConnectionResetError)
"""How a pipe says that nobody is at its other end."""


@dataclass(frozen=True)
class Free:
    """A process waits for work."""


@dataclass(frozen=True)
class Failed:
    """Why a process ends; empty where it could not say."""

    why: str


@dataclass(eq=False)
class Worker:
    """A process with an engine, seen from its parent."""

    device: str
    process: SpawnProcess
    pipe: Connection
    busy: bool = False

    @classmethod
    def start(cls, engine: Engine, device: str) -> Worker:
        """Start a process that sees the GPUs of `device` only."""
        spawn = get_context("spawn")
        here, there = spawn.Pipe()
        process = spawn.Process(target=_work, args=(there, engine, device))
        process.start()
        there.close()
        return cls(device, process, here)

    def give(self, part: list[Try]) -> None:
        """Hand over tries to answer."""
        self.busy = True
        with suppress(*GONE):  # its death is heard at the other side
            self.pipe.send(part)

    def hear(self) -> Response | Free | Failed:
        """Wait for the next thing it says."""
        try:
            heard: Response | Free | Failed = self.pipe.recv()
        except (EOFError, OSError):  # the latter in the middle of a message
            return Failed("")
        return heard

    def last_words(self, said: str) -> str:
        """Say why it ended, once it has."""
        self.end()
        ended = f"exit code {self.process.exitcode}"
        if self.process.exitcode == -signal.SIGKILL:
            ended += ": killed, often for want of memory"
        where = f"for GPU {self.device}" if self.device else "of the engine"
        return f"the process {where} ended: {said or ended}"

    def stop(self) -> None:
        """Ask it to end; one that is at work is interrupted."""
        self.pipe.close()
        if self.busy:
            self.process.terminate()

    def end(self) -> None:
        """Wait for its end; kill it after `GRACE_SECONDS`, and what is left of what it started."""
        wait([self.process.sentinel], GRACE_SECONDS)
        assert self.process.pid is not None
        with suppress(ProcessLookupError):  # before it is joined, so that the number is still its
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.kill()
        self.process.join()


def _work(pipe: Connection, engine: Engine, device: str) -> None:
    """Answer parts until the other end closes; Ctrl-C does not come here, but to the parent."""
    os.setsid()
    os.environ["CUDA_VISIBLE_DEVICES"] = device
    Thread(target=_die_with_parent, daemon=True).start()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # so that the engine is closed
    try:
        while True:
            for response in engine.answer(pipe.recv()):
                pipe.send(response)
            pipe.send(Free())
    except GONE:
        pass
    except Exception as error:
        trouble = isinstance(error, EnvironmentTrouble)
        why = str(error) if trouble else f"{type(error).__name__}: {error}"
        with suppress(*GONE):
            pipe.send(Failed(why[:1000]))
    finally:
        engine.close()


def _die_with_parent() -> None:
    """End at once, with all that was started, when the parent is gone, whatever it died of."""
    parent = parent_process()
    assert parent is not None
    parent.join()
    os.killpg(0, signal.SIGKILL)
