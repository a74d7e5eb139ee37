"""Tengentoppa-sft-v1.0 (DeL-TaiseiOzaki): sixteen or so instruction sets merged into one array."""

from __future__ import annotations

from typing import Any, ClassVar

from llmx_data.ingest import Kind
from llmx_data.ingest.chat import COLUMNS, pair
from llmx_data.ingest.local import LocalSource, extra_fields


class Tengentoppa(LocalSource):
    """Rows of instruction, input and output (`processed_dataset.json`); any of them may be null.

    A row without an answer, or without both instruction and input, is unreadable. No column says
    from which set a row comes, and the sets differ in licence: find out the origins before
    publishing. Errors: as `files`.
    """

    catalogue: ClassVar[str | None] = "Tengentoppa-sft-v1.0"
    kind: ClassVar[Kind] = "instruction"

    def record(self, row: dict[str, Any]) -> dict[str, Any]:
        """Instruction with its input below, and the answer."""
        where = COLUMNS["alpaca"]
        messages = pair(row, where, declared=where)
        return {"messages": messages} | extra_fields(row, {}, {*where.values(), self.key or ""})
