"""Licence cases are numbered in the order in which they first occur."""

from __future__ import annotations

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from llmx_data.core.tables import LICENSE_COLUMNS, RECORDS
from llmx_data.core.tuples import number_cases

rows = st.lists(
    st.fixed_dictionaries(
        {
            "source": st.sampled_from("ab"),
            "license_declared": st.sampled_from(["CC0-1.0", "MIT"]),
            "license_db": st.sampled_from([None, "ODC-By-1.0"]),
            "terms": st.lists(st.sampled_from(["gated", "no_training"]), max_size=2, unique=True),
        }
    ),
    max_size=12,
)


@settings(max_examples=60, deadline=None)
@given(rows)
def test_every_record_finds_its_case_again(some: list[dict[str, object]]) -> None:
    frame = pl.DataFrame(some, schema=RECORDS)
    cases, numbers = number_cases(frame)
    told = cases[numbers].select(LICENSE_COLUMNS).rows()
    joined = pl.col("terms").list.sort().list.join("\n")
    assert told == frame.select(LICENSE_COLUMNS).with_columns(joined).rows()
    assert cases.is_unique().all()
    assert numbers.unique(maintain_order=True).to_list() == list(range(cases.height))


def test_no_records_have_no_cases() -> None:
    cases, numbers = number_cases(pl.DataFrame(schema=RECORDS))
    assert (cases.height, len(numbers)) == (0, 0)
