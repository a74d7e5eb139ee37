"""Chinese in Japanese text: simplified kanji, and stretches of kanji with Chinese grammar."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from llmx_data.measure import Measure, Texts


class ChineseLeak(Measure):
    """Signs of Chinese, by characters; no model.

    Gives (UInt32): `simplified_kanji_count` (kanji that GB 2312 has and JIS X 0213 has not; those
    quoted in 「」 or 『』 aside),
    `longest_kanji_run_chars` (kanji side by side), `chinese_run_chars` (kanji of the longest
    stretch without kana and Latin letters that holds Chinese grammar: 这, 你, 很, or 我, 的, 是
    close together). Addresses, law titles, 四字熟語 and lists of names are long runs, but no
    Chinese ones. Null for null.
    Cost: 8 us per 1,000 characters. Source: simplified kanji by Python's codecs; the rest is ours.
    """

    cost: ClassVar[float] = 8.0

    def gives(self) -> dict[str, pl.DataType]:
        """Columns of the result."""
        names = ("simplified_kanji_count", "longest_kanji_run_chars", "chinese_run_chars")
        return dict.fromkeys(names, pl.UInt32())

    def measure(self, texts: Texts) -> pl.DataFrame:
        """Find the runs in one pass."""
        from llmx_data.kernels.chinese import RUNS, kanji_runs

        runs = kanji_runs(texts.points)
        columns = {
            "simplified_kanji_count": runs[:, RUNS.index("simplified")],
            "longest_kanji_run_chars": runs[:, RUNS.index("longest_kanji_run")],
            "chinese_run_chars": runs[:, RUNS.index("chinese_run")],
        }
        frame = pl.DataFrame(columns).cast(pl.UInt32)
        return frame.select(pl.when(texts.series.is_not_null()).then(pl.all()))
