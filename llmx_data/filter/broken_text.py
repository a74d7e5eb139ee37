"""Drop texts that hold half characters or control characters."""

from __future__ import annotations

from collections.abc import Iterator

from llmx_data.filter import Filter, Need, Reason, above


class BrokenText(Filter):
    """Characters that no one writes: a generator that breaks off inside a character, or bad bytes.

    Reasons: broken_text.
    """

    max_replacements: int | None = 0
    """Most replacement characters (U+FFFD). Ours: 0 of 62,829 answers by people hold one."""
    max_controls: int | None = 0
    """Most control characters, tab and line ends aside. Ours: 0 of the same answers."""

    def needs(self) -> list[Need]:
        """Ask for the counts."""
        return [Need("broken_text")]

    def reasons(self) -> Iterator[Reason]:
        """Each kind."""
        yield from above("broken_text", "replacement_chars_count", self.max_replacements)
        yield from above("broken_text", "control_chars_count", self.max_controls)
