"""Keep texts that compress neither too well (repetition) nor too badly (noise)."""

from __future__ import annotations

from collections.abc import Iterator

from llmx_data.filter import Filter, Need, Reason, above, below


class Compression(Filter):
    """zlib level 9 ratio of the UTF-8 text, which depends on its length.

    Reasons: compresses_well, compresses_badly.
    """

    min_ratio: float | None = 0.30
    """llm-jp-corpus v1: 0.30; strict 0.375."""
    max_ratio: float | None = 0.70
    """llm-jp-corpus v1: 0.70. Clean texts under 160 characters exceed it."""

    def needs(self) -> list[Need]:
        """Name the ratio."""
        return [Need("compression")]

    def reasons(self) -> Iterator[Reason]:
        """Both ends."""
        yield from below("compresses_well", "zlib_ratio", self.min_ratio)
        yield from above("compresses_badly", "zlib_ratio", self.max_ratio)
