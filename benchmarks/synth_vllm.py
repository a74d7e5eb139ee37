"""Claim: our vllm engine, ledger included, keeps 0.9 of vllm's own tokens a second; else exit 1.

Run: .venv-vllm/bin/python benchmarks/synth_vllm.py [--requests 512] (make test-vllm makes it)

The same requests, of 16 to 112 tokens of answer, once through `generate` in chunks of four times
what runs at once, with an fsync every 64 answers, and once in a single call of `LLM.chat`: same
model object, cold prefix cache, in turns. The median of five pairs. On a processor, with a random
model of 3 million parameters: it shows what chunks and the ledger cost, not how fast a GPU is.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from measure import ROOT, cannot_run, holds, machine, print_table

sys.path.insert(0, str(ROOT))

from llmx_data.synth.engines import Try
from llmx_data.synth.engines.vllm import Vllm, VllmOptions, drawn
from llmx_data.synth.generate import generate, write_requests
from llmx_data.synth.ledger import responses
from llmx_data.synth.requests import Generator, Request, Sampling
from tests.vllm import tiny

BAR, PAIRS, AT_ONCE = 0.9, 5, 64


def requests(count: int) -> list[Request]:
    """Make requests whose answers differ in length, as those of people do."""
    draw = random.Random(1)
    return [
        Request(
            "answer", "t", "00", ({"role": "user", "content": f"次の質問に答えてください。{n}"},),
            Sampling(draw.randint(16, 112)), Generator("tiny"),
        )
        for n in range(count)
    ]  # fmt: skip


def ours(engine: Vllm, path: Path, folder: Path) -> int:
    """Give the tokens of a whole run; answers that are cut off are not asked for again here."""
    generate(path, folder, engine, run_seed=1, attempts=1)
    return sum(response.tokens_out for response in responses(folder))


def straight(llm: Any, some: list[Request]) -> int:
    """Give the tokens of one call."""
    tries = [Try(one, 0, one.seed(1), one.sampling.max_tokens) for one in some]
    chats = [[dict(message) for message in one.messages] for one in some]
    outputs = llm.chat(chats, [drawn(one) for one in tries], use_tqdm=False)
    return sum(len(output.outputs[0].token_ids) for output in outputs)


def rate(llm: Any, work: Callable[[], int]) -> tuple[int, float]:
    """Tokens, and tokens a second of wall time."""
    llm.reset_prefix_cache()
    began = time.perf_counter()
    tokens = work()
    return tokens, tokens / (time.perf_counter() - began)


def pairs(engine: Vllm, some: list[Request], folder: Path) -> list[list[object]]:
    """Rows of the table, one per pair."""
    llm, rows = engine._llm(), []
    path = folder / "requests.jsonl"
    write_requests(path, some)
    straight(llm, some[:AT_ONCE])
    for number in range(PAIRS):
        works = [
            lambda number=number: ours(engine, path, folder / str(number)),
            lambda: straight(llm, some),
        ]
        order = [0, 1] if number % 2 == 0 else [1, 0]
        found = {which: rate(llm, works[which]) for which in order}
        assert found[0][0] == found[1][0], "the same seeds gave other answers"
        ratio = found[0][1] / found[1][1]
        rows.append([f"pair {number + 1}", found[0][0], found[0][1], found[1][1], ratio])
    return rows


def main() -> int:
    """Measure pairs; gives the exit code."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--requests", type=int, default=512)
    count = words.parse_args().requests
    if find_spec("vllm") is None:
        cannot_run("vllm is not installed here: make test-vllm, then run it with .venv-vllm")
    os.environ.update(tiny.ENVIRONMENT)
    tiny.befriend_numba()
    print(machine())
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        model = tiny.model(folder / "model", layers=4, heads=8)
        options = VllmOptions(**tiny.OPTIONS | {"max_num_seqs": AT_ONCE})
        engine = Vllm(str(model), options)
        rows = pairs(engine, requests(count), folder)
        print(engine.name)
        engine.close()
    print_table(["", "tokens", "ours, tokens/s", "LLM.chat, tokens/s", "ratio"], rows)
    good = holds("share of vllm's own rate", median(float(str(row[4])) for row in rows), BAR)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
