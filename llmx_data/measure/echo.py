"""Echoes: how much of an answer is its own prompt word for word."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import polars as pl
from pydantic import Field

from llmx_data.core.batch import Pairs
from llmx_data.measure import Measure, Texts

COURTESY = (
    r"ありがとうござい|お疲れ[様さ]|おやすみなさい|今後とも|こちらこそ|失礼(?:いた)?します"
    r"|また(?:お話|話し?)|お話(?:でき|し)て(?:よか|良か|楽し|嬉し|うれし)"
)
"""Thanks and farewells, which people return in the same words. Ours, by reading."""

COURTESY_WINDOW = 100
"""Characters of the prompt in which they are looked for; a farewell is no longer. Ours."""


class Echo(Measure):
    """What the last answer copies from the prompt it replies to, both without white space, NFKC.

    Reads pairs (`on: pair`). Gives, null where a record has no prompt or no answer: `echo_chars`
    (UInt32, characters of the answer in runs of at least `run` that the prompt holds), `echo_share`
    (0..1 of the answer, null for an empty one), `echo_leading_chars` (UInt32, longest beginning of
    the prompt that stands anywhere in the answer, 0 below `run`), `echo_prompt_chars` and
    `echo_answer_chars` (UInt32, lengths of the two), `echo_courtesies_count` (UInt32, thanks and
    farewells in the first 100 characters of the prompt).
    Cost: 14 us per 1,000 characters of both. Source: ours.
    """

    cost: ClassVar[float] = 14.0
    reads_pairs: ClassVar[bool] = True
    """Compares a prompt with its answer; a single text says nothing."""

    run: int = Field(12, ge=1)
    """Characters of the shortest run that counts as copied. Ours: shorter ones are set phrases."""

    def gives(self) -> dict[str, pl.DataType]:
        """Three findings, and what they are to be read with."""
        return {
            "echo_chars": pl.UInt32(),
            "echo_share": pl.Float64(),
            "echo_leading_chars": pl.UInt32(),
            "echo_prompt_chars": pl.UInt32(),
            "echo_answer_chars": pl.UInt32(),
            "echo_courtesies_count": pl.UInt32(),
        }

    def measure(self, texts: Texts | Pairs) -> pl.DataFrame:
        """Index each prompt and walk its answer once."""
        from llmx_data.kernels.echo import echoes

        assert isinstance(texts, Pairs), "echo reads pairs, not single texts"
        prompts, answers = texts.prompts.folded, texts.answers.folded
        copied, _, leading = echoes(prompts, answers, run=self.run).T
        there = texts.prompts.series.is_not_null() & texts.answers.series.is_not_null()
        frame = pl.DataFrame(
            {
                "echo_chars": copied,
                "echo_leading_chars": leading,
                "echo_prompt_chars": np.diff(prompts.offsets),
                "echo_answer_chars": np.diff(answers.offsets),
                "echo_courtesies_count": texts.prompts.series.str.slice(
                    0, COURTESY_WINDOW
                ).str.count_matches(COURTESY),
            }
        )
        share = pl.col("echo_chars") / pl.col("echo_answer_chars")
        return (
            frame.with_columns(
                pl.when(pl.col("echo_answer_chars") > 0).then(share.alias("echo_share"))
            )
            .select(pl.col(name).cast(kind) for name, kind in self.gives().items())
            .select(pl.when(there).then(pl.all()))
        )
