"""What `llmx synth` made: records with their licence, generator, parents and credit, row by row."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from llmx_data.ingest import Kind, Unusable
from llmx_data.ingest.chat import string, turns
from llmx_data.ingest.local import LocalSource

COPIED = ("license_declared", "license_db", "accepted_by", "adaptation", "generator", "origin",
          "attribution", "title", "url", "terms", "parents")  # fmt: skip


class Generated(LocalSource):
    """Rows of store/synth/made/<kind>.jsonl: text or messages, and what each was made of.

    Every row states its licence, worked out from its parents; nothing is taken from the recipe.
    Errors: Unusable for a row without messages (of a document: without text).
    """

    kind: ClassVar[Kind] = "instruction"

    of: Kind = "instruction"
    """Kind of the records."""

    key: str | None = "request_id"
    """Column that identifies a row."""

    def record_kind(self) -> Kind:
        """Kind of every record."""
        return self.of

    def record(self, row: dict[str, Any]) -> dict[str, Any]:
        """Map a row; method, kind of task and the like go into `meta`."""
        if not row.get("license_declared"):
            raise Unusable("a row without license_declared: not made by llmx synth")
        fields: dict[str, Any] = {"adaptation": "generated"}
        if self.of == "document":
            fields["text"] = string(row, "text")
        else:
            fields["messages"] = turns(row.get("messages"), "messages")
        if self.of == "preference":
            fields["rejected"] = turns(row.get("rejected"), "rejected")
        fields |= {name: row[name] for name in COPIED if row.get(name)}
        fields["meta"] = json.dumps(row.get("meta") or {}, ensure_ascii=False, sort_keys=True)
        return fields
