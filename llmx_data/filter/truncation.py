"""Drop texts that stop in the middle."""

from __future__ import annotations

from collections.abc import Iterator

from llmx_data.filter import Filter, Need, On, Reason, above


class Truncation(Filter):
    """Ends that no sentence has; an end without 。 alone is no reason.

    Reason: truncated.
    """

    on: On = "answer"
    """The assistant's side: its last answer."""
    max_cut_ends: int | None = 0
    """Ends at a comma, a particle or an empty list item. Ours, by reading."""
    max_open_brackets: int | None = 0
    """Brackets left open in the last line. Ours, by reading."""

    def needs(self) -> list[Need]:
        """Signs at the end."""
        return [Need("truncation")]

    def reasons(self) -> Iterator[Reason]:
        """Each sign."""
        yield from above("truncated", "cut_ends_count", self.max_cut_ends)
        yield from above("truncated", "open_brackets_count", self.max_open_brackets)
