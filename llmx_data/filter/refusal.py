"""Drop answers that refuse."""

from __future__ import annotations

from collections.abc import Iterator

from llmx_data.filter import Filter, Need, On, Reason, above


class Refusal(Filter):
    """Refusals and hedges of an assistant; apologies between people stay.

    Reason: refusal. A refusal may be the right answer to an unsafe prompt: keep a set of safety
    answers out of this filter (`only`).
    """

    on: On = "answer"
    """The assistant's side."""
    max_openings: int | None = 0
    """Paragraphs that begin with a refusal. Ours."""
    max_phrases: int | None = 0
    """Refusing phrases in a short answer. Ours."""
    short_chars: int = 120
    """Longest answer in which a phrase alone is a refusal. Ours: a refusal and a reason for it."""

    def needs(self) -> list[Need]:
        """Ask for both counts."""
        return [Need("refusal", {"short_chars": self.short_chars})]

    def reasons(self) -> Iterator[Reason]:
        """Judge openings anywhere, phrases in short answers."""
        yield from above("refusal", "refusal_openings_count", self.max_openings)
        yield from above("refusal", "refusal_phrases_count", self.max_phrases)
