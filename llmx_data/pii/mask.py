"""Mask personal data: spans of the normalized text and what is published in their place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Literal

import polars as pl
from pydantic import Field

from llmx_data.core.edits import spliced
from llmx_data.core.part import Part

What = Literal["email", "phone", "postal_code", "my_number", "card"]

LABELS: dict[str, str] = {
    "email": "〈メールアドレス〉",
    "phone": "〈電話番号〉",
    "postal_code": "〈郵便番号〉",
    "my_number": "〈個人番号〉",
    "card": "〈カード番号〉",
}

SPANS = {
    "row": pl.UInt32,
    "what": pl.String,
    "field": pl.String,
    "start": pl.UInt32,
    "end": pl.UInt32,
    "replacement": pl.String,
}
"""Columns of the edits, without id and step, which the stage knows."""


class Mask(Part):
    """What to look for and what to do with it."""

    cost: ClassVar[float] = 8.0

    mode: Literal["mask", "drop"] = "mask"
    """`mask` publishes a replacement; `drop` lets the record go (reason `personal_data`)."""

    what: list[What] = Field(default=["email", "phone", "my_number", "card"])
    """Kinds masked. Postal codes name no person by themselves and are left in unless asked for."""

    replacement: Literal["label", "stars", "nothing"] = "label"
    """〈電話番号〉, as many ＊ as characters, or nothing at all."""

    def edits(self, records: pl.DataFrame) -> pl.DataFrame:
        """Edits for records with `text`, `messages` and `rejected`; columns of SPANS.

        `row` is the position in `records`, sorted; `field` is `text` where there are no messages,
        else `messages.<turn>` and `rejected.<turn>`; start and end count code points.
        """
        from llmx_data.kernels.pii import find
        from llmx_data.kernels.text import Texts

        places = _places(records)
        found = find(Texts(places["text"])).filter(pl.col("what").is_in(self.what))
        placed = places.select("row", "field")[found["row"]]
        spans = placed.hstack(found.select("what", "start", "end"))
        edits = spans.with_columns(replacement=self._replacement())
        return edits.select(pl.col(name).cast(kind) for name, kind in SPANS.items())

    def hidden(self, texts: list[str]) -> list[str]:
        """Texts with what is found replaced."""
        found = self.edits(pl.DataFrame({"text": texts}, schema={"text": pl.String}))
        spans = {int(row): some for (row,), some in found.group_by("row", maintain_order=True)}
        return [
            spliced(text, spans[i].sort("start"), f"sample {i}") if i in spans else text
            for i, text in enumerate(texts)
        ]

    def _replacement(self) -> pl.Expr:
        if self.replacement == "label":
            return pl.col("what").replace_strict(LABELS, return_dtype=pl.String)
        if self.replacement == "nothing":
            return pl.lit("")
        sizes = pl.col("end") - pl.col("start")
        return pl.lit("＊").repeat_by(sizes).list.join("")


def _places(records: pl.DataFrame) -> pl.DataFrame:
    """Row, field and text of everything published; documents without a Python loop."""
    schema = {"row": pl.UInt32, "field": pl.String, "text": pl.String}
    lists = [name for name in ("messages", "rejected") if name in records.columns]
    if all(records[name].null_count() == records.height for name in lists):
        texts = records.select(pl.lit("text").alias("field"), "text").with_row_index("row")
        return texts.select(pl.col(name).cast(kind) for name, kind in schema.items())
    return pl.DataFrame(list(_fields(records)), schema=schema, orient="row")


def _fields(records: pl.DataFrame) -> Iterator[tuple[int, str, Any]]:
    """Row, field and text of everything published of every record."""
    columns = [name for name in ("messages", "rejected") if name in records.columns]
    for row, (text, *lists) in enumerate(records.select("text", *columns).iter_rows()):
        turns = dict(zip(columns, lists, strict=True))
        if turns.get("messages") is None:
            yield row, "text", text
        for name, messages in turns.items():
            for turn, message in enumerate(messages or ()):
                yield row, f"{name}.{turn}", message["content"]
