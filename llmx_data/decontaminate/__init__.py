"""Decontamination: which records hold questions of evaluation sets, with the evidence."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from llmx_data.kernels.overlap import GramIndex
    from llmx_data.kernels.text import Texts


def index(questions: Iterable[tuple[str, str]], n: int = 13, short_n: int = 8) -> GramIndex:
    """Index (name, question) pairs: `kernels/overlap.py`, imported when needed."""
    from llmx_data.kernels import overlap

    return overlap.index(questions, n=n, short_n=short_n)


def probe(texts: Texts, grams: GramIndex) -> pl.DataFrame:
    """Find the questions that texts share grams with, with the evidence."""
    from llmx_data.kernels import overlap

    return overlap.probe(texts, grams)
