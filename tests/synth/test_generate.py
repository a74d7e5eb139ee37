"""Generating: rounds of attempts, longer answers, kills at any moment, nothing asked twice."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from llmx_data.core.errors import DataError
from llmx_data.synth.engines import Try
from llmx_data.synth.generate import generate, read_requests, write_requests
from llmx_data.synth.ledger import Response, answers, files, responses
from llmx_data.synth.requests import Request

from .server import Reply, says, serving
from .test_openai import tries


def requests(count: int) -> list[Request]:
    return [one.request for one in tries(f"問{n}" for n in range(count))]


class Scripted:
    """An engine that gives, per request, one state after the other."""

    name = "scripted"

    def __init__(self, states: dict[str, str]) -> None:
        self.states = states
        self.seen: list[tuple[str, int, int]] = []

    def answer(self, tries: Iterable[Try]) -> Iterator[Response]:
        for one in tries:
            text = one.request.messages[-1]["content"]
            self.seen.append((text, one.attempt, one.max_tokens))
            word = self.states.get(text, "d")
            state = word[min(one.attempt, len(word) - 1)]
            if state == "f":
                yield Response(one.request.id, one.attempt, "failed", error="500")
            else:
                finish = "length" if state == "l" else "stop"
                yield Response(one.request.id, one.attempt, "done", "答え", finish)


# what a request's attempts come to: f failed, l cut off, d done -> calls, answered, finish
ROUNDS = [
    ("d", 1, True, "stop"),
    ("fd", 2, True, "stop"),
    ("ffd", 3, True, "stop"),
    ("f", 3, False, None),
    ("ld", 2, True, "stop"),
    ("l", 2, False, None),
    ("fl", 3, False, None),
]


@pytest.mark.parametrize(("states", "calls", "answered", "finish"), ROUNDS)
def test_rounds(
    tmp_path: Path, states: str, calls: int, answered: bool, finish: str | None
) -> None:
    write_requests(tmp_path / "requests.jsonl", requests(3))
    engine = Scripted({"問1": states})
    now = generate(tmp_path / "requests.jsonl", tmp_path / "ledger", engine, run_seed=1)
    assert sum(text == "問1" for text, _, _ in engine.seen) == calls
    assert [attempt for text, attempt, _ in engine.seen if text == "問1"] == list(range(calls))
    one = next(r for r in requests(3) if r.messages[-1]["content"] == "問1")
    found = {r.request_id: r.finish_reason for r in answers(tmp_path / "ledger")}
    assert (one.id in found, found.get(one.id)) == (answered, finish)
    assert (one.id in now.done) == answered
    before = len(list(responses(tmp_path / "ledger")))
    generate(tmp_path / "requests.jsonl", tmp_path / "ledger", engine, run_seed=1)
    assert len(list(responses(tmp_path / "ledger"))) == before


def test_a_cut_off_answer_gets_more_room(tmp_path: Path) -> None:
    write_requests(tmp_path / "requests.jsonl", requests(1))
    engine = Scripted({"問0": "ld"})
    generate(tmp_path / "requests.jsonl", tmp_path / "ledger", engine, run_seed=1)
    assert engine.seen == [("問0", 0, 64), ("問0", 1, 96)]


def test_requests_are_sorted_and_each_once(tmp_path: Path) -> None:
    some = requests(20)
    assert write_requests(tmp_path / "a.jsonl", [*some, *some]) == 20
    assert write_requests(tmp_path / "b.jsonl", reversed(some)) == 20
    assert (tmp_path / "a.jsonl").read_bytes() == (tmp_path / "b.jsonl").read_bytes()
    assert sorted(r.id for r in read_requests(tmp_path / "a.jsonl")) == sorted(r.id for r in some)
    text = (tmp_path / "a.jsonl").read_text(encoding="utf-8")
    (tmp_path / "a.jsonl").write_text(text.replace("問7", "問77"), encoding="utf-8")
    with pytest.raises(DataError, match=r"a\.jsonl:\d+: .*changed\n.*plan again"):
        list(read_requests(tmp_path / "a.jsonl"))


RUN = """
import sys
from pathlib import Path
from llmx_data.synth.engines.openai import OpenAI
from llmx_data.synth.generate import generate
folder = Path(sys.argv[1])
engine = OpenAI(sys.argv[2], "tiny", concurrency=4, first_wait=0.01)
generate(folder / "requests.jsonl", folder / "ledger", engine, run_seed=7)
"""


@pytest.mark.slow
def test_killed_at_thirty_points(tmp_path: Path) -> None:
    """The same answers as an uninterrupted run, and nothing that was kept is asked again."""

    def script(body: dict[str, Any], number: int) -> Reply:
        text = body["messages"][-1]["content"]
        if number == 1 and text.endswith("3"):
            return {"status": 503}
        return says(f"答え: {text} {body['seed']}") | {"wait": 0.004}

    some, draw = requests(600), random.Random(5)
    for name in ("killed", "whole"):
        (tmp_path / name).mkdir()
        write_requests(tmp_path / name / "requests.jsonl", some)
    words = {r.id: r.messages[-1]["content"] for r in some}
    with serving(script) as (url, calls):
        kills = 0
        kept: dict[str, int] = {}
        folder = tmp_path / "killed"
        while kills < 30:
            begun = [sys.executable, "-c", RUN, str(folder), url]
            process = subprocess.Popen(begun)
            size = sum(p.stat().st_size for p in files(folder / "ledger"))
            while process.poll() is None and size == sum(
                p.stat().st_size for p in files(folder / "ledger")
            ):
                time.sleep(0.005)
            time.sleep(draw.random() * 0.04)
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
            kills += 1
            if kills % 5 == 0 and files(folder / "ledger"):
                path = files(folder / "ledger")[-1]
                path.write_bytes(path.read_bytes()[:-9])
            there = {r.request_id for r in answers(folder / "ledger")}
            kept = {i: kept.get(i, calls.by_text[words[i]]) for i in there}
            assert {i: calls.by_text[words[i]] for i in kept} == kept
            if len(kept) == len(some):
                break
        subprocess.run([sys.executable, "-c", RUN, str(folder), url], check=True)
        assert {i: calls.by_text[words[i]] for i in kept} == kept
        subprocess.run([sys.executable, "-c", RUN, str(tmp_path / "whole"), url], check=True)
        assert kills >= 10
    found = [
        {(r.request_id, r.text) for r in answers(tmp_path / name / "ledger")}
        for name in ("killed", "whole")
    ]
    assert len(found[0]) == 600
    assert {i for i, _ in found[0]} == {i for i, _ in found[1]}
    plain = {i: t for i, t in found[1]}
    retried = {i for i, t in found[0] if plain[i] != t}
    assert all(words[i].endswith("3") for i in retried)
