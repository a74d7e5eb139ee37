"""Caps, dev split and budget over a handful of records, as a table."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from llmx_data.mix.blend import Blend
from llmx_data.mix.choose import STANDING, choose


def standing(runs: str, clusters: str | None = None, chars: int = 10) -> pl.DataFrame:
    """Give records taken and drawn in the order in which they stand; letters are runs and clusters."""
    n = len(runs)
    labels = [ord(c) for c in clusters or "".join(chr(200 + i) for i in range(n))]
    first = [labels.index(label) for label in labels]
    order = sorted(range(n), key=lambda i: (first[i], i))
    return pl.DataFrame(
        {
            "run": [ord(c) - ord("a") for c in runs],
            "source": [0] * n,
            "rows": [1] * n,
            "chars": [chars] * n,
            "tokens": [0] * n,
            "taken": range(n),
            "cluster": labels,
            "drawn": [order.index(i) for i in range(n)],
        },
        schema=STANDING,
    )


def fates(records: pl.DataFrame, shares: list[dict[str, Any]], **more: Any) -> str:
    """Fate of each record in a letter: t, 2.. (times), d (D: more than once), and - cap, . budget, x held out."""
    part = Blend.model_validate({"members": "none", "shares": shares, **more})
    found, _ = choose(part, records)
    words = {"over_cap": "-", "over_budget": ".", "held_out": "x"}
    return "".join(
        words[row["reason"]] if row["split"] is None
        else "dD"[row["weight"] > 1] if row["split"] == "dev"
        else "t" if row["weight"] == 1 else str(row["weight"])
        for row in found.iter_rows(named=True)
    )  # fmt: skip


CASES = [
    ("all", "aab", None, [{}, {}], {}, "ttt"),
    ("cap", "aaab", None, [{"cap": {"rows": 2}}, {}], {}, "tt-t"),
    ("cap of characters", "aaa", None, [{"cap": {"chars": 25}}], {}, "tt-"),
    ("budget by size", "aaabbb", None, [{}, {}], {"budget": {"rows": 4}}, "tt.tt."),
    ("weights", "aaaabbbb", None, [{"weight": 0.25}, {"weight": 0.75}], {"budget": {"rows": 4}},
     "t...ttt."),
    ("weights without a budget", "aabbbbbb", None, [{"weight": 0.5}, {"weight": 0.5}], {},
     "tttt...."),
    ("seen three times", "aab", None, [{"upsample": 3}, {}], {}, "33t"),
    ("times count in the budget", "aaabbb", None, [{"upsample": 2}, {}],
     {"budget": {"rows": 6}}, "22.tt."),
    ("dev rows", "aaaa", None, [{}], {"dev": {"rows": 2}}, "ddtt"),
    ("dev is seen once", "aaaa", None, [{"upsample": 4}], {"dev": {"rows": 1}}, "d444"),
    ("share of what the budget takes", "a" * 20, None, [{}],
     {"dev": {"share": 0.2}, "budget": {"rows": 10}}, "dd" + "t" * 10 + "." * 8),
    ("whole clusters", "aaaa", "xyxy", [{}], {"dev": {"rows": 3}}, "dtdt"),
    ("a cluster with a run for training", "abab", "xxyz", [{}, {"use": "train"}],
     {"dev": {"rows": 4}}, "ttdt"),
    ("a run for dev", "aab", "xyx", [{}, {"use": "dev"}], {}, "dtd"),
    ("like a run for dev, but for training", "aab", "xyx", [{"use": "train"}, {"use": "dev"}], {},
     "xtd"),
    ("dev is no part of the budget", "aaab", None, [{}, {"use": "dev"}], {"budget": {"rows": 2}},
     "tt.d"),
    ("most of a source", "aaaa", None, [{}], {"dev": {"rows": 3, "per_source_max": 1}}, "dttt"),
    ("nothing", "", None, [{}], {"dev": {"rows": 3}}, ""),
]  # fmt: skip


@pytest.mark.parametrize(("runs", "clusters", "shares", "more", "wanted"),
                         [c[1:] for c in CASES], ids=[c[0] for c in CASES])  # fmt: skip
def test_fates(
    runs: str, clusters: str | None, shares: list[dict[str, Any]], more: Any, wanted: str
) -> None:
    assert fates(standing(runs, clusters), shares, **more) == wanted


def test_what_goes_says_how_far_over_it_was() -> None:
    part = Blend.model_validate(
        {"members": "n", "shares": [{"upsample": 2}], "budget": {"rows": 4}}
    )
    found, told = choose(part, standing("aaaa"))
    gone = found.filter(pl.col("reason") == "over_budget")
    assert gone.select("value", "threshold").rows() == [(6.0, 4.0), (8.0, 4.0)]
    assert told["quota"] == [4]
    assert told["asked"] == [1.0]
