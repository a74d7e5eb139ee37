"""Columns and key of the word list measure."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from pydantic import ValidationError

from llmx_data.measure import Texts
from llmx_data.measure.words import Words


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "list.txt"
    path.write_text("アダルト\n殺\n", encoding="utf-8")
    return path


def test_counts_and_shares(path: Path) -> None:
    texts = ["アダルトの話。", "図書館が開館した。", "", None, "hi", "殺アダルト、アダルトグッズ"]
    part = Words(name="adult", path=str(path))
    result = part.measure(Texts(pl.Series(texts)))
    assert dict(result.schema) == part.gives()
    assert result["adult_hits_count"].to_list() == [1, 0, 0, 0, 0, 1]
    shares = [4 / 7, 0.0, None, None, None, 4 / 13]
    assert result["adult_chars_share"].to_list() == shares


def test_one_character_words_count_when_asked(path: Path) -> None:
    part = Words(name="adult", path=str(path), min_chars=1)
    assert part.measure(Texts(pl.Series(["殺虫剤"])))["adult_hits_count"].item() == 1


def test_the_content_of_the_list_is_the_key(path: Path, tmp_path: Path) -> None:
    part = Words(name="adult", path=str(path))
    copy = tmp_path / "copy.txt"
    copy.write_bytes(path.read_bytes())
    assert Words(name="adult", path=str(copy)).digest() == part.digest()
    copy.write_text("別の語\n", encoding="utf-8")
    assert Words(name="adult", path=str(copy)).digest() != part.digest()


def test_a_name_makes_columns(path: Path) -> None:
    with pytest.raises(ValidationError):
        Words(name="Adult words", path=str(path))
