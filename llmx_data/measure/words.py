"""Hits of a word list, with the edges of katakana and Latin words respected."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import ClassVar

import polars as pl
from pydantic import Field

from llmx_data.measure import Measure, Texts

JAPANESE = ("hiragana", "katakana", "kanji", "kanji_simplified", "kanji_astral", "kuten", "toten")
"""Swallow's Japanese letters, as classes of `kernels/chars.py`."""


class Words(Measure):
    """Hits of the words in a file (one per line, `#` opens a comment), matched after NFKC.

    Gives: `<name>_hits_count`, leftmost longest hits that do not begin or end inside of a longer
    katakana or Latin word; `<name>_chars_share`, characters in hits per Japanese letter (Swallow's
    NG rule), null where there is none. Case is kept. The list's content enters the key.
    Cost: about 25 us per 1,000 characters with 1,467 words.
    """

    cost: ClassVar[float] = 25.0
    files: ClassVar[tuple[str, ...]] = ("path",)

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    """Name of the list: the beginning of its columns."""

    path: str
    """The list, told from the recipe's folder."""

    min_chars: int = 2
    """Shorter words of the list are ignored (ours: one character is no word in running text)."""

    @cached_property
    def words(self) -> list[str]:
        """Words of the list, longest first."""
        from llmx_data.kernels.words import read_words

        return read_words(Path(self.path), min_chars=self.min_chars)

    def gives(self) -> dict[str, pl.DataType]:
        """Hits and their share."""
        return {f"{self.name}_hits_count": pl.UInt32(), f"{self.name}_chars_share": pl.Float64()}

    def measure(self, texts: Texts) -> pl.DataFrame:
        """Count hits and their characters."""
        from llmx_data.kernels.chars import CLASSES
        from llmx_data.kernels.words import find_words

        hits = find_words(texts, self.words)
        chars = (pl.col("end") - pl.col("start")).sum()
        counts = hits.group_by("row").agg(hits=pl.len(), chars=chars)
        rows = pl.DataFrame({"row": pl.int_range(len(texts), dtype=pl.UInt32, eager=True)})
        every = rows.join(counts, on="row", how="left", maintain_order="left").fill_null(0)
        columns = [CLASSES.index(name) for name in JAPANESE]
        letters = pl.Series(texts.classes[:, columns].sum(axis=1))
        share = every["chars"] / letters
        return every.select(
            pl.col("hits").cast(pl.UInt32).alias(f"{self.name}_hits_count"),
            pl.when(letters > 0).then(share).alias(f"{self.name}_chars_share"),
        )
