"""Apply edits: later repairs, kept as spans of the normalized text, become the published text."""

from __future__ import annotations

from typing import Any

import polars as pl

from llmx_data.core.errors import DataError
from llmx_data.core.tables import derived_text

CHAT = ("messages", "rejected")


def apply_edits(records: pl.DataFrame, edits: pl.DataFrame) -> pl.DataFrame:
    """Apply edits to records; `text` follows `messages`. Untouched records stay as they are.

    A record that is edited is no longer verbatim: its `adaptation` becomes `normalized`.

    `field` is `text`, `messages.<turn>` or `rejected.<turn>`; start and end count code
    points of the normalized text. Spans of one field must not overlap.
    Errors: DataError for overlapping or unknown spans.
    """
    if not edits.height:
        return records
    wanted = edits.sort("id", "field", "start").partition_by("id", as_dict=True)
    touched = records.filter(pl.col("id").is_in(edits["id"].unique().implode()))
    rows = [_edited(row, wanted[(row["id"],)]) for row in touched.iter_rows(named=True)]
    repaired = pl.DataFrame(rows, schema=records.schema).with_columns(text=derived_text())
    records = records.with_columns(raised(pl.col("id").is_in(edits["id"].unique().implode())))
    return records.update(repaired.select("id", "text", *CHAT), on="id", how="left")


def raised(edited: pl.Expr) -> pl.Expr:
    """Adaptation of records that are edited where `edited` is true."""
    light = pl.col("adaptation").is_in(["verbatim", "technical"])
    return (
        pl.when(edited & light)
        .then(pl.lit("normalized"))
        .otherwise("adaptation")
        .alias("adaptation")
    )


def _edited(row: dict[str, Any], edits: pl.DataFrame) -> dict[str, Any]:
    for (field,), spans in edits.group_by("field", maintain_order=True):
        name, _, turn = str(field).partition(".")
        if name == "text":
            row["text"] = spliced(row["text"], spans, row["id"])
        elif name in CHAT and turn.isdigit() and int(turn) < len(row[name] or ()):
            message = row[name][int(turn)]
            message["content"] = spliced(message["content"], spans, row["id"])
        else:
            raise DataError(f"record {row['id']}: edit of unknown field '{field}'")
    return row


def spliced(text: str, spans: pl.DataFrame, where: str) -> str:
    """Text with spans (`start`, `end`, `replacement`, sorted by start) replaced."""
    pieces: list[str] = []
    at = 0
    for start, end, replacement in spans.select("start", "end", "replacement").iter_rows():
        if start < at or end > len(text):
            raise DataError(f"record {where}: edits overlap or leave the text at {start}..{end}")
        pieces += [text[at:start], replacement]
        at = end
    return "".join([*pieces, text[at:]])
