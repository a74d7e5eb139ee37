"""Drop texts that end in a loop, and texts of which much is the same sentence again."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from llmx_data.filter import Filter, Need, On, Reason, Share, above


class Loop(Filter):
    """What a generator does that cannot stop.

    Reasons: loop (the end repeats a phrase), duplicate_sentence_chars.
    """

    on: On = "answer"
    """The assistant's side."""
    max_repeats: float | None = 3.0
    """Most copies of the phrase at the end; only together with min_chars. Ours, by reading."""
    min_chars: int = 40
    """Characters from which a repetition is a loop and a text is judged by its sentences: cries and
    laughter are shorter. Ours."""
    max_duplicate_chars_share: Share | None = 0.5
    """Characters in copied sentences, of those in sentences. Ours; Swallow v1: 0.20, for pages."""

    def needs(self) -> list[Need]:
        """Ask for the end, for copies of sentences, and for the length."""
        return [Need("loop"), Need("sentences"), Need("chars")]

    def reasons(self) -> Iterator[Reason]:
        """Judge the end first."""
        for reason in above("loop", "loop_repeats_count", self.max_repeats):
            long = pl.col("loop_chars") >= self.min_chars
            yield Reason(reason.word, reason.bad & long, reason.value, reason.threshold)
        share = self.max_duplicate_chars_share
        for reason in above("duplicate_sentence_chars", "duplicate_sentences_chars_share", share):
            long = pl.col("chars_count") >= self.min_chars
            yield Reason(reason.word, reason.bad & long, reason.value, reason.threshold)
