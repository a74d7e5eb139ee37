"""Signs of broken text: replacement characters, and control characters that no text has."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from llmx_data.measure import Measure, Texts


class BrokenText(Measure):
    """Characters that only faults leave: half a character decoded, bytes that are no text.

    Gives (UInt32): `replacement_chars_count` (U+FFFD), `control_chars_count` (C0 and C1 controls
    but tab and line ends, and noncharacters such as U+FFFF). Null for null.
    Cost: 2 us per 1,000 characters. Source: Unicode, chapters 23.1, 23.7 and 23.8.
    """

    cost: ClassVar[float] = 2.0

    def gives(self) -> dict[str, pl.DataType]:
        """Columns of the result."""
        return dict.fromkeys(("replacement_chars_count", "control_chars_count"), pl.UInt32())

    def measure(self, texts: Texts) -> pl.DataFrame:
        """Count both in one pass."""
        from llmx_data.kernels.broken import broken_chars

        replaced, controls = broken_chars(texts.points).T
        frame = pl.DataFrame({"replacement_chars_count": replaced, "control_chars_count": controls})
        return frame.cast(pl.UInt32).select(pl.when(texts.series.is_not_null()).then(pl.all()))
