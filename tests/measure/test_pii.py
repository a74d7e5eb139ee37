"""Counts of personal data per text."""

from __future__ import annotations

import polars as pl

from llmx_data.measure import Texts
from llmx_data.measure.pii import Pii


def test_counts() -> None:
    texts = ["a@b.jp と c@d.jp、03-1234-5678", "図書館", "", None, "〒100-0001"]
    result = Pii().measure(Texts(pl.Series(texts)))
    assert dict(result.schema) == Pii().gives()
    assert result["pii_email_count"].to_list() == [2, 0, 0, 0, 0]
    assert result["pii_phone_count"].to_list() == [1, 0, 0, 0, 0]
    assert result["pii_postal_code_count"].to_list() == [0, 0, 0, 0, 1]
    assert result.select(pl.sum_horizontal(pl.all())).to_series().to_list() == [3, 0, 0, 0, 1]


def test_kinds_are_those_of_the_kernel() -> None:
    from llmx_data.kernels.pii import KINDS

    assert sorted(Pii().gives()) == sorted(f"pii_{what}_count" for what in KINDS)
