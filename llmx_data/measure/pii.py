"""Counts of personal data: e-mail, phone, postal code, My Number, card."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from llmx_data.measure import Measure, Texts

KINDS = ("email", "phone", "postal_code", "my_number", "card")


class Pii(Measure):
    """Personal data that has a form (`kernels/pii.py`).

    Gives: `pii_email_count`, `pii_phone_count`, `pii_postal_code_count`, `pii_my_number_count`,
    `pii_card_count`. Names and addresses are not looked for.
    Cost: 4 us per 1,000 characters where nothing looks like a number or an address.
    """

    cost: ClassVar[float] = 8.0

    def gives(self) -> dict[str, pl.DataType]:
        """One count per kind."""
        return {f"pii_{what}_count": pl.UInt32() for what in KINDS}

    def measure(self, texts: Texts) -> pl.DataFrame:
        """Find and count."""
        from llmx_data.kernels.pii import find

        found = find(texts)
        counts = found.group_by("row").agg(
            (pl.col("what") == what).sum().cast(pl.UInt32).alias(f"pii_{what}_count")
            for what in KINDS
        )
        rows = pl.DataFrame({"row": pl.int_range(len(texts), dtype=pl.UInt32, eager=True)})
        every = rows.join(counts, on="row", how="left", maintain_order="left")
        return every.drop("row").fill_null(0)
