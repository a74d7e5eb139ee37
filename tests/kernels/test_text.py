"""Decoding to code points and back, against Python's own."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given

from llmx_data.kernels.text import Codepoints, Texts, decode, to_strings
from tests.kernels import twins


def check(texts: list[str | None] | tuple[str, ...]) -> None:
    column = twins.series(texts)
    points = decode(column)
    assert [list(points.points[a:b]) for a, b in spans(points)] == [*map(twins.code_points, texts)]
    assert to_strings(points).to_list() == [text or "" for text in texts]


def spans(points: Codepoints) -> list[tuple[int, int]]:
    return list(zip(points.offsets[:-1].tolist(), points.offsets[1:].tolist(), strict=True))


def test_edge_texts() -> None:
    check(twins.EDGE_TEXTS)


@given(twins.TEXTS)
def test_generated_texts(texts: list[str | None]) -> None:
    check(texts)


def test_shared_documents() -> None:
    check(twins.shared_documents())


@pytest.mark.parametrize("texts", [[], [None], [""], [None, None]])
def test_nothing_to_decode(texts: list[str | None]) -> None:
    points = decode(twins.series(texts))
    assert (points.points.size, points.offsets.tolist()) == (0, [0] * (len(texts) + 1))
    assert to_strings(points).to_list() == [""] * len(texts)


def test_slices_and_chunks_of_a_column() -> None:
    column = twins.series(["捨てる", "𠮟る", None, "ab", "残す"])
    assert to_strings(decode(column[1:4])).to_list() == ["𠮟る", "", "ab"]
    chunked = pl.concat([column[1:3], column[3:]], rechunk=False)
    assert to_strings(decode(chunked)).to_list() == ["𠮟る", "", "ab", "残す"]


def test_types_and_reuse() -> None:
    texts = Texts(twins.series(["ＡＢＣ　あ"]))
    assert texts.points is texts.points
    assert (texts.points.points.dtype, texts.points.offsets.dtype) == (np.uint32, np.int64)
    assert to_strings(texts.folded).to_list() == ["ABCあ"]


def test_read_only_parts_of_a_batch_are_accepted() -> None:
    points = decode(twins.series(["はい", "いいえ", "多分"]))
    frozen = Codepoints(points.points.copy(), points.offsets[1:].copy())
    frozen.points.flags.writeable = frozen.offsets.flags.writeable = False
    assert to_strings(frozen).to_list() == ["いいえ", "多分"]


@given(twins.TEXTS)
def test_taken_texts_are_as_if_computed_anew(texts: list[str | None]) -> None:
    column = twins.series(texts)
    rows = np.arange(len(texts))[::2]
    whole = Texts(column)
    assert len(whole.points) == len(whole.folded) == len(whole.normal) == len(whole.classes)
    some, anew = whole.take(rows), Texts(column.gather(rows))
    for form in ("points", "folded", "normal"):
        ours, theirs = some.__dict__[form], getattr(anew, form)
        assert ours.points.tolist() == theirs.points.tolist()
        assert ours.offsets.tolist() == theirs.offsets.tolist()
    assert some.__dict__["classes"].tolist() == anew.classes.tolist()
