"""Drop prompts that speak of something that is not there."""

from __future__ import annotations

from collections.abc import Iterator

from llmx_data.filter import Filter, Need, On, Reason, above


class MissingAttachment(Filter):
    """Pictures, files and texts a prompt speaks of and does not hold.

    Reason: missing_attachment. Where pictures lie beside the text, leave this filter out.
    """

    on: On = "prompt"
    """The user's side."""
    max_missing: int | None = 0
    """Things that are missing. Ours, by reading."""

    def needs(self) -> list[Need]:
        """Ask for what is missing."""
        return [Need("missing_attachment")]

    def reasons(self) -> Iterator[Reason]:
        """Any."""
        yield from above("missing_attachment", "missing_attachments_count", self.max_missing)
