"""Keys, masks and exchanges agree with slow obvious twins."""

from __future__ import annotations

import unicodedata

import polars as pl
import pytest

from llmx_data.pii.mask import LABELS, Mask
from llmx_data.recover.sides import PREFIX, WHOLE, bare, entries, fingerprints
from tests.recover.help import frame

PLAIN = "お問い合わせは窓口へ。"
MASKS = [
    *LABELS.values(), "＊" * 13, "<EMAIL>", "[PHONE_NUMBER]", "<|email|>", "{{PII}}", "【Email】",
    "info@example.jp", "090-1234-5678", "〒100-0001",
]  # fmt: skip
KEPT = ["<b>", "**強調**", "[1]", "〈電話〉", "2026-11-21", "5,000円", "メール", ""]


@pytest.mark.parametrize("mask", MASKS)
def test_masks_and_what_they_hide_are_taken_out(mask: str) -> None:
    assert bare(pl.Series([PLAIN + mask + PLAIN, mask])).to_list() == [PLAIN * 2, ""]


@pytest.mark.parametrize("word", KEPT)
def test_other_words_stay(word: str) -> None:
    assert bare(pl.Series([PLAIN + word + PLAIN])).to_list() == [PLAIN + word + PLAIN]


@pytest.mark.parametrize("replacement", ["label", "stars", "nothing"])
def test_a_masked_text_is_the_text(replacement: str) -> None:
    text = (
        "担当は hanako@example.co.jp、電話は 03-1234-5678、携帯は０９０－１２３４－５６７８です。"
    )
    masked = Mask(replacement=replacement).hidden([text])[0]  # type: ignore[arg-type]
    assert masked != text
    assert bare(pl.Series([masked])).to_list() == bare(pl.Series([text])).to_list()


def folded(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


def test_keys_are_equal_where_folded_texts_are() -> None:
    texts = [
        "ﾊﾟﾝを 食べる",
        "パンを食べる",
        "ハンを食べる",
        "",
        "あ" * PREFIX,
        "あ" * PREFIX + "い",
        "あ" * (PREFIX - 1),
    ]
    told = entries(frame([("問い" + t, t) for t in texts]), exchanges=False)
    keys = fingerprints(told)
    for column, twin in (
        ("prompt_key", [folded("問い" + t) for t in texts]),
        ("answer_key", [folded(t) or None for t in texts]),
        ("whole_key", [folded("問い" + t + t) for t in texts]),
        ("prefix_key", [folded(t)[:PREFIX] if len(folded(t)) >= PREFIX else None for t in texts]),
    ):
        values = keys[column].to_list()
        assert [v is None for v in values] == [t is None for t in twin], column
        for i, one in enumerate(twin):
            assert [values[i] == v for v in values] == [one == t for t in twin], (column, i)


def test_a_document_has_no_prompt_and_a_talk_has_exchanges() -> None:
    told = entries(frame(["文書", ("a", "b"), ("c", "d", "e", "f")]), exchanges=True)
    rows = told.select("row", "turn", "prompt", "answer").rows()
    assert rows[:3] == [
        (0, WHOLE, None, "文書"), (1, WHOLE, "a", "b"), (2, WHOLE, "c\n\ne", "d\n\nf")
    ]  # fmt: skip
    assert rows[3:] == [(2, 1, "c", "d"), (2, 3, "e", "f")]
