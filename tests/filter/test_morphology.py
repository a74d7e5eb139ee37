"""One kept and one dropped text per ground of the morphology filter."""

from __future__ import annotations

import polars as pl
import pytest

from llmx_data.filter.morphology import Morphology
from llmx_data.measure import Texts
from llmx_data.measure.morphology import Morphology as Measure

KEPT = "昨日は妹と駅前の店でゆっくりお茶を飲んだよ。" * 3
STRICT = {"min_particle_share": 0.06, "max_unknown_share": 0.3, "max_symbol_share": 0.35}
DROPPED = [
    ("東京 大阪 名古屋 札幌 福岡 仙台 広島", "too_many_nouns"),
    ("走った。泣いた。笑った。美しい。", "too_few_particles"),
    ("その zqx が vvk の qqz に gghj と。", "too_many_unknown_words"),
    ("これは！！！？？…は＊＊＊＊＊＊", "too_many_symbols"),
]


def reasons(text: str, **options: float | None) -> list[str]:
    features = Measure().measure(Texts(pl.Series([text])))
    found = Morphology.model_validate(options).reasons()
    return [r.word for r in found if features.select(r.bad.fill_null(False)).item()]


@pytest.mark.parametrize(("text", "word"), DROPPED)
def test_dropped(text: str, word: str) -> None:
    assert word in reasons(text, **STRICT)


@pytest.mark.parametrize("text", [KEPT, "", "😀"])
def test_kept(text: str) -> None:
    assert [word for word in reasons(text, **STRICT) if text == KEPT] == []
    assert "too_many_nouns" not in reasons(text)


def test_only_nouns_by_default_and_none_is_off() -> None:
    assert [r.word for r in Morphology().reasons()] == ["too_many_nouns"]
    assert list(Morphology(max_noun_share=None).reasons()) == []


def test_the_gate_is_handed_to_the_measure() -> None:
    assert Morphology().needs()[0].options == {}
    assert Morphology(gate_hiragana=0.25).needs()[0].options == {"gate_hiragana": 0.25}
