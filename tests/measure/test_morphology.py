"""Shares of parts of speech, and the gate before MeCab."""

from __future__ import annotations

import polars as pl
import pytest

from llmx_data.kernels.mecab import tagger
from llmx_data.measure import Texts
from llmx_data.measure.morphology import Morphology

PROSE = "昨日は妹と駅前の店でゆっくりお茶を飲んだよ。"
LIST = "東京 大阪 名古屋 札幌 福岡 仙台 広島 京都 神戸 横浜"


def test_columns_are_as_announced() -> None:
    result = Morphology().measure(Texts(pl.Series([PROSE, "", None, "。。"])))
    assert dict(result.schema) == Morphology().gives()
    assert result["words_count"].to_list()[1:] == [0, 0, 2]
    assert result["particle_share"].to_list()[1:] == [None, None, 0.0]
    assert result["noun_share"].to_list()[1:] == [None, None, None]
    assert not any(result[name].is_nan().any() for name in result.columns[1:])


def test_prose_and_list_differ() -> None:
    prose, names = Morphology().measure(Texts(pl.Series([PROSE, LIST]))).to_dicts()
    assert prose["words_count"] == 16
    assert prose["particle_share"] == pytest.approx(6 / 16)
    assert prose["final_particle_share"] == pytest.approx(1 / 16)
    assert prose["symbol_share"] == pytest.approx(1 / 16)
    assert prose["noun_share"] == pytest.approx(5 / 15)
    assert prose["word_mean_chars"] == pytest.approx(len(PROSE) / 16)
    assert names["noun_share"] == 1.0
    assert names["proper_noun_share"] == 1.0
    assert names["unknown_share"] == 0.0


def test_words_of_a_long_text_are_estimated() -> None:
    row = Morphology().measure(Texts(pl.Series([PROSE * 500]))).to_dicts()[0]
    assert row["words_count"] == pytest.approx(16 * 500, rel=0.05)


def test_the_gate_keeps_prose_from_mecab() -> None:
    before = tagger().parsed_count
    texts = Texts(pl.Series([PROSE, LIST, PROSE, None]))
    result = Morphology(gate_hiragana=0.25).measure(texts)
    assert tagger().parsed_count == before + 2
    assert result["noun_share"].to_list() == [None, 1.0, None, None]
    assert result["words_count"].to_list() == [None, 10, None, 0]


def test_the_gate_is_part_of_the_key() -> None:
    assert Morphology().digest() != Morphology(gate_hiragana=0.25).digest()
