"""Counts of the phrase measures: how many, where they may stand, and what the options change."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from llmx_data.kernels.phrases import count_openings, count_phrases
from llmx_data.measure import Measure, Texts
from llmx_data.measure.assistant_identity import AssistantIdentity
from llmx_data.measure.missing_attachment import MissingAttachment
from llmx_data.measure.refusal import Refusal
from llmx_data.measure.template_residue import TemplateResidue
from llmx_data.measure.truncation import Truncation

NO = "申し訳ありませんが、その質問にはお答えできません。"
LONG = "図書館は駅前にあり、朝九時に開く。" * 8

TABLE: list[tuple[Measure, str, dict[str, int]]] = [
    (Refusal(), NO, {"refusal_openings_count": 1, "refusal_phrases_count": 1}),
    (Refusal(), f"{NO}\n\n晴れです。\n\n{NO}", {"refusal_openings_count": 2}),
    (Refusal(), f"晴れです。{NO}", {"refusal_openings_count": 0, "refusal_phrases_count": 1}),
    (Refusal(), LONG + "回答できません。", {"refusal_phrases_count": 0}),
    (Refusal(short_chars=200), LONG + "回答できません。", {"refusal_phrases_count": 1}),
    (AssistantIdentity(), "私はAIです。私はQwenです。", {"identity_claims_count": 2}),
    (AssistantIdentity(), "彼はAIです。", {"identity_claims_count": 0}),
    (TemplateResidue(), "a<|im_end|>b<|im_end|>", {"template_tokens_count": 2}),
    (TemplateResidue(), "`<|im_end|>` と書く。", {"template_tokens_count": 0}),
    (TemplateResidue(), "```\n<|im_end|>\n```\n<|im_end|>", {"template_tokens_count": 1}),
    (TemplateResidue(), "```\na\n```\n```\nb", {"open_fences_count": 1}),
    (TemplateResidue(), "```\na\n```\n```\nb\n```", {"open_fences_count": 0}),
    (TemplateResidue(), "AI: はい。\nUser:", {"role_labels_count": 2}),
    (Truncation(), "理由は、", {"cut_ends_count": 1, "open_brackets_count": 0}),
    (Truncation(), "彼は「そう", {"cut_ends_count": 0, "open_brackets_count": 1}),
    (Truncation(), "『こころ（夏目", {"open_brackets_count": 2}),
    (Truncation(), "（前の行\n次の行", {"open_brackets_count": 0}),
    (Truncation(), "理由は、  \n\n", {"cut_ends_count": 1}),
    (MissingAttachment(), "次の文章を要約してください。", {"missing_attachments_count": 1}),
    (
        MissingAttachment(max_chars=10),
        "次の文章を要約してください。",
        {"missing_attachments_count": 0},
    ),
]


@pytest.mark.parametrize(
    ("measure", "text", "counts"), TABLE, ids=[f"{m.part_name()}-{t[:14]}" for m, t, _ in TABLE]
)
def test_counts(measure: Measure, text: str, counts: dict[str, int]) -> None:
    row: dict[str, Any] = measure.measure(Texts(pl.Series([text]))).row(0, named=True)
    assert {name: row[name] for name in counts} == counts


def test_gates_must_all_hold() -> None:
    texts = pl.Series(["a.b a.b", "a.b", "axb c", None, "c a.b a.b"])
    assert count_phrases(texts, "a.b").to_list() == [2, 1, 1, None, 2]
    assert count_phrases(texts, "a.b", ["a.b"]).to_list() == [2, 1, 0, None, 2]
    assert count_phrases(texts, "a.b", ["a.b", "x"], ["c", "z"]).to_list() == [0, 0, 1, None, 2]


def test_openings_are_heads_of_paragraphs() -> None:
    texts = pl.Series(["x1 x1", " x1\n\ny\n\nx2", "y x1", None, "", "xxxxx1"])
    assert count_openings(texts, "x+[0-9]", chars=4).to_list() == [1, 2, 0, None, 0, 0]
