"""Keep texts of a sensible length."""

from __future__ import annotations

from collections.abc import Iterator

from llmx_data.filter import Filter, Need, Reason, above, below


class Length(Filter):
    """Length in characters of the normalized text.

    Reasons: too_short, too_long, few_japanese.
    """

    min_chars: int | None = None
    """Fewest characters. Swallow v1: 400 for web pages; a news brief is shorter (ours: 200)."""
    max_chars: int | None = None
    """Most characters. None in every preset: long is not bad."""
    min_japanese: int | None = None
    """Fewest Japanese letters (kana, kanji, 、。，．！？). Swallow v1: 400."""

    def needs(self) -> list[Need]:
        """Character counts."""
        return [Need("chars")]

    def reasons(self) -> Iterator[Reason]:
        """Too short, too long, too little Japanese."""
        yield from below("too_short", "chars_count", self.min_chars)
        yield from above("too_long", "chars_count", self.max_chars)
        yield from below("few_japanese", "japanese_count", self.min_japanese)
