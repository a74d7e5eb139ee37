"""Keep texts whose lines are not copies, stubs or teasers."""

from __future__ import annotations

from collections.abc import Iterator

from llmx_data.filter import Filter, Need, Reason, Share, above, below


class Lines(Filter):
    """Shares of lines.

    Reasons: duplicate_lines, duplicate_line_chars, short_lines, ellipsis_lines,
    unpunctuated_lines, bullet_lines.
    """

    max_duplicate_share: Share | None = None
    """Copies of earlier lines, blank ones counted as Swallow does. Swallow v1: 0.30."""
    max_duplicate_filled_share: Share | None = None
    """Copies of earlier lines among those that are not blank. FineWeb-2 ja: 0.328."""
    max_duplicate_chars_share: Share | None = None
    """Characters in copied lines. Swallow v1: 0.20."""
    max_short_share: Share | None = None
    """Lines of at most 10 characters. HojiChar: 0.5."""
    max_ellipsis_share: Share | None = None
    """Lines that trail off. HojiChar: 0.7; Ozaki with 続きを読む: 0.2."""
    min_punctuated_share: Share | None = None
    """Lines that end in a mark. FineWeb-2 ja: 0.096."""
    max_bullet_share: Share | None = None
    """Lines that begin with a list mark. Gopher: 0.9."""

    def needs(self) -> list[Need]:
        """Line shares."""
        return [Need("lines")]

    def reasons(self) -> Iterator[Reason]:
        """Yield copies, stubs, teasers, lists."""
        yield from above("duplicate_lines", "duplicate_lines_share", self.max_duplicate_share)
        yield from above(
            "duplicate_lines", "duplicate_filled_lines_share", self.max_duplicate_filled_share
        )
        yield from above(
            "duplicate_line_chars", "duplicate_lines_chars_share", self.max_duplicate_chars_share
        )
        yield from above("short_lines", "short_lines_share", self.max_short_share)
        yield from above("ellipsis_lines", "ellipsis_lines_share", self.max_ellipsis_share)
        yield from below("unpunctuated_lines", "punctuated_lines_share", self.min_punctuated_share)
        yield from above("bullet_lines", "bullet_lines_share", self.max_bullet_share)
