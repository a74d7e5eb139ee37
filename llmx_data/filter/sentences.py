"""Keep texts made of sentences of a sensible length that do not repeat."""

from __future__ import annotations

from collections.abc import Iterator

from llmx_data.filter import Filter, Need, Reason, Share, above, below


class Sentences(Filter):
    """Sentence lengths and copies.

    Reasons: short_sentences, long_sentences, overlong_sentence, duplicate_sentences,
    duplicate_sentence_chars, ellipsis_sentences.
    """

    min_mean_chars: float | None = None
    """Mean sentence length. Swallow v1: 20; ours for news: 15."""
    max_mean_chars: float | None = None
    """Mean sentence length. Swallow v1: 90; ours for news: 120."""
    max_max_chars: float | None = None
    """Longest sentence. Swallow v1: 200; it was the most frequent single killer of mC4 pages."""
    max_duplicate_share: Share | None = None
    """Copies of earlier sentences. Swallow v1: 0.30."""
    max_duplicate_chars_share: Share | None = None
    """Characters in copied sentences. Swallow v1: 0.20."""
    max_ellipsis_share: Share | None = None
    """Sentences that end in ・ or …. Swallow v1: 0.20."""

    def needs(self) -> list[Need]:
        """Sentence counts."""
        return [Need("sentences")]

    def reasons(self) -> Iterator[Reason]:
        """Length, copies, trailing off."""
        yield from below("short_sentences", "sentence_mean_chars", self.min_mean_chars)
        yield from above("long_sentences", "sentence_mean_chars", self.max_mean_chars)
        yield from above("overlong_sentence", "sentence_max_chars", self.max_max_chars)
        yield from above(
            "duplicate_sentences", "duplicate_sentences_share", self.max_duplicate_share
        )
        yield from above(
            "duplicate_sentence_chars",
            "duplicate_sentences_chars_share",
            self.max_duplicate_chars_share,
        )
        yield from above("ellipsis_sentences", "ellipsis_sentences_share", self.max_ellipsis_share)
