"""Our OpenAI client against vllm's own server, on loopback."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from llmx_data.synth.engines.openai import OpenAI
from llmx_data.synth.generate import ATTEMPTS, generate, write_requests
from llmx_data.synth.ledger import answers, responses

from .asking import SCHEMA, once, request

CONFIG = {"backend": "xgrammar", "disable_any_whitespace": True}


@pytest.fixture(scope="module")
def url(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a server of the tiny model."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = [sys.executable, "-m", "vllm.entrypoints.openai.api_server", "--model", str(folder)]
    words += ["--served-model-name", "tiny", "--host", "127.0.0.1", "--port", str(port)]
    words += ["--dtype", "float32", "--enforce-eager", "--max-model-len", "512"]
    words += ["--max-num-seqs", "16", "--structured-outputs-config", json.dumps(CONFIG)]
    log = tmp_path_factory.mktemp("server") / "log"
    environment = os.environ | {"VLLM_ENABLE_V1_MULTIPROCESSING": "1"}
    with log.open("w") as out:
        server = subprocess.Popen(words, env=environment, stdout=out, stderr=out)
    try:
        _wait(f"http://127.0.0.1:{port}/health", server, log)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        server.send_signal(signal.SIGTERM)
        try:
            server.wait(30)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _wait(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 240
    while True:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except OSError:
            assert server.poll() is None, log.read_text()[-3000:]
            assert time.monotonic() < deadline, log.read_text()[-3000:]
            time.sleep(0.5)


def test_a_whole_run(url: str, tmp_path: Path) -> None:
    held = [request(f"評価{n}", schema=SCHEMA) for n in range(20)]
    free = [request(f"質問{n}", tokens=8, min_p=0.01, top_k=50) for n in range(20)]
    write_requests(tmp_path / "requests.jsonl", [*held, *free])
    engine = OpenAI(url, "tiny", concurrency=8)
    now = generate(tmp_path / "requests.jsonl", tmp_path / "ledger", engine, run_seed=1)
    assert all(now.over(r.id, ATTEMPTS) for r in [*held, *free])
    found = {r.request_id: r for r in answers(tmp_path / "ledger")}
    for one in held:
        read = json.loads(str(found[one.id].text))
        assert set(read) == {"score", "verdict"}
        assert read["score"] in range(1, 6)
        assert found[one.id].finish_reason == "stop"
    cut = [r.tokens_out for r in responses(tmp_path / "ledger") if r.error == "length"]
    assert set(cut) == {8, 12}
    assert all(r.tokens_in > 0 and r.tokens_out > 0 for r in found.values())


def test_seeds_and_what_the_server_refuses(url: str) -> None:
    engine = OpenAI(url, "tiny", concurrency=4, retries=1)
    same = [request("同じ質問", sample=n, tokens=24) for n in range(3)]
    assert len({r.text for r in engine.answer(once(same, seed=5))}) == 1
    assert len({r.text for r in engine.answer(once(same))}) == 3
    one = next(engine.answer(once([request("長い文。" * 500)])))
    assert (one.state, str(one.error)[:10]) == ("failed", "status 400")
