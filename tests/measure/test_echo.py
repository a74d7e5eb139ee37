"""What an answer copies from its prompt, against a search for every gram."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmx_data.kernels.echo import echoes
from llmx_data.measure import Texts

ASKED = "デリカテッセンで見かける豚肉製品を四つ挙げてください。"
TABLE = [
    (ASKED, ASKED, (27, 27, 27)),
    (ASKED, "はい。" + ASKED, (27, 27, 27)),
    (ASKED, "豚肉製品を四つ挙げます。", (9, 9, 0)),
    (ASKED, "ハム、ベーコン、ソーセージ、リエットです。", (0, 0, 0)),
    ("質問です。" + ASKED, ASKED, (27, 27, 0)),
    ("短い", "短い", (0, 0, 0)),
    (ASKED, "", (0, 0, 0)),
]


def found(prompts: list[str], answers: list[str], run: int) -> list[tuple[int, ...]]:
    sides = [Texts(pl.Series(side, dtype=pl.String)).points for side in (prompts, answers)]
    return [tuple(row) for row in echoes(*sides, run=run).tolist()]


@pytest.mark.parametrize(("prompt", "answer", "counts"), TABLE)
def test_echo(prompt: str, answer: str, counts: tuple[int, int, int]) -> None:
    assert found(["別の文。" * 9, prompt], ["無関係", answer], 8)[1] == counts


def slow(prompt: str, answer: str, run: int) -> tuple[int, int, int]:
    """Mark the characters of every gram the prompt holds; look for ever longer beginnings."""
    hits = [answer[i : i + run] in prompt for i in range(len(answer) - run + 1)]
    marked = {i + k for i, hit in enumerate(hits) if hit for k in range(run)}
    longest = length = 0
    for hit in hits:
        length = (length + 1 if length else run) if hit else 0
        longest = max(longest, length)
    sizes = [n for n in range(run, len(prompt) + 1) if prompt[:n] in answer]
    return len(marked), longest, max(sizes, default=0)


SIDES = st.tuples(st.text("あいう", max_size=30), st.text("あいう", max_size=30))


@settings(max_examples=300, deadline=None)
@given(st.lists(SIDES, max_size=4), st.integers(1, 5))
def test_as_the_slow_way(pairs: list[tuple[str, str]], run: int) -> None:
    prompts, answers = [p for p, _ in pairs], [a for _, a in pairs]
    assert found(prompts, answers, run) == [slow(p, a, run) for p, a in pairs]
