"""The shape of one written answer: length, Japanese, whether it ends in a loop."""

from __future__ import annotations

import polars as pl

LOOP_WINDOW = 2_000
"""Characters from the end in which a loop is looked for. Ours."""

LOOP_REPEATS = 3.0
"""Copies of the last phrase beyond which a text loops, as in the filter `loop`. Ours."""

LOOP_CHARS = 40
"""Characters from which a repetition is a loop, as in the filter `loop`: cries are short. Ours."""

_JAPANESE = ("hiragana", "katakana", "kana_mark", "kanji", "kanji_simplified", "kanji_astral")
_BLANK = ("space", "newline")


def shape(text: str) -> dict[str, float]:
    """Give `chars`, `loop_share` (0 or 1) and `japanese_share`.

    The last is kana and kanji of what is not white space, and absent for a blank text.
    """
    from llmx_data.kernels.chars import CLASSES, count_classes
    from llmx_data.kernels.loops import end_loops
    from llmx_data.kernels.text import decode

    points = decode(pl.Series([text], dtype=pl.String))
    counts = dict(zip(CLASSES, count_classes(points)[0].tolist(), strict=True))
    period, chars = end_loops(points, window=LOOP_WINDOW)[0].tolist()
    loops = chars >= LOOP_CHARS and chars / max(period, 1) > LOOP_REPEATS
    told = {"chars": float(len(text)), "loop_share": float(loops)}
    filled = len(text) - sum(counts[name] for name in _BLANK)
    if filled:
        told["japanese_share"] = sum(counts[name] for name in _JAPANESE) / filled
    return told
