"""The group of every record by a key, as a number: 64 bits of a hash, 0 for none."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

import msgspec
import numpy as np
import polars as pl
from numpy.typing import NDArray

COLUMNS = {
    "source": "source",
    "kind": "kind",
    "license": "license_declared",
    "generator": "generator",
    "parent": "parents",
}
"""Keys that are columns of records; any other key, or `meta.NAME`, is a name in `meta`."""

Groups = NDArray[np.uint64]


def columns_for(keys: Sequence[str]) -> list[str]:
    """Columns of records that some keys read."""
    return list(dict.fromkeys(COLUMNS.get(key, "meta") for key in keys))


def key_values(records: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    """Value of each key as text, a column per key; null where the record does not have it.

    The parent is the first of `parents`; a value of `meta` that is no text is its JSON.
    """
    found = _from_meta(records, [key for key in keys if key not in COLUMNS])
    for key in keys:
        if key == "parent":
            found[key] = records["parents"].list.first()
        elif key in COLUMNS:
            found[key] = records[COLUMNS[key]]
    return pl.DataFrame({key: found[key] for key in keys})


def groups_of(values: pl.Series) -> Groups:
    """Give each value's group, 0 for null; two of 10 million values meet by 5 in a million."""
    known = values.unique().drop_nulls()
    numbers = [int.from_bytes(blake2b(v.encode(), digest_size=8).digest()) | 1 for v in known]
    replaced = values.replace_strict(
        known, pl.Series(numbers, dtype=pl.UInt64), default=0, return_dtype=pl.UInt64
    )
    return replaced.to_numpy()


def _from_meta(records: pl.DataFrame, keys: Sequence[str]) -> dict[str, pl.Series]:
    """Read names at the top of `meta`: only they are decoded to more than a span of bytes."""
    names = list(dict.fromkeys(key.removeprefix("meta.") for key in keys))
    if not names:
        return {}
    none = msgspec.Raw(b"null")
    fields = [
        (f"f{i}", msgspec.Raw, msgspec.field(default=none, name=name))
        for i, name in enumerate(names)
    ]
    decoder: Any = msgspec.json.Decoder(msgspec.defstruct("Meta", fields))
    rows = [decoder.decode(text if text is not None else "{}") for text in records["meta"]]
    found = {
        name: pl.Series([_said(getattr(row, f"f{i}")) for row in rows], dtype=pl.String)
        for i, name in enumerate(names)
    }
    return {key: found[key.removeprefix("meta.")] for key in keys}


def _said(raw: msgspec.Raw) -> str | None:
    text = bytes(raw).decode()
    if text == "null":
        return None
    return str(msgspec.json.decode(text)) if text.startswith('"') else text
