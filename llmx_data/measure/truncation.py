"""Texts that stop in the middle: at a comma, a particle, an open bracket, an empty list item."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from llmx_data.measure import Measure, Texts

TAIL_CHARS = 300
"""Characters looked at, from the end. Ours: three lines of prose."""

BRACKETS = ("「」", "『』", "（）", "()", "【】", "〈〉", "《》")

_LISTED = r"\n[ \t]*(?:[-*+・•●]|[0-9０-９]{1,3}[.．)）:：]|[①-⑳])"

CUT = (
    r"[^、，,。\s][、，,]$|[「『（【〈《:：]$",
    r".(?:および|または|ならびに|かつ|つまり|しかし|そして|例えば|たとえば)$",
    rf"{_LISTED}\s*$",
    r"。[^。！？!?\n」』）)…♪☆★]{6,}[をへっ]$",
    r"。[^。\n]{5,}。[^。\n]{5,}。[^。！？!?\n」』）)…♪☆★]{8,}[をはにへがのとでてしりっも]$",
)
"""Ends that no sentence has. Ours: judged by what stands before the end, never by the lack of 。
alone, as chat, titles and lists end without it, nor by 、、, which is an ellipsis in chat.
The last: after three sentences of one paragraph an end on a particle is no style any more."""

FINISHED = r"(?:ね|よ|よね|ねー|よー|ねえ|な|です|ます|ません|ました|でした|しょう|である|だ|たい|か|はい|ええ|うん|るほど|えっ)、$"  # noqa: E501
"""Sentences of chat that end in 、 where 。 is meant; no cut. Ours, by reading."""


class Truncation(Measure):
    """Signs of a text that was cut off, in its last 300 characters.

    Gives (UInt32, null for null): `cut_ends_count` (1 if the end is one of CUT) and
    `open_brackets_count` (brackets that the last line opens and does not close, where the text
    does not end in 。！？, a closing bracket or quote, or the mouth of an emoticon).
    Cost: 4 us per text; 9 us per 1,000 characters of answers of 200 to 2,000. Source: ours.
    """

    cost: ClassVar[float] = 9.0

    def gives(self) -> dict[str, pl.DataType]:
        """Two counts."""
        return {"cut_ends_count": pl.UInt32(), "open_brackets_count": pl.UInt32()}

    def measure(self, texts: Texts) -> pl.DataFrame:
        """Look at the end."""
        tail = (
            texts.series.alias("tail")
            .to_frame()
            .select(
                pl.col("tail")
                .str.slice(-2 * TAIL_CHARS)
                .str.strip_chars_end()
                .str.slice(-TAIL_CHARS)
            )
        )
        line = pl.col("tail").str.extract(r"([^\n]*)$").fill_null("")
        ended = pl.col("tail").str.contains(r"[。．！？!?」』）)】〉》.…♪☆★(\"”]$")
        cut = pl.col("tail").str.contains("|".join(CUT))
        surplus = [(_count(line, pair[0]) - _count(line, pair[1])).clip(0) for pair in BRACKETS]
        return tail.select(
            cut_ends_count=(cut & ~pl.col("tail").str.contains(FINISHED)).cast(pl.UInt32),
            open_brackets_count=pl.when(ended)
            .then(0)
            .otherwise(pl.sum_horizontal(surplus))
            .cast(pl.UInt32),
        ).select(pl.when(texts.series.is_not_null()).then(pl.all()))


def _count(text: pl.Expr, mark: str) -> pl.Expr:
    """Occurrences of a mark."""
    return text.str.count_matches(mark, literal=True).cast(pl.Int64)
