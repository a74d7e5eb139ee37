"""Distinct licence tuples of living records, as they will go out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from llmx_data.audit.groups import Group
from llmx_data.audit.stage import slug
from llmx_data.audit.tuples import count_tuples, to_tuple
from llmx_data.core.store import Shard
from llmx_data.core.tables import RECORDS
from llmx_data.core.tuples import number_cases


@pytest.fixture
def shard(tmp_path: Path) -> Shard:
    rows = [
        {"id": str(i), "source": "s", "kind": "document", "license_declared": license,
         "terms": terms, "adaptation": adaptation, "accepted_by": "self", "license_basis": "row"}
        for i, (license, terms, adaptation) in enumerate([
            ("CC0-1.0", [], "verbatim"), ("CC0-1.0", [], "verbatim"), ("CC0-1.0", ["b", "a"], "technical"),
            ("CC0-1.0", ["a", "b"], "technical"), ("MIT", [], "translated")])
    ]  # fmt: skip
    path = tmp_path / "r.parquet"
    pl.DataFrame(rows, schema=RECORDS).write_parquet(path)
    cases, numbers = number_cases(pl.DataFrame(rows, schema=RECORDS))
    cases.write_parquet(tmp_path / "r.cases.parquet")
    sizes = {
        "id": [r["id"] for r in rows],
        "case_number": numbers,
        "chars_count": [10, 20, 30, 40, 50],
        "tokens_count": None,
    }
    pl.DataFrame(sizes, schema_overrides={"tokens_count": pl.Int64}).write_parquet(
        tmp_path / "r.sizes.parquet"
    )
    return Shard("s", "document", str(path), "k", 5, 150)


def counted(shard: Shard, rows: list[int], edits: list[Path]) -> list[tuple[str, str, int, int]]:
    table = count_tuples([shard], [np.array(rows)], [edits])
    return sorted(table.select("license_declared", "adaptation", "records", "chars").iter_rows())


def test_the_living_are_grouped_whatever_the_order_of_terms(shard: Shard) -> None:
    assert counted(shard, [0, 1, 2, 3, 4], []) == [
        ("CC0-1.0", "technical", 2, 70), ("CC0-1.0", "verbatim", 2, 30), ("MIT", "translated", 1, 50)]  # fmt: skip
    assert counted(shard, [1], []) == [("CC0-1.0", "verbatim", 1, 20)]


def test_edited_records_are_told_apart(shard: Shard, tmp_path: Path) -> None:
    path = tmp_path / "edits.parquet"
    pl.DataFrame({"id": ["1", "3", "4"]}).write_parquet(path)
    assert counted(shard, [0, 1, 2, 3, 4], [path]) == [
        ("CC0-1.0", "normalized", 1, 20), ("CC0-1.0", "normalized", 1, 40),
        ("CC0-1.0", "technical", 1, 30), ("CC0-1.0", "verbatim", 1, 10), ("MIT", "translated", 1, 50)]  # fmt: skip


def test_a_row_as_the_law_sees_it(shard: Shard) -> None:
    row = count_tuples([shard], [np.array([2])], [[]]).row(0, named=True)
    subject = to_tuple(row, "some-card")
    assert (subject.terms, subject.records, subject.origin) == (("a", "b"), 1, "some-card")


@pytest.mark.parametrize(
    ("license", "word"),
    [
        ("CC-BY-SA-4.0", "cc-by-sa-4.0"),
        ("LicenseRef-llmx-PD-JP", "llmx-pd-jp"),
        ("CC-BY-4.0 AND MIT", "cc-by-4.0-and-mit"),
    ],
)
def test_slug(license: str, word: str) -> None:
    assert slug(license) == word


def test_no_verdict_of_sharing_means_all_verdicts(shard: Shard) -> None:
    from llmx_data.core.storage import shipped
    from llmx_data.license.facts import load
    from llmx_data.license.findings import Tuple
    from llmx_data.license.gate import judge
    from llmx_data.license.schema import Purpose

    facts = load(shipped("licenses"))
    for license, allowed in (("CC0-1.0", True), ("LicenseRef-llmx-unknown", False)):
        subject = Tuple("s", license)
        verdicts = judge([subject], Purpose(act=("release_weights",)), facts)[:1]
        assert Group({}, verdicts).may_be_shared() is allowed
