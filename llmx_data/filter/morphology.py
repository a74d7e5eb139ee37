"""Drop lists, tables and debris by their parts of speech."""

from __future__ import annotations

from collections.abc import Iterator

from llmx_data.filter import Filter, Need, Reason, Share, above, below


class Morphology(Filter):
    """Limits on part-of-speech shares (MeCab, unidic-lite).

    Only the noun limit is on by default. On 74 Wikipedia articles the middle 90 % were: nouns
    .363-.581, particles .167-.297, unknown words .000-.092, symbols .077-.198. The limits proposed
    for the others lie outside of that but are unproven as cuts: look at their drops first.
    """

    max_noun_share: Share | None = 0.8
    """Most nouns allowed, 0..1 of words without symbols. HojiChar's value."""

    min_particle_share: Share | None = None
    """Fewest particles wanted, 0..1 of words. Off; 0.06 is proposed (ours)."""

    max_unknown_share: Share | None = None
    """Most words missing in the dictionary, 0..1 of words. Off; 0.30 is proposed (ours)."""

    max_symbol_share: Share | None = None
    """Most symbols allowed, 0..1 of words. Off; 0.35 is proposed (ours)."""

    gate_hiragana: Share | None = None
    """Judge only texts with less hiragana than this share of characters; MeCab skips the others.

    Off. 0.25 makes the noun limit four times cheaper and misses 1 drop of 40 (measured on 19,862
    documents); the other limits then only see texts poor in hiragana.
    """

    def needs(self) -> list[Need]:
        """Ask for parts of speech, gated if so wished."""
        gated = self.gate_hiragana is not None
        return [Need("morphology", {"gate_hiragana": self.gate_hiragana} if gated else {})]

    def reasons(self) -> Iterator[Reason]:
        """Yield too_many_nouns, too_few_particles, too_many_unknown_words, too_many_symbols."""
        yield from above("too_many_nouns", "noun_share", self.max_noun_share)
        yield from below("too_few_particles", "particle_share", self.min_particle_share)
        yield from above("too_many_unknown_words", "unknown_share", self.max_unknown_share)
        yield from above("too_many_symbols", "symbol_share", self.max_symbol_share)
