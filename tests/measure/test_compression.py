"""Compression: against zlib itself."""

import zlib

import pytest
from pydantic import ValidationError

from llmx_data.measure import Texts
from llmx_data.measure.compression import Compression
from tests.kernels import twins


@pytest.mark.parametrize("level", [1, 9])
def test_ratio_is_that_of_zlib(level: int) -> None:
    texts = ["あ" * 500, "東京都では昨日、新しい図書館が開館した。", "😀", "", None, "い" * 90]
    found = Compression(level=level).measure(Texts(twins.series(texts)))["zlib_ratio"].to_list()
    raw = [(text or "").encode() for text in texts]
    assert found == [len(zlib.compress(b, level)) / len(b) if b else None for b in raw]
    assert found[0] < 0.05 < 0.5 < found[1]


def test_a_slice_of_a_column() -> None:
    column = twins.series(["捨てる", "あ" * 99])
    whole = Compression().measure(Texts(column))["zlib_ratio"].to_list()
    assert Compression().measure(Texts(column[1:]))["zlib_ratio"].to_list() == whole[1:]


@pytest.mark.parametrize("level", [0, 10])
def test_level_is_checked(level: int) -> None:
    with pytest.raises(ValidationError):
        Compression(level=level)
