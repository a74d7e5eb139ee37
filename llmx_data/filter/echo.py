"""Drop answers that repeat their prompt."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import polars as pl

from llmx_data.filter import Filter, Need, Reason, Share

COURTESY_CHARS = 60
"""Longest prompt that is taken for thanks or a farewell where it holds one. Ours."""


class Echo(Filter):
    """The answer is the prompt again, from its beginning; the last exchange is judged.

    An answer that copies a passage after the question quotes it and stays: an echo begins as the
    prompt does. Thanks and farewells returned in the same words stay. Reason: echo.
    """

    on: Literal["pair"] = "pair"
    """The last answer, and the user's turn before it."""
    min_share: Share | None = 0.8
    """Share of the answer from which its copying is an echo, 0..1. Ours, by reading."""
    min_chars: int = 30
    """Characters from which an answer is judged: shorter ones repeat a name or a choice. Ours."""
    min_leading: int = 40
    """Characters of the prompt's beginning that an echo holds; a shorter prompt whole. Ours."""

    def needs(self) -> list[Need]:
        """Ask for what is copied."""
        return [Need("echo")]

    def reasons(self) -> Iterator[Reason]:
        """Judge share, length, beginning and courtesy together."""
        if self.min_share is None:
            return
        share = pl.col("echo_share")
        leading = pl.min_horizontal("echo_prompt_chars", pl.lit(self.min_leading))
        begins = (pl.col("echo_leading_chars") > 0) & (pl.col("echo_leading_chars") >= leading)
        curt = pl.col("echo_prompt_chars") > COURTESY_CHARS
        curt |= pl.col("echo_courtesies_count") == 0
        bad = (share >= self.min_share) & (pl.col("echo_answer_chars") >= self.min_chars) & begins
        yield Reason("echo", bad & curt, share, self.min_share)
