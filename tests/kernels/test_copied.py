"""Longest runs that texts copy from documents, against a search for every run."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from llmx_data.kernels.copied import index_documents, longest_copies
from llmx_data.kernels.text import Texts

RUN = 50
TEXT = "".join(chr(0x4E00 + 7 * i % 3001) for i in range(300))


def longest(texts: list[str], documents: list[list[str]], run: int = RUN) -> list[int]:
    blocks = [pl.Series(block, dtype=pl.String) for block in documents]
    folded = Texts(pl.Series(texts, dtype=pl.String)).folded
    return [int(n) for n in longest_copies(folded, index_documents(blocks, run=run))]


def slow(text: str, documents: list[list[str]], run: int) -> int:
    """Look for every piece of the text in every document."""
    every = [document for block in documents for document in block]
    sizes = range(run, len(text) + 1)
    return max(
        (n for n in sizes if any(text[i : i + n] in d for i in range(len(text) - n + 1) for d in every)),
        default=0,
    )  # fmt: skip


@pytest.mark.parametrize("start", range(0, 27))
@pytest.mark.parametrize(("size", "found"), [(49, 0), (50, 50), (51, 51), (120, 120)])
def test_a_run_is_found_wherever_it_begins(start: int, size: int, found: int) -> None:
    copied = "前置き。" + TEXT[start : start + size] + "ここからは別。"
    assert longest(["無関係", copied], [["ほかの文書", TEXT]]) == [0, found]


TABLE = [
    ("whole document", TEXT, [[TEXT]], 300),
    ("its end", "あ" + TEXT[-60:], [[TEXT]], 60),
    ("layout and width are nothing", "１２３" + TEXT[:50] + "\n" + TEXT[50:90], [["123" + TEXT]], 93),
    ("over the border of two documents", TEXT[:80], [[TEXT[:40], TEXT[40:80]]], 0),
    ("over the border of two blocks", TEXT[:80], [[TEXT[:40]], [TEXT[40:80]]], 0),
    ("the longest of several", TEXT[:60] + "。" + TEXT[100:170], [[TEXT[:60], TEXT[90:180]]], 70),
    ("the longest of equal grams", TEXT[:150], [[TEXT[:70], TEXT[:140], TEXT[:90]]], 140),
    ("no document", TEXT, [[]], 0),
    ("no block", TEXT, [], 0),
    ("empty documents", TEXT, [["", "短い"]], 0),
    ("empty text", "", [[TEXT]], 0),
    ("one letter again and again", "ー" * 400, [["ー" * 90]], 90),
    ("beyond the basic plane", "𠮟" * 55, [["𠮟" * 60]], 55),
]  # fmt: skip


@pytest.mark.parametrize(("text", "documents", "found"), [c[1:] for c in TABLE], ids=[c[0] for c in TABLE])  # fmt: skip
def test_runs(text: str, documents: list[list[str]], found: int) -> None:
    assert longest(["別の文。", text], documents) == [0, found]


def test_a_null_document_is_none() -> None:
    blocks = [pl.Series([None, TEXT], dtype=pl.String)]
    copies = index_documents(blocks, run=RUN)
    assert longest_copies(Texts(pl.Series([TEXT])).folded, copies).tolist() == [300]
    assert len(copies.hashes) == len(range(0, 276, 26))
    assert copies.nbytes > 4 * len(copies.text)


SOME = st.lists(st.text("あいう", max_size=40), max_size=4)


@settings(max_examples=300, deadline=None)
@given(SOME, st.lists(SOME, max_size=3), st.integers(2, 9))
@example(["あいうあい"], [["あいうあい"]], 5)
@example(["うああ"], [["ああ", "うあ"]], 2)
def test_as_the_slow_way(texts: list[str], documents: list[list[str]], run: int) -> None:
    assert longest(texts, documents, run) == [slow(text, documents, run) for text in texts]
