"""An engine that travels to other processes and does there what a request's text says."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from llmx_data.core.errors import EnvironmentTrouble
from llmx_data.synth.engines import Try
from llmx_data.synth.ledger import Response


@dataclass(frozen=True)
class Fake:
    """Answers with the device, the process and the text; some texts are its end."""

    name: str = "fake 1.0"

    def answer(self, tries: Iterable[Try]) -> Iterator[Response]:
        for one in tries:
            text = one.request.messages[-1]["content"]
            if text.startswith("殺"):
                os.kill(os.getpid(), signal.SIGKILL)
            if text.startswith("産"):
                child = subprocess.Popen(["sleep", "100"])
                yield Response(one.request.id, one.attempt, "done", f"- {child.pid} {text}", "stop")
                continue
            if text.startswith("誤"):
                raise OSError(f"{text}: the card fell off the bus")
            if text.startswith("無"):
                raise EnvironmentTrouble("no memory is left")
            if text.startswith("遅"):
                time.sleep(0.02)
            where = f"{os.environ['CUDA_VISIBLE_DEVICES']} {os.getpid()} {text}"
            yield Response(one.request.id, one.attempt, "done", where, "stop")

    def close(self) -> None:
        """Hold nothing."""
