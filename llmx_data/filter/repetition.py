"""Keep texts that do not say the same thing over and over."""

from __future__ import annotations

from collections.abc import Iterator

from llmx_data.filter import Filter, Need, Reason, Share, above


class Repetition(Filter):
    """Character n-grams, type-based as in Swallow's code.

    Reasons: top_ngram, repeated_ngrams. `min_chars` leaves short texts alone, where one repeated
    name is a large share.
    """

    max_top2: Share | None = None
    """Occurrences of the most frequent 2-gram. Swallow v1: 0.20."""
    max_top3: Share | None = None
    """Of the most frequent 3-gram. Swallow v1: 0.18."""
    max_top4: Share | None = None
    """Of the most frequent 4-gram. Swallow v1: 0.16."""
    max_dup5: Share | None = None
    """Repeated 5-grams of all different ones. Swallow v1: 0.15."""
    max_dup6: Share | None = None
    """Swallow v1: 0.14."""
    max_dup7: Share | None = None
    """Swallow v1: 0.13."""
    max_dup8: Share | None = None
    """Swallow v1: 0.12."""
    max_dup9: Share | None = None
    """Swallow v1: 0.11."""
    max_dup10: Share | None = None
    """Swallow v1: 0.10."""
    min_chars: int = 0
    """Texts shorter than this are not judged."""

    def needs(self) -> list[Need]:
        """N-gram shares, and the length if short texts are left alone."""
        return [Need("repetition"), *([Need("chars")] if self.min_chars else [])]

    def reasons(self) -> Iterator[Reason]:
        """Yield the most frequent n-gram, then repeated ones."""
        for n in (2, 3, 4):
            yield from self._judged("top_ngram", f"top{n}gram_share", getattr(self, f"max_top{n}"))
        for n in range(5, 11):
            yield from self._judged(
                "repeated_ngrams", f"dup{n}gram_share", getattr(self, f"max_dup{n}")
            )

    def _judged(self, word: str, column: str, limit: float | None) -> Iterator[Reason]:
        import polars as pl

        for reason in above(word, column, limit):
            if not self.min_chars:
                yield reason
            else:
                long = pl.col("chars_count") >= self.min_chars
                yield Reason(word, reason.bad & long, reason.value, reason.threshold)
