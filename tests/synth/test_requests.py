"""Requests have ids of their content, seeds of their own, and come back from a file unchanged."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from llmx_data.synth.requests import ID_DIGITS, Generator, Request, Sampling

PLAIN = Request(
    method="answer",
    template="answer-v1",
    template_sha256="ab" * 32,
    messages=({"role": "user", "content": "日本で一番高い山は？"},),
    sampling=Sampling(512, temperature=0.3),
    generator=Generator("qwen2.5-32b", "Qwen/Qwen2.5-32B-Instruct", "5ede1c97bbab6ce5cda5812749b4c0bdf79b18dd"),
    parents=("aa", "bb"),
    facts={"lines": 3},
)  # fmt: skip

OTHERS: list[dict[str, Any]] = [
    {"method": "rewrite"},
    {"template_sha256": "cd" * 32},
    {"messages": ({"role": "user", "content": "日本で一番高い山は?"},)},
    {"sampling": Sampling(512, temperature=0.4)},
    {"generator": Generator("qwen2.5-32b", quantization="awq")},
    {"sample": 1},
    {"schema": {"type": "object"}},
    {"parents": ("bb", "aa")},
]


@pytest.mark.parametrize("change", OTHERS, ids=[next(iter(c)) for c in OTHERS])
def test_what_is_asked_makes_the_id(change: dict[str, Any]) -> None:
    assert replace(PLAIN, **change).id != PLAIN.id


def test_what_is_not_asked_does_not() -> None:
    assert replace(PLAIN, facts={"lines": 4}).id == PLAIN.id
    assert len(PLAIN.id) == ID_DIGITS


def test_a_seed_for_every_attempt() -> None:
    seeds = {PLAIN.seed(1, attempt) for attempt in range(100)}
    assert len(seeds) == 100
    assert all(0 <= seed < 1 << 31 for seed in seeds)
    assert PLAIN.seed(1) == replace(PLAIN, facts={}).seed(1) != PLAIN.seed(2)


def test_a_line_comes_back() -> None:
    line = PLAIN.line()
    assert Request.read(line) == PLAIN
    with pytest.raises(ValueError, match="the file was changed"):
        Request.read(line.replace("高い".encode(), "低い".encode()))


NAMES = [
    (Generator("gpt-oss"), "gpt-oss"),
    (Generator("qwen2.5-32b", revision="5ede1c9"), "qwen2.5-32b@5ede1c9"),
    (Generator("qwen2.5-32b", revision="5ede1c9", quantization="awq"), "qwen2.5-32b@5ede1c9 awq"),
]


@pytest.mark.parametrize(("generator", "name"), NAMES)
def test_a_quantized_model_is_another_generator(generator: Generator, name: str) -> None:
    assert generator.name == name
