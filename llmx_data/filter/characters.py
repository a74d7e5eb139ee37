"""Keep texts whose characters look like Japanese prose."""

from __future__ import annotations

from collections.abc import Iterator

from llmx_data.filter import Filter, Need, Reason, Share, above, below


class Characters(Filter):
    """Shares of character classes.

    Reasons: low_japanese, low_hiragana, low_kana, high_katakana, high_symbols, high_digits,
    high_latin.
    """

    min_japanese_share: Share | None = None
    """Japanese letters of all characters. Swallow v1: 0.5."""
    min_hiragana_share: Share | None = None
    """Hiragana of the Japanese letters. Swallow v1: 0.2; Ozaki and uzushio: 0.1."""
    min_kana_share: Share | None = None
    """Kana of the characters that are not white space. Ours, for answers."""
    max_katakana_share: Share | None = None
    """Katakana of the Japanese letters. Swallow v1: 0.5."""
    max_symbol_share: Share | None = None
    """Symbols of the characters that are not white space. Ours."""
    max_digit_share: Share | None = None
    """Digits of the characters that are not white space. Ours."""
    max_latin_share: Share | None = None
    """Latin letters of the characters that are not white space. Ours."""

    def needs(self) -> list[Need]:
        """Character classes."""
        return [Need("chars")]

    def reasons(self) -> Iterator[Reason]:
        """Too little of what prose has, too much of what lists have."""
        yield from below("low_japanese", "japanese_share", self.min_japanese_share)
        yield from below("low_hiragana", "hiragana_share", self.min_hiragana_share)
        yield from below("low_kana", "kana_share", self.min_kana_share)
        yield from above("high_katakana", "katakana_share", self.max_katakana_share)
        yield from above("high_symbols", "symbol_chars_share", self.max_symbol_share)
        yield from above("high_digits", "digit_share", self.max_digit_share)
        yield from above("high_latin", "latin_share", self.max_latin_share)
