"""Drop texts that a word list fills."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pydantic import Field

from llmx_data.filter import Filter, Need, Reason, Share, above


class Words(Filter):
    """Limits on the hits of a word list: adult words, advertisements, anything in a file.

    The reasons carry the name: `<name>_words_dense` and `<name>_words_many`. A single hit says
    little (a list of 1,472 adult words hits half of the clean web), so hits alone are not limited
    by default.
    """

    files: ClassVar[tuple[str, ...]] = ("path",)

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    """Name of the list, for columns and reasons."""

    path: str
    """The list: one word per line, `#` opens a comment; told from the recipe's folder."""

    min_chars: int = 2
    """Shorter words of the list are ignored (ours)."""

    max_chars_share: Share | None = 0.05
    """Most characters in hits per Japanese letter, 0..1. Swallow v1."""

    max_hits: int | None = None
    """Most hits. Off; llm-jp corpus v1 allows 3 for adult words, 10 for advertisements."""

    def needs(self) -> list[Need]:
        """Ask for the hits of this list."""
        options = {"name": self.name, "path": self.path, "min_chars": self.min_chars}
        return [Need("words", options)]

    def reasons(self) -> Iterator[Reason]:
        """Yield <name>_words_dense, <name>_words_many."""
        share, hits = f"{self.name}_chars_share", f"{self.name}_hits_count"
        yield from above(f"{self.name}_words_dense", share, self.max_chars_share)
        yield from above(f"{self.name}_words_many", hits, self.max_hits)
