"""What every screening measure keeps: its columns, their types, null for null, any batch size."""

from __future__ import annotations

import math

import polars as pl
import pytest

from llmx_data.measure import Measure, Texts
from llmx_data.measure.assistant_identity import AssistantIdentity
from llmx_data.measure.chinese_leak import ChineseLeak
from llmx_data.measure.loop import Loop
from llmx_data.measure.missing_attachment import MissingAttachment
from llmx_data.measure.refusal import Refusal
from llmx_data.measure.template_residue import TemplateResidue
from llmx_data.measure.truncation import Truncation
from tests.kernels import twins

MEASURES: list[Measure] = [
    AssistantIdentity(),
    ChineseLeak(),
    Loop(),
    MissingAttachment(),
    Refusal(),
    TemplateResidue(),
    Truncation(),
]
TEXTS = [
    *twins.EDGE_TEXTS,
    "申し訳ありませんが、その質問にはお答えできません。<|im_end|>\n\n私はQwenです。",
    "次の文章を要約してください。",
    "{{名前}}様、" * 12,
    "```\n私はAIです。",
]


@pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.part_name())
@pytest.mark.parametrize("texts", [[], [None], TEXTS], ids=["none", "null", "edge"])
def test_columns_types_and_values(measure: Measure, texts: list[str | None]) -> None:
    frame = measure.measure(Texts(twins.series(texts)))
    assert dict(frame.schema) == measure.gives()
    assert len(frame) == len(texts)
    for name in frame.columns:
        values = frame[name].to_list()
        assert [v is None for v in values][: len(texts)] == [
            t is None or (t == "" and name == "loop_share") for t in texts
        ]
        assert not any(v is not None and math.isnan(v) for v in values)


@pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.part_name())
def test_a_text_is_measured_alike_in_any_batch(measure: Measure) -> None:
    together = measure.measure(Texts(twins.series(TEXTS)))
    alone = [measure.measure(Texts(twins.series([text]))) for text in TEXTS]
    assert together.equals(pl.concat(alone))


def test_columns_are_unique() -> None:
    names = [name for measure in MEASURES for name in measure.gives()]
    assert len(names) == len(set(names)) == 18
