"""A mix of five real sets without a source column: nearly all come back, none under a wrong name."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

BENCHMARK = Path(__file__).resolve().parents[2] / "benchmarks" / "recover.py"


def loaded() -> Any:
    """Load the benchmark, which builds the mixes and scores them."""
    spec = importlib.util.spec_from_file_location("recover_benchmark", BENCHMARK)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


bench = loaded()

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (bench.DATA / "MANIFEST.json").is_file(),
        reason=f"no shared data in {bench.DATA} (LLMX_SHARED_DATA)",
    ),
]


@pytest.fixture(scope="module")
def rows() -> Any:
    return bench.mixed(0.2)


def test_a_fifth_of_the_mix_is_in_no_known_set(rows: Any) -> None:
    strange = sum(row.origin is None for row in rows)
    assert abs(strange / len(rows) - 0.2) < 0.01
    assert len({row.origin for row in rows}) == 6


@pytest.mark.parametrize("mix", ["plain", "NFKC", "masked", "cut", "all three"])
def test_origins_come_back(mix: str, rows: Any, tmp_path: Path) -> None:
    score = bench.tried(rows, mix, tmp_path)
    assert score.rows == len(rows)
    assert score.recall >= 0.98
    assert score.wrong == 0
    assert (score.methods["prefix"] > 100) == (mix in ("cut", "all three"))
