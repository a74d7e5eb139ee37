"""What is compared: prompt, answer and whole text of records, folded and without masked spans."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import polars as pl

from llmx_data.core.edits import spliced
from llmx_data.core.tables import side_text
from llmx_data.kernels.minhash import NO_KEY, text_band_keys
from llmx_data.kernels.text import Codepoints, Texts

PREFIX = 40
"""Characters of the folded answer that make a prefix key. 67 of 13,580 real answers share their
first 40 with another answer, none with one of another source; the first 10 are shared across
sources 8 times. docs/recover.md."""

WHOLE = -1
"""`turn` of an entry that is a whole record, not one exchange of a conversation."""

_MASK = (
    r"〈(?:メールアドレス|電話番号|郵便番号|個人番号|カード番号)〉|[＊*]{6,}"
    r"|[<\[{|(【《]{1,2}(?i:e-?mail|mail|phone|tel|credit_?card|card|my_?number|postal_?code|zip"
    r"|pii|redacted|masked)(?i:_(?:address|number|code))?[>\]}|)】》]{1,2}"
)
"""Placeholders: llmx's labels and stars; <EMAIL>, [PHONE_NUMBER], {{PII}} ... of other tools."""

KEYS = ("whole_key", "prompt_key", "answer_key", "prefix_key")


def entries(records: pl.DataFrame, *, exchanges: bool) -> pl.DataFrame:
    """Rows of row, turn, prompt (null in documents), answer, text; masked spans are taken out.

    With `exchanges` every user turn and the assistant's turn after it also make an entry, in
    records of more than two turns: aggregates often keep a single exchange of a conversation.
    """
    told = records.with_row_index("row").select(
        "row",
        pl.lit(WHOLE, pl.Int32).alias("turn"),
        side_text("prompt").alias("prompt"),
        pl.coalesce(side_text("answer"), "text").alias("answer"),
        "text",
    )
    found = pl.concat([told, _exchanges(records)]) if exchanges else told
    return found.with_columns(bare(found[c]).alias(c) for c in ("prompt", "answer", "text"))


def _exchanges(records: pl.DataFrame) -> pl.DataFrame:
    turns = (
        records.select("messages")
        .with_row_index("row")
        .filter(pl.col("messages").list.len() > 2)
        .explode("messages")
        .unnest("messages")
        .with_columns(turn=pl.int_range(pl.len(), dtype=pl.Int32).over("row"))
        .with_columns(
            prompt=pl.col("content").shift(1).over("row"),
            before=pl.col("role").shift(1).over("row"),
        )
        .filter((pl.col("role") == "assistant") & (pl.col("before") == "user"))
    )
    text = pl.concat_str("prompt", "content", separator="\n\n").alias("text")
    return turns.select("row", "turn", "prompt", pl.col("content").alias("answer"), text)


def bare(texts: pl.Series) -> pl.Series:
    """Texts without placeholders and without what `pii` would mask, so that both are equal.

    Cost: 32 us per 1,000 characters.
    """
    from llmx_data.kernels.pii import find

    plain = texts.str.replace_all(_MASK, "")
    found = find(Texts(plain)).with_columns(replacement=pl.lit(""))
    if not found.height:
        return plain
    rows = found["row"].unique().sort()
    spans = found.partition_by("row", as_dict=True)
    cut = [
        spliced(text, spans[(row,)], f"row {row}")
        for row, text in zip(rows, plain.gather(rows), strict=True)
    ]
    return plain.scatter(rows, pl.Series(cut, dtype=pl.String))


def fingerprints(found: pl.DataFrame) -> pl.DataFrame:
    """Keys (UInt64) of entries, in their order.

    Gives: whole_key, prompt_key, answer_key, prefix_key (null where there is nothing to compare:
    a document's prompt, an answer under PREFIX characters), whole_chars, answer_chars (UInt32),
    bands (Array of 14 UInt64: MinHash of character 5-grams of the whole text).
    Cost: 70 us per 1,000 characters of records of 350.
    """
    prompts, answers = Texts(found["prompt"]).folded, Texts(found["answer"]).folded
    whole = Texts(found["text"])
    keys = {
        "whole_key": list(_hashes(whole.folded)),
        "prompt_key": list(_hashes(prompts)),
        "answer_key": list(_hashes(answers)),
        "prefix_key": list(_hashes(answers, PREFIX)),
    }
    bands = text_band_keys(whole, unit="chars")
    return pl.DataFrame(keys, schema=dict.fromkeys(KEYS, pl.UInt64)).with_columns(
        pl.Series("whole_chars", np.diff(whole.folded.offsets), dtype=pl.UInt32),
        pl.Series("answer_chars", np.diff(answers.offsets), dtype=pl.UInt32),
        pl.Series("bands", bands, dtype=pl.Array(pl.UInt64, bands.shape[1])),
    )


def _hashes(texts: Codepoints, first: int | None = None) -> Iterator[int | None]:
    """Hash every text, or its first characters; None for an empty or too short one."""
    from xxhash import xxh3_64_intdigest

    data = memoryview(texts.points.data).cast("B")
    for start, stop in pairwise(texts.offsets.tolist()):
        end = stop if first is None else start + first
        yield xxh3_64_intdigest(data[4 * start : 4 * end]) if start < end <= stop else None


def band_rows(keys: pl.DataFrame, band: int) -> pl.DataFrame:
    """Column `key` of one band; rows without shingles are null."""
    one = keys["bands"].arr.get(band).alias("key")
    return one.to_frame().with_columns(
        key=pl.when(pl.col("key") != int(NO_KEY)).then(pl.col("key"))
    )
