"""Drop the living records of a shard that hold questions of evaluation sets."""

from __future__ import annotations

import numpy as np
import polars as pl

from llmx_data.core.batch import Decision, Living, drop_rows
from llmx_data.decontaminate import probe
from llmx_data.decontaminate.overlap import Overlap


def clean(part: Overlap, step: str, living: Living) -> Decision:
    """Drop with reason `contaminated`; the value is the share of the question's grams."""
    found = part.contaminated(probe(living.texts("all"), part.grams))
    positions = found["row"].to_numpy().astype(np.int64)
    drops = drop_rows(
        living, positions, step, "contaminated", value=found["share"], threshold=part.max_share
    )
    evidence = found.with_columns(id=living.ids.gather(found["row"]), step=pl.lit(step))
    return Decision(living.without(living.rows[positions]), drops, evidence=evidence.drop("row"))
