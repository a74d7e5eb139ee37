"""Drop answers that copy from documents that somebody else owns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pydantic import Field

from llmx_data.filter import Filter, Need, On, Reason, above


class CopiedSource(Filter):
    """Long runs that stand word for word in other people's documents.

    Reason: copied_source. Name documents that somebody else owns. An answer that quotes the passage
    its own prompt brings (reading comprehension) is no copy of theirs: leave those documents out of
    `path`, or those records out of the step with `only`.
    """

    files: ClassVar[tuple[str, ...]] = ("path",)
    folders: ClassVar[tuple[str, ...]] = ("path",)

    on: On = "answer"
    """The assistant's side."""
    path: str
    """The documents: .parquet, .jsonl or .jsonl.zst with a column `text`, or a folder of such, told
    from the recipe's folder. The `dataset/` of a run is one."""
    max_copied_chars: int | None = Field(49, ge=15)
    """Most characters in a row that a document has too, white space aside. Ours."""

    def needs(self) -> list[Need]:
        """Ask for the longest run, and for none that may stay."""
        run = {} if self.max_copied_chars is None else {"run": self.max_copied_chars + 1}
        return [Need("copied_source", {"path": self.path} | run)]

    def reasons(self) -> Iterator[Reason]:
        """Judge the longest run."""
        yield from above("copied_source", "copied_chars", self.max_copied_chars)
