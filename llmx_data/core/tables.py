"""Schemas of every table, and the door that checks them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from llmx_data.core.errors import DataError

MESSAGES = pl.List(pl.Struct({"role": pl.String, "content": pl.String}))

Columns = Mapping[str, pl.DataType | type[pl.DataType]]


def schema(columns: Columns) -> pl.Schema:
    """Build a schema; a function only because the type of a mixed dict needs to be said."""
    return pl.Schema(columns)


KINDS = ("document", "instruction", "conversation", "preference")
BASES = ("card", "catalogue", "row", "recipe", "computed")
ADAPTATIONS = (
    "verbatim",
    "technical",
    "normalized",
    "translated",
    "rewritten",
    "generated",
    "merged",
)
ACCEPTED = ("self", "upstream", "unknown")

RECORDS = schema(
    {
        "id": pl.String,
        "source": pl.String,
        "source_key": pl.String,
        "origin": pl.String,
        "kind": pl.String,
        "title": pl.String,
        "text": pl.String,
        "messages": MESSAGES,
        "rejected": MESSAGES,
        "url": pl.String,
        "date": pl.String,
        "attribution": pl.String,
        "license_declared": pl.String,
        "license_db": pl.String,
        "license_basis": pl.String,
        "terms": pl.List(pl.String),
        "accepted_by": pl.String,
        "adaptation": pl.String,
        "generator": pl.String,
        "parents": pl.List(pl.String),
        "meta": pl.String,
    }
)

DROPS = schema(
    {
        "id": pl.String,
        "source": pl.String,
        "place": pl.String,
        "step": pl.String,
        "reason": pl.String,
        "value": pl.Float64,
        "threshold": pl.Float64,
        "kept_id": pl.String,
        "also": pl.List(pl.String),
    }
)

DROP_ROWS = schema({"row": pl.UInt32, **DROPS})
"""Drops of one shard before they are published: `row` is the position in the shard."""

EDITS = schema(
    {
        "id": pl.String,
        "step": pl.String,
        "what": pl.String,
        "field": pl.String,
        "start": pl.UInt32,
        "end": pl.UInt32,
        "replacement": pl.String,
    }
)

DUPLICATES = schema(
    {
        "id_a": pl.String,
        "id_b": pl.String,
        "jaccard": pl.Float64,
        "containment": pl.Float64,
        "method": pl.String,
    }
)

TWINS = schema(
    {
        "kept_source": pl.String,
        "kept_license": pl.String,
        "source": pl.String,
        "license_declared": pl.String,
        "reason": pl.String,
        "records": pl.Int64,
    }
)
"""Where the texts of survivors were seen elsewhere: copies that went, by source and licence."""

ORIGINS = schema(
    {
        "id": pl.String,
        "origin": pl.String,
        "origin_key": pl.String,
        "license": pl.String,
        "method": pl.String,
        "score": pl.Float64,
        "candidates": pl.List(pl.String),
        "license_db": pl.String,
        "terms": pl.List(pl.String),
        "generator": pl.String,
        "attribution": pl.String,
    }
)
"""Recovered provenance; from `license_db` on what else a record takes over from its origin."""

LICENSE_COLUMNS = [
    "source",
    "kind",
    "license_declared",
    "license_db",
    "license_basis",
    "terms",
    "accepted_by",
    "adaptation",
    "generator",
    "origin",
]
"""Columns of records that a licence verdict rests on; records that agree in them are one case."""

TABLES = {"records": RECORDS, "drops": DROPS, "edits": EDITS, "duplicates": DUPLICATES}

_ALLOWED: dict[str, Sequence[str]] = {
    "kind": KINDS,
    "license_basis": BASES,
    "adaptation": ADAPTATIONS,
    "accepted_by": ACCEPTED,
}


def check(frame: pl.DataFrame, table: str, where: str) -> pl.DataFrame:
    """Give `frame` back if it is a `table`; else one DataError that lists every wrong column."""
    columns = TABLES[table]
    faults = [f"column '{name}' is missing" for name in columns if name not in frame.columns]
    faults += [
        f"column '{name}' is not part of {table}" for name in frame.columns if name not in columns
    ]
    for name, wanted in columns.items():
        if name in frame.columns and frame.schema[name] != wanted:
            faults.append(f"column '{name}' is {frame.schema[name]}, wanted {wanted}")
    if not faults and table == "records":
        faults = _record_faults(frame)
    if faults:
        raise DataError(f"{where}: not a table of {table}\n    " + "\n    ".join(faults))
    return frame


def _record_faults(frame: pl.DataFrame) -> list[str]:
    faults = [
        f"column '{name}' holds null"
        for name in ("id", "source", "source_key", "kind", "text", "license_declared")
        if frame[name].null_count()
    ]
    for name, allowed in _ALLOWED.items():
        strange = (
            frame[name]
            .unique()
            .drop_nulls()
            .filter(~frame[name].unique().drop_nulls().is_in(list(allowed)))
        )
        if len(strange):
            faults.append(f"column '{name}' holds {strange.sort().to_list()[:3]}")
    wrong = frame.filter(pl.col("text") != derived_text()).height
    if wrong:
        faults.append(f"column 'text' is not the joined messages in {wrong} rows")
    return faults


def derived_text() -> pl.Expr:
    """Text of a record that has messages: their contents joined by a blank line."""
    contents = pl.col("messages").list.eval(pl.element().struct.field("content"))
    joined = contents.list.join("\n\n")
    return pl.when(pl.col("messages").is_null()).then(pl.col("text")).otherwise(joined)


def side_text(on: str) -> pl.Expr:
    """Text that a part sees: `all`, `prompt` (every role but the assistant's) or `answer`.

    A document has no sides: `prompt` and `answer` are null there, and null is never judged.
    """
    assert on in ("all", "prompt", "answer"), on
    if on == "all":
        return pl.col("text")
    is_answer = pl.element().struct.field("role") == "assistant"
    chosen = pl.col("messages").list.eval(
        pl.element().filter(is_answer if on == "answer" else ~is_answer).struct.field("content")
    )
    return pl.when(pl.col("messages").is_not_null()).then(chosen.list.join("\n\n"))


def pair_texts() -> tuple[pl.Expr, pl.Expr]:
    """Texts of a pair: the last assistant turn, and the last user turn before it, which it answers.

    Gives (prompt, answer); both are null where there is no such turn, so for every document.
    Earlier exchanges of a conversation are its context and not looked at.
    """
    role = pl.element().struct.field("role")
    is_answer = role == "assistant"
    is_before = is_answer.cast(pl.UInt8).cum_max(reverse=True) == 1
    asked, answered = (
        pl.col("messages")
        .list.eval(pl.element().filter(chosen).struct.field("content"))
        .list.last()
        for chosen in ((role == "user") & is_before, is_answer)
    )
    whole = asked.is_not_null() & answered.is_not_null()
    return pl.when(whole).then(asked), pl.when(whole).then(answered)


def empty(table: str) -> pl.DataFrame:
    """Give a table without rows."""
    return pl.DataFrame(schema=TABLES[table])
