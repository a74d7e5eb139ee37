"""CC-News 2024 July-October, cleaned (kajuma): Japanese news pages of Common Crawl."""

from __future__ import annotations

from typing import Any, ClassVar

from llmx_data.ingest.chat import string
from llmx_data.ingest.local import LocalSource, extra_fields


class CcNews(LocalSource):
    """One page per row, from the Parquet or JSON lines files of the hub.

    Only `text` and `charset` are certain columns; `url`, `date`, `docId` and `language` are used
    where they are there. The pages were filtered before (Uzushio: length, hiragana share,
    compression, near duplicates), so web filters take little. The articles carry no licence: the
    hub's odc-by is the database's. Errors: as `files`.
    """

    catalogue: ClassVar[str | None] = "CC-news-2024-July-October-cleaned"

    def record(self, row: dict[str, Any]) -> dict[str, Any]:
        """Text, address and date; charset, language and docId go to `meta`."""
        return {"text": string(row, "text")} | extra_fields(row, {}, {"text", self.key or "text"})
