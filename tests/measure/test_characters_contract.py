"""What every measure on characters keeps: its columns, their types, no NaN, any batch size."""

import math

import polars as pl
import pytest

from llmx_data.measure import Measure, Texts
from llmx_data.measure.chars import Chars
from llmx_data.measure.compression import Compression
from llmx_data.measure.language import Language
from llmx_data.measure.lines import Lines
from llmx_data.measure.repetition import Repetition
from llmx_data.measure.sentences import Sentences
from tests.kernels import twins

MEASURES = [Chars(), Compression(), Language(), Lines(), Repetition(), Sentences()]


@pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.part_name())
@pytest.mark.parametrize("texts", [[], [None], twins.EDGE_TEXTS], ids=["none", "null", "edge"])
def test_columns_types_and_values(measure: Measure, texts: list[str | None]) -> None:
    frame = measure.measure(Texts(twins.series(texts)))
    assert dict(frame.schema) == measure.gives()
    assert len(frame) == len(texts)
    for name in frame.select(pl.col(pl.Float64)).columns:
        values = frame[name].drop_nulls().to_list()
        assert not any(math.isnan(value) or math.isinf(value) for value in values)
        if name.endswith("_share"):
            assert all(0 <= value <= 1 for value in values)


@pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.part_name())
def test_a_text_is_measured_alike_in_any_batch(measure: Measure) -> None:
    together = measure.measure(Texts(twins.series(twins.EDGE_TEXTS)))
    alone = [measure.measure(Texts(twins.series([text]))) for text in twins.EDGE_TEXTS]
    assert together.equals(pl.concat(alone))


def test_columns_are_unique() -> None:
    names = [name for measure in MEASURES for name in measure.gives()]
    assert len(names) == len(set(names)) == 47


def test_costs_order_them() -> None:
    order = [measure.part_name() for measure in sorted(MEASURES, key=lambda m: m.cost)]
    assert order == ["chars", "language", "lines", "sentences", "repetition", "compression"]
