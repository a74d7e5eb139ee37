"""Apply normalizers to titles, texts and messages of a frame and note what they changed."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from llmx_data.core.tables import MESSAGES, derived_text
from llmx_data.normalize import Normalizer

WEIGHT = {"verbatim": 0, "technical": 1, "normalized": 2}
"""States that normalizing can raise; translated, rewritten ... say more and stay."""


def normalize(frame: pl.DataFrame, normalizers: Sequence[Normalizer]) -> pl.DataFrame:
    """Normalize a frame of records; `text` is derived from `messages` where there are any."""
    changed = pl.Series("state", [0] * frame.height, dtype=pl.Int8)
    columns: dict[str, pl.Series] = {}
    text, touched = _rewrite(frame["text"], normalizers)
    columns["text"], changed = text, _most(changed, touched)
    columns["title"], _ = _rewrite(frame["title"], normalizers)
    for side in ("messages", "rejected"):
        if frame[side].null_count() < frame.height:
            columns[side], touched = _rewrite_turns(frame[side], normalizers)
            changed = _most(changed, touched)
    frame = frame.with_columns(**columns).with_columns(text=derived_text())
    return frame.with_columns(adaptation=_raised(changed))


def _rewrite(texts: pl.Series, normalizers: Sequence[Normalizer]) -> tuple[pl.Series, pl.Series]:
    """Rewritten texts, and for each the weight of the strongest change."""
    state = pl.Series("state", [0] * len(texts), dtype=pl.Int8)
    for part in normalizers:
        after = part.apply(texts)
        if after is texts:
            continue
        hit = (after != texts).fill_null(False).cast(pl.Int8) * WEIGHT[part.adaptation()]
        texts, state = after, _most(state, hit)
    return texts, state


def _rewrite_turns(
    turns: pl.Series, normalizers: Sequence[Normalizer]
) -> tuple[pl.Series, pl.Series]:
    flat = (
        turns.alias("turns")
        .to_frame()
        .with_row_index("row")
        .filter(pl.col("turns").is_not_null())
        .explode("turns")
        .unnest("turns")
    )
    content, state = _rewrite(flat["content"], normalizers)
    back = (
        flat.with_columns(content=content, state=state)
        .group_by("row", maintain_order=True)
        .agg(pl.struct("role", "content").alias("turns"), pl.col("state").max())
    )
    whole = pl.DataFrame({"row": pl.Series(range(len(turns)), dtype=pl.UInt32)}).join(
        back.with_columns(pl.col("row").cast(pl.UInt32)),
        on="row",
        how="left",
        maintain_order="left",
    )
    return whole["turns"].cast(MESSAGES), whole["state"].fill_null(0).cast(pl.Int8)


def _most(a: pl.Series, b: pl.Series) -> pl.Series:
    return pl.select(pl.max_horizontal(a.alias("a"), b.alias("b"))).to_series()


def _raised(state: pl.Series) -> pl.Expr:
    now = pl.col("adaptation").replace_strict(WEIGHT, default=9, return_dtype=pl.Int8)
    names = {weight: name for name, weight in WEIGHT.items()}
    raised = pl.lit(state).replace_strict(names, return_dtype=pl.String)
    return pl.when(pl.lit(state) > now).then(raised).otherwise(pl.col("adaptation"))
