"""What an answer copies from its prompt: the kernel against a slow search, and the measure."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmx_data.core.batch import Pairs
from llmx_data.core.parts import find, names
from llmx_data.kernels.echo import echoes
from llmx_data.measure import Measure, Texts
from llmx_data.measure.echo import Echo
from tests.kernels import twins

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


def batch(rows: list[tuple[str | None, str | None]]) -> Pairs:
    return Pairs(*(Texts(pl.Series([row[i] for row in rows], dtype=pl.String)) for i in (0, 1)))


ROWS = [
    (ASKED, ASKED, (27, 1.0, 27, 27, 27, 0)),
    (ASKED, "はい。\n" + ASKED, (27, 0.9, 27, 27, 30, 0)),
    (ASKED, "ハム、ベーコン。", (0, 0.0, 0, 27, 8, 0)),
    (
        "ＡＢＣ １２３ を\n説明してください。",
        "ABC123を説明してください。",
        (16, 1.0, 16, 16, 16, 0),
    ),
    (ASKED, "", (0, None, 0, 27, 0, 0)),
    ("お疲れ様でした。またお話ししましょう。", "はい。", (0, 0.0, 0, 19, 3, 2)),
    ("", ASKED, (0, 0.0, 0, 0, 27, 0)),
    (None, ASKED, (None,) * 6),
    (ASKED, None, (None,) * 6),
    (None, None, (None,) * 6),
]


def test_the_measure_reads_folded_pairs_and_gives_null_without_sides() -> None:
    frame = Echo().measure(batch([row[:2] for row in ROWS]))
    assert dict(frame.schema) == Echo().gives()
    assert frame.rows() == [row[2] for row in ROWS]
    assert Echo().measure(batch([])).height == 0
    alone = [Echo().measure(batch([row[:2]])) for row in ROWS]
    assert frame.equals(pl.concat(alone))
    assert Echo(run=28).measure(batch([(ASKED, ASKED)]))["echo_chars"].to_list() == [0]


def test_every_measure_is_given_what_it_reads_and_refuses_the_other(tmp_path: Path) -> None:
    """Walk the room: one measure reads pairs; none takes a pair for texts or texts for a pair."""
    (tmp_path / "list.txt").write_text("猫\n", encoding="utf-8")
    (tmp_path / "list.jsonl").write_text('{"text": "猫"}\n', encoding="utf-8")
    needed = {"words": {"name": "w", "path": str(tmp_path / "list.txt")}}
    needed["copied_source"] = {"path": str(tmp_path / "list.jsonl")}
    needed["classifier"] = {"name": "w", "model": "none.bin"}
    texts = Texts(twins.series([ASKED, None, ""]))
    pairs = Pairs(texts, texts)
    read: dict[bool, list[str]] = {True: [], False: []}
    for name in names("measure"):
        kind: Any = find("measure", name, Path())
        measure: Measure = kind.model_validate(needed.get(name, {}))
        of_pairs = getattr(kind, "reads_pairs", False)
        right, wrong = (pairs, texts) if of_pairs else (texts, pairs)
        if name != "classifier":  # has no model here; what it refuses needs none
            frame = measure.measure(right)  # type: ignore[arg-type]
            assert dict(frame.schema) == measure.gives(), name
        with pytest.raises((AssertionError, AttributeError)):
            measure.measure(wrong)  # type: ignore[arg-type]
        read[of_pairs].append(name)
    assert read[True] == ["echo"]
    assert len(read[False]) >= 19
