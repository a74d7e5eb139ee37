"""What `llmx synth` made: answers with their licence, generator, parents and credit, row by row."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from llmx_data.ingest import Kind, Unusable
from llmx_data.ingest.chat import turns
from llmx_data.ingest.local import LocalSource

COPIED = (
    "license_declared", "license_db", "accepted_by", "generator", "origin", "attribution"
)  # fmt: skip
PLAIN = ("title", "url")


class Generated(LocalSource):
    """Rows of store/synth/answers.jsonl: messages, and what each of them was made of.

    Gives: conversations of kind instruction. Every row states its licence, worked out from its
    parents; nothing is taken from the recipe. Errors: Unusable for a row without messages.
    """

    kind: ClassVar[Kind] = "instruction"

    key: str | None = "request_id"
    """Column that identifies a row."""

    def record(self, row: dict[str, Any]) -> dict[str, Any]:
        """Map a row; method, kind of task and wording go into `meta`."""
        if not row.get("license_declared"):
            raise Unusable("a row without license_declared: not made by llmx synth")
        fields: dict[str, Any] = {"messages": turns(row.get("messages"), "messages")}
        fields |= {name: row[name] for name in (*COPIED, *PLAIN) if row.get(name)}
        fields |= {name: row[name] for name in ("terms", "parents") if row.get(name)}
        fields["adaptation"] = "generated"
        fields["meta"] = json.dumps(row.get("meta") or {}, ensure_ascii=False, sort_keys=True)
        return fields
