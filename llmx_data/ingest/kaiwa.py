"""kaiwa-ai (Tsukuyomi-chan conversation data): a sheet of one or two exchanges per row."""

from __future__ import annotations

from typing import Any, ClassVar

from llmx_data.ingest import Kind, NoColumn, Unusable
from llmx_data.ingest.chat import Messages, optional
from llmx_data.ingest.local import LocalSource, extra_fields

MARKS = ("【A】", "【B】", "【C】", "【D】")
"""How the four columns of a dialogue begin: A speaks, B answers, A again, B again."""


class Kaiwa(LocalSource):
    """Short conversations with a character, from the published sheet as xlsx or csv.

    Row 1 explains, row 2 is the header. A row holds A and B, or A to D; anything else is
    unreadable. Columns are found by their marks 【A】 to 【D】, wherever they stand. The terms ask
    for credit and forbid handing on the original: each user downloads it. Errors: as `files`.
    """

    catalogue: ClassVar[str | None] = "kaiwa-ai"
    kind: ClassVar[Kind] = "conversation"
    fetch: ClassVar[str] = (
        "download the sheet as xlsx or csv from https://tyc.rei-yumesaki.net/material/kaiwa-ai/ "
        "and read its terms"
    )

    skip_rows: int = 1
    """Rows above the header."""

    def settings(self) -> dict[str, Any]:
        """Tell the encoding, and where the header is."""
        return super().settings() | {"skip_rows": self.skip_rows}

    def record(self, row: dict[str, Any]) -> dict[str, Any]:
        """Two or four turns; columns outside the dialogue go to `meta`."""
        found = [next((c for c in row if c.startswith(mark)), None) for mark in MARKS]
        if found[0] is None or found[1] is None:
            raise NoColumn(
                f"no column that begins with {MARKS[0] if found[0] is None else MARKS[1]} (there "
                f"are: {', '.join(row)}); skip_rows says how many rows stand above the header"
            )
        said = [optional(row, column) if column else None for column in found]
        used = {column for column in found if column} | {self.key or ""}
        return {"messages": _exchanges(said)} | extra_fields(row, {}, used)


def _exchanges(said: list[str | None]) -> Messages:
    """Give the turns of a row, which must be A B or A B C D."""
    there = "".join(mark[1] for mark, text in zip(MARKS, said, strict=True) if text is not None)
    if there not in ("AB", "ABCD"):
        raise Unusable(f"only {' and '.join(there) or 'nothing'} filled, wanted A B or A B C D")
    turns = [text for text in said if text is not None]
    roles = ("user", "assistant", "user", "assistant")
    return [{"role": r, "content": t} for r, t in zip(roles, turns, strict=False)]
