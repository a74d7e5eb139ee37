"""Mask or drop personal data in the living records of a shard."""

from __future__ import annotations

import numpy as np
import polars as pl

from llmx_data.core.batch import Decision, Living, drop_rows
from llmx_data.core.tables import DROP_ROWS, EDITS
from llmx_data.pii.mask import Mask


def hide(part: Mask, step: str, living: Living) -> Decision:
    """Edits for every span found, or drops (reason `personal_data`, value: spans found)."""
    found = part.edits(living.records[living.rows])
    if part.mode == "drop":
        counts = found.group_by("row").len().sort("row")
        positions = counts["row"].to_numpy().astype(np.int64)
        drops = drop_rows(
            living, positions, step, "personal_data", value=counts["len"], threshold=0.0
        )
        return Decision(living.without(living.rows[positions]), drops)
    edits = found.with_columns(id=living.ids.gather(found["row"]), step=pl.lit(step))
    return Decision(living, pl.DataFrame(schema=DROP_ROWS), edits.select(EDITS.names()))
