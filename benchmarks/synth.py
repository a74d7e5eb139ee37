"""Claim: asking costs llmx at most 1 ms of CPU a request, answers synced to disk; else exit 1.

Run: python benchmarks/synth.py [--requests 20000]

CPU seconds of this process, all its threads, for `generate` over requests in a file: reading them,
ids, seeds, the ledger with an fsync every 64 answers. Engines: one that answers at once, one in a
process of its own, and the client over HTTP to a server in another process that answers at once.
What the other processes spend is not counted.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from measure import holds, machine, print_table

from llmx_data.synth.engines import Engine, Try
from llmx_data.synth.engines.openai import OpenAI
from llmx_data.synth.engines.several import Several
from llmx_data.synth.generate import generate, write_requests
from llmx_data.synth.ledger import Response
from llmx_data.synth.requests import Generator, Request, Sampling

BAR_MS = 1.0
QUESTION = "次の文章を読んで、内容を三つの点に要約してください。" * 8
ANSWER = "一つ目は、図書館が新しくなったことです。" * 20


@dataclass(frozen=True)
class AtOnce:
    """Answers at once."""

    name: str = "at once"

    def answer(self, tries: Iterable[Try]) -> Iterator[Response]:
        """Give the same 400 characters to all."""
        for one in tries:
            yield Response(one.request.id, one.attempt, "done", ANSWER, "stop", 200, 300, at=1.0)

    def close(self) -> None:
        """Hold nothing."""


def requests(count: int) -> Iterator[Request]:
    """Make requests of 200 characters, with a system turn."""
    for number in range(count):
        messages = (
            {"role": "system", "content": "日本語で答えてください。"},
            {"role": "user", "content": f"{QUESTION} {number}"},
        )
        yield Request("answer", "t", "00", messages, Sampling(1024), Generator("tiny"))


SERVER = """
import asyncio, sys

ANSWER = sys.argv[1].encode()

async def serve(reader, writer):
    try:
        while head := await reader.readuntil(b"\\r\\n\\r\\n"):
            size = [l for l in head.lower().split(b"\\r\\n") if l.startswith(b"content-length")]
            if size:
                await reader.readexactly(int(size[0].split(b":")[1]))
            writer.write(b"HTTP/1.1 200 OK\\r\\nContent-Type: application/json\\r\\n"
                         b"Content-Length: %d\\r\\n\\r\\n%b" % (len(ANSWER), ANSWER))
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()

async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()

asyncio.run(main())
"""


@contextmanager
def server() -> Iterator[str]:
    """Serve the same answer to everything, in another process; gives the base address."""
    choice = f'{{"message":{{"content":"{ANSWER}"}},"finish_reason":"stop"}}'
    body = f'{{"choices":[{choice}],"usage":{{"prompt_tokens":200,"completion_tokens":300}}}}'
    words = [sys.executable, "-c", SERVER, body]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}/v1"
        finally:
            process.terminate()


def measure(engine: Engine, path: Path, folder: Path, count: int) -> list[object]:
    """Row of the table: engine, CPU ms and wall ms a request."""
    cpu, wall = time.process_time(), time.perf_counter()
    now = generate(path, folder, engine, run_seed=1)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    assert len(now.done) == count, f"{count - len(now.done)} requests were not answered"
    engine.close()
    return [engine.name, count, 1000 * cpu / count, 1000 * wall / count]


def main() -> int:
    """Measure all engines; gives the exit code."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--requests", type=int, default=20_000)
    count = words.parse_args().requests
    print(machine())
    with TemporaryDirectory() as temporary, server() as url:
        folder = Path(temporary)
        write_requests(folder / "requests.jsonl", requests(count))
        engines: list[Callable[[], Engine]] = [
            AtOnce, lambda: Several(AtOnce(), [""]), lambda: OpenAI(url, "tiny"),
        ]  # fmt: skip
        rows = [
            measure(made(), folder / "requests.jsonl", folder / str(number), count)
            for number, made in enumerate(engines)
        ]
    for row, name in zip(rows, ["at once", "own process", "over HTTP"], strict=True):
        row[0] = name
    print_table(["engine", "requests", "CPU ms", "wall ms"], rows)
    good = [
        holds(f"CPU ms a request, {row[0]}", float(str(row[2])), BAR_MS, at_most=True)
        for row in rows
    ]
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
