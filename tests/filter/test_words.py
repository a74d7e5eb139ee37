"""One kept and one dropped text per ground of the word list filter."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from llmx_data.filter.words import Words
from llmx_data.measure import Texts
from llmx_data.measure.words import Words as Measure

PROSE = "駅前の図書館は新しく、子どもたちが毎日たくさん本を読みに来る。"
DROPPED = [
    ("アダルト、アダルト、" + PROSE, "adult_words_dense"),
    ("アダルト、" * 4 + PROSE * 20, "adult_words_many"),
]


def reasons(text: str, folder: Path) -> list[str]:
    path = folder / "adult.txt"
    path.write_text("アダルト\n", encoding="utf-8")
    part = Words(name="adult", path=str(path), max_hits=3)
    (need,) = part.needs()
    features = Measure.model_validate(need.options).measure(Texts(pl.Series([text])))
    return [r.word for r in part.reasons() if features.select(r.bad.fill_null(False)).item()]


@pytest.mark.parametrize(("text", "word"), DROPPED)
def test_dropped(text: str, word: str, tmp_path: Path) -> None:
    assert reasons(text, tmp_path) == [word]


@pytest.mark.parametrize("text", [PROSE, "アダルト、" + PROSE * 20, "", "😀"])
def test_kept(text: str, tmp_path: Path) -> None:
    assert reasons(text, tmp_path) == []
