"""Rules of form: which prompts state one, and which answers keep it."""

from __future__ import annotations

import pytest

from llmx_train.evaluate.rules import kept_rules
from llmx_train.evaluate.shape import shape

JUDGED = [
    ("結果をJSON形式で出力してください。", '{"名前": "太郎"}', {"json": True}),
    ("結果をJSON形式で出力してください。", '```json\n{"名前": "太郎"}\n```', {"json": True}),
    ("結果をJSON形式で出力してください。", 'はい。{"名前": "太郎"}', {"json": False}),
    ("ＪＳＯＮで返してください。", "名前: 太郎", {"json": False}),
    ("利点を箇条書きで3つ挙げてください。", "- 速い\n- 安い\n- 軽い", {"bullets": True}),
    ("利点を箇条書きで３つ挙げてください。", "1. 速い\n2. 安い", {"bullets": False}),
    ("利点を箇条書きにしてください。", "・速い\n・安い", {"bullets": True}),
    ("利点を箇条書きにしてください。", "速くて安いです。", {"bullets": False}),
    ("10字以内で要約してください。", "一二三四五六七八九十", {"chars_most": True}),
    ("10文字以内で要約してください。", "一二三四五六七八九十。", {"chars_most": False}),
    ("10字未満で要約してください。", "一二三四五六七八九十", {"chars_most": False}),
    ("5字以上10字以内で書いてください。", "一二三", {"chars_least": False, "chars_most": True}),
    ("10字以内で。", "一二三四五\n六七八九十", {"chars_most": True}),
    ("1,000文字以内で。", "あ" * 1000, {"chars_most": True}),
]
NOT_JUDGED = [
    "日本の首都はどこですか。",
    "JSONとは何ですか。",
    "JSON形式ではなく文章で答えてください。",
    "箇条書きは使わずに答えてください。",
    "箇条書きで3つ以上挙げてください。",
    "箇条書きで3〜5個挙げてください。",
    "利点を3つ挙げてください。",
    "各項目は20字以内で書いてください。",
    "それぞれ20文字以内で説明してください。",
    "400字程度で書いてください。",
    "見出しは10字以内、本文は100字以内で書いてください。",
    "「10字以内で答えよ」という問題を直してください。",
]


@pytest.mark.parametrize(("prompt", "answer", "told"), JUDGED)
def test_a_stated_rule_is_judged(prompt: str, answer: str, told: dict[str, bool]) -> None:
    assert dict(kept_rules(prompt, answer)) == told


@pytest.mark.parametrize("prompt", NOT_JUDGED)
def test_what_is_not_beyond_doubt_is_not_judged(prompt: str) -> None:
    assert kept_rules(prompt, "はい。") == []


SHAPES = [
    ("東京は首都です。", {"chars": 8, "loop_share": 0, "japanese_share": 7 / 8}),
    ("ABC あ", {"chars": 5, "loop_share": 0, "japanese_share": 1 / 4}),
    ("サーバー", {"chars": 4, "loop_share": 0, "japanese_share": 1}),
    ("それは" + "楽しいことです。" * 10, {"chars": 83, "loop_share": 1, "japanese_share": 73 / 83}),
    ("笑笑笑笑笑", {"chars": 5, "loop_share": 0, "japanese_share": 1}),
    ("", {"chars": 0, "loop_share": 0}),
    (" \n", {"chars": 2, "loop_share": 0}),
]


@pytest.mark.parametrize(("text", "told"), SHAPES)
def test_shape_of_an_answer(text: str, told: dict[str, float]) -> None:
    assert shape(text) == pytest.approx(told)
