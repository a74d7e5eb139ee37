"""Several processes: all is answered once, none is left behind, none is waited for in vain."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from multiprocessing import active_children
from pathlib import Path
from typing import Any

import pytest

from llmx_data.core.errors import EnvironmentTrouble
from llmx_data.synth.engines.several import Queue, Several
from llmx_data.synth.generate import generate, write_requests
from llmx_data.synth.ledger import Response, answers

from .fake_engine import Fake
from .test_openai import tries


@pytest.fixture(autouse=True)
def no_hang() -> Iterator[None]:
    """End a test that waits for ever; and none may leave a process behind."""

    def ring(*_: Any) -> None:
        raise TimeoutError("a test of processes took a minute")

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(60)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)
    assert active_children() == []


def ask(engine: Several, texts: Sequence[str]) -> list[Response]:
    return list(engine.answer(tries(texts)))


def words(found: Sequence[Response]) -> list[list[str]]:
    return sorted(str(r.text).split() for r in found)


def test_all_are_answered_once_and_processes_stay() -> None:
    texts = [f"遅{n}" for n in range(40)]
    engine = Several(Fake(), ["0", "1,2"], chunk=4)
    try:
        assert engine.name == "2 x fake 1.0"
        assert ask(engine, []) == []
        assert active_children() == []
        first, second = words(ask(engine, texts)), words(ask(engine, texts))
    finally:
        engine.close()
    assert sorted(text for _, _, text in first) == sorted(texts)
    assert {(device, pid) for device, pid, _ in first} == {(d, p) for d, p, _ in second}
    assert {device for device, _, _ in first} == {"0", "1,2"}


# what one text does to its process -> what the error says of it
DEATHS = [
    ("殺す", "GPU .* ended: exit code -9: killed"),
    ("誤り", "GPU .* ended: OSError: 誤り: the card fell off the bus"),
    ("無い", "GPU .* ended: no memory is left"),
]


@pytest.mark.parametrize(("text", "says"), DEATHS, ids=[t for t, _ in DEATHS])
def test_a_process_dies_and_the_others_finish(text: str, says: str) -> None:
    texts = [f"遅{n}" for n in range(60)]
    texts.insert(5, text)
    found: list[Response] = []
    with pytest.raises(EnvironmentTrouble, match=rf"{says}.*\n.*the same command goes on"):
        found.extend(Several(Fake(), ["0", "1"], chunk=4).answer(tries(texts)))
    there = {text for _, _, text in words(found)}
    assert len(found) == len(there)
    lost = {f"遅{n}" for n in range(60)} - there
    assert lost <= set(texts[4:8])  # at most the rest of its part


def test_all_processes_die_and_none_is_started_anew() -> None:
    began = time.monotonic()
    with pytest.raises(EnvironmentTrouble) as caught:
        ask(Several(Fake(), ["0", "1"], chunk=1), ["殺"] * 10)
    assert str(caught.value).count("ended") == 2
    assert time.monotonic() - began < 30


@pytest.mark.parametrize("thrown", [GeneratorExit, KeyboardInterrupt])
def test_stopping_early_ends_the_processes(thrown: type[BaseException]) -> None:
    answering = Several(Fake(), ["0", "1"], chunk=50).answer(tries(f"遅{n}" for n in range(200)))
    next(answering)
    assert len(active_children()) == 2
    with pytest.raises(thrown):
        answering.throw(thrown)  # type: ignore[attr-defined]
    assert active_children() == []


@pytest.mark.parametrize("end", ["closed", "殺", "誤"])
def test_what_an_engine_started_ends_with_it(end: str) -> None:
    engine, found = Several(Fake(), [""]), list[Response]()
    if end == "closed":
        found.extend(engine.answer(tries(["産む"])))
        engine.close()
    else:
        with pytest.raises(EnvironmentTrouble, match="the process of the engine ended: "):
            found.extend(engine.answer(tries(["産む", end])))
    ((_, pid, _),) = words(found)
    wait_for_the_end_of([int(pid)])


def wait_for_the_end_of(pids: list[int]) -> None:
    deadline = time.monotonic() + 20
    while alive := [pid for pid in pids if lives(pid)]:
        assert time.monotonic() < deadline, alive
        time.sleep(0.05)


def lives(pid: int) -> bool:
    """Tell whether a process runs; one that nobody has buried does not."""
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_the_parent_alone_writes(tmp_path: Path) -> None:
    some = [one.request for one in tries(f"問{n}" for n in range(300))]
    write_requests(tmp_path / "requests.jsonl", some)
    engine = Several(Fake(), ["0", "1"], chunk=16)
    now = generate(tmp_path / "requests.jsonl", tmp_path / "ledger", engine, run_seed=1)
    engine.close()
    assert now.done == {r.id for r in some} == {r.request_id for r in answers(tmp_path / "ledger")}


RUN = """
import sys, time

from llmx_data.synth.engines.several import Several
from tests.synth.fake_engine import Fake
from tests.synth.test_openai import tries
if __name__ == "__main__":
    engine = Several(Fake(), ["0", "1"], chunk=2)
    found = engine.answer(tries(["遅"] * 1000))
    pids = set()
    while len(pids) < 2:
        pids.add(next(found).text.split()[1])
    children = Several(Fake(), [""]).answer(tries(["産", *["遅"] * 1000]))
    pids.add(next(children).text.split()[1])
    print(*pids, flush=True)
    if sys.argv[1] == "leave":
        sys.exit(7)
    time.sleep(60)
"""


@pytest.mark.parametrize("end", ["leave", "killed"])
def test_no_process_outlives_its_parent(tmp_path: Path, end: str) -> None:
    (tmp_path / "run.py").write_text(RUN, encoding="utf-8")
    root = Path(__file__).resolve().parents[2]
    begun = [sys.executable, str(tmp_path / "run.py"), end]
    environment = os.environ | {"PYTHONPATH": str(root)}
    with subprocess.Popen(begun, stdout=subprocess.PIPE, text=True, env=environment) as parent:
        assert parent.stdout is not None
        pids = [int(pid) for pid in parent.stdout.readline().split()]
        if end == "killed":
            parent.kill()
        assert parent.wait() == (7 if end == "leave" else -signal.SIGKILL)
    assert len(pids) == 3
    wait_for_the_end_of(pids)


def test_parts_shrink_towards_the_end() -> None:
    queue = Queue(iter(tries(f"問{n}" for n in range(1000))), 2, 300)
    sizes = [len(part) for part in iter(queue.part, [])]
    assert sum(sizes) == 1000
    assert sizes == [300, 300, 200, 100, 64, 36]
