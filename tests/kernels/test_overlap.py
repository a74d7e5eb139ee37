"""Shared grams: against a slow twin, with evidence, and saved and loaded."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmx_data.kernels.overlap import MAX_ITEMS, GramIndex, index, probe
from llmx_data.kernels.text import Texts

LONG = "電子機器で使用される最も主要な電子回路基板の事をなんと言うか、次の中から一つ選びなさい。"
SHORT = "田んぼが広がる風景を何という？"
QUESTIONS = [("csqa#0", LONG), ("csqa#1", SHORT), ("csqa#2", "何？")]


def run(texts: list[str | None], questions: list[tuple[str, str]] = QUESTIONS) -> pl.DataFrame:
    return probe(Texts(pl.Series(texts, dtype=pl.String)), index(questions))


def twin(text: str, question: str) -> tuple[int, int]:
    """Count distinct shared grams and grams, with sets of strings."""
    a, q = ("".join(unicodedata.normalize("NFKC", t).split()) for t in (text, question))
    n = 13 if len(q) >= 26 else 8
    grams = {q[i : i + n] for i in range(len(q) - n + 1)}
    return len(grams & {a[i : i + n] for i in range(len(a) - n + 1)}), len(grams)


@pytest.mark.parametrize(
    ("text", "evaluation", "share"),
    [
        (f"前文。{LONG}答えは掲示板。", "csqa#0", 1.0),
        ("田んぼが広がる\n　風景を何という？", "csqa#1", 1.0),
        ("ﾃﾞﾝｼ 田んぼが広がる風景を何と言うか。", "csqa#1", 5 / 8),
        (LONG[:20], "csqa#0", 8 / 32),
    ],
)
def test_found_with_evidence(text: str, evaluation: str, share: float) -> None:
    (hit,) = run(["図書館が開館した。", None, text]).to_dicts()
    assert (hit["row"], hit["evaluation"], hit["share"]) == (2, evaluation, share)
    assert hit["example"] in "".join(unicodedata.normalize("NFKC", text).split())
    assert len(hit["example"]) >= 8


@pytest.mark.parametrize("text", ["", "何？", "😀", LONG[:12], "田んぼが広がる景色を何といいます"])
def test_kept(text: str) -> None:
    assert run([text]).height == 0


def test_example_is_the_longest_run() -> None:
    (hit,) = run([LONG[:14] + "…" + LONG[10:30] + "…" + SHORT[:4]]).to_dicts()
    assert hit["example"] == LONG[10:30]
    assert hit["hits_count"] == 2 + 8


def test_best_item_first_and_several_rows() -> None:
    rows = run([LONG[:14] + SHORT, SHORT]).select("row", "evaluation").rows()
    assert rows == [(0, "csqa#1"), (0, "csqa#0"), (1, "csqa#1")]


def test_boilerplate_is_not_indexed() -> None:
    phrase = "次のうち正しいものはどれですか。"
    many = [(f"q#{i}", chr(0x4E00 + i) * 9 + phrase) for i in range(MAX_ITEMS + 1)]
    assert run([phrase], many[:MAX_ITEMS]).height == MAX_ITEMS
    assert run([phrase], many).height == 0


@settings(max_examples=150, deadline=None)
@given(st.text("あいう１ \n", max_size=60), st.text("あいう１ \n", max_size=40))
def test_agrees_with_the_twin(text: str, question: str) -> None:
    shared, grams = twin(text, question)
    rows = run([text], [("q", question)]).select("hits_count", "grams_count").rows()
    assert rows == ([(shared, grams)] if shared else [])


def test_saved_and_loaded(tmp_path: Path) -> None:
    grams = index(QUESTIONS)
    grams.save(tmp_path / "a.npz")
    index(QUESTIONS).save(tmp_path / "b.npz")
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    loaded = GramIndex.load(tmp_path / "a.npz")
    assert loaded.key == grams.key != index(QUESTIONS[:2]).key
    texts = Texts(pl.Series([LONG + SHORT]))
    assert probe(texts, loaded).equals(probe(texts, grams))


def test_an_empty_index_finds_nothing() -> None:
    assert run([LONG], []).rows() == []
