"""Lines: how many, how long, how they begin and end, and how many are copies."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import polars as pl

from llmx_data.measure import Measure, Texts


class Lines(Measure):
    r"""Lines, as pieces of the text between newlines ("\n").

    Gives: `lines_count` (UInt32, blank ones too; 0 for an empty text), `line_mean_chars`,
    `line_max_chars` (UInt32); shares 0..1 of all lines: `blank_lines_share` (white space only),
    `duplicate_lines_share` (copies beyond the first, blank lines too: Swallow); of the characters
    in sentences: `duplicate_lines_chars_share` (Swallow); of the lines that are not blank:
    `duplicate_filled_lines_share`, `short_lines_share`, `ellipsis_lines_share` (end in … ‥ ・ or
    ...), `punctuated_lines_share` (end in 。．！？!?.…」』）), `bullet_lines_share` (begin with a
    list mark). Null for an empty text, and where there is nothing to divide by.
    Cost: 4 us per 1,000 characters.
    Source: Swallow's quality.py (its "paragraphs") for the two; Gopher for ellipsis and bullets,
    HojiChar for short lines, C4 for punctuation, with marks of ours. Swallow counts blank lines as
    copies of each other, so text that sets paragraphs apart by them is full of duplicates:
    duplicate_filled_lines_share is ours and is not.
    """

    cost: ClassVar[float] = 4.0

    short_chars: int = 10
    """Longest short line, in characters without the white space at its ends. HojiChar's value."""

    def gives(self) -> dict[str, pl.DataType]:
        """Columns of the result."""
        of_all = ("blank_lines", "duplicate_lines", "duplicate_lines_chars")
        of_filled = ("duplicate_filled", "short", "ellipsis", "punctuated", "bullet")
        shares = (*of_all, *(f"{name}_lines" for name in of_filled))
        columns: dict[str, pl.DataType] = {"lines_count": pl.UInt32()}
        columns |= {"line_mean_chars": pl.Float64(), "line_max_chars": pl.UInt32()}
        return columns | {f"{name}_share": pl.Float64() for name in shares}

    def measure(self, texts: Texts) -> pl.DataFrame:
        """Count in one pass, then divide."""
        from llmx_data.kernels.lines import LINES, line_counts

        points = texts.points
        counts = line_counts(points, short=self.short_chars)
        frame = pl.from_numpy(counts, schema=list(LINES), orient="row").with_columns(
            chars=np.diff(points.offsets)
        )
        lines = pl.when(pl.col("chars") > 0).then(pl.col("lines"))
        filled = lines - pl.col("blank")
        return frame.select(
            lines_count=lines.fill_null(0).cast(pl.UInt32),
            line_mean_chars=(pl.col("chars") - lines + 1) / lines,
            line_max_chars=pl.when(lines > 0).then("longest").cast(pl.UInt32),
            blank_lines_share=pl.col("blank") / lines,
            duplicate_lines_share=pl.col("duplicates") / lines,
            duplicate_lines_chars_share=pl.col("duplicate_chars") / pl.col("kept_chars"),
            duplicate_filled_lines_share=(pl.col("duplicates") - pl.col("blank_duplicates"))
            / filled,
            short_lines_share=pl.col("short") / filled,
            ellipsis_lines_share=pl.col("ellipsis") / filled,
            punctuated_lines_share=pl.col("punctuated") / filled,
            bullet_lines_share=pl.col("bullets") / filled,
        ).fill_nan(None)
