"""Repetition: values that can be counted by hand."""

import pytest

from llmx_data.measure import Texts
from llmx_data.measure.repetition import Repetition
from tests.kernels import twins


@pytest.mark.parametrize(
    ("text", "column", "expected"),
    [
        ("あいあいう", "top2gram_share", 2 / 4),
        ("あいあいう", "top3gram_share", 1 / 3),
        ("あああああああ", "top4gram_share", 1.0),
        ("あああああああ", "dup5gram_share", 1.0),
        ("あああああああ", "dup6gram_share", 1.0),
        ("あああああああ", "dup7gram_share", 0.0),
        ("あああああああ", "dup8gram_share", None),
        ("いろはにほへと" * 2, "dup5gram_share", 3 / 7),
        ("0123456789" * 2 + "x", "dup10gram_share", 1 / 11),
        ("ab\nab\n", "top3gram_share", 2 / 4),
        ("😀", "top2gram_share", None),
        ("", "top2gram_share", None),
        (None, "dup10gram_share", None),
    ],
)
def test_values(text: str | None, column: str, expected: float | None) -> None:
    found = Repetition().measure(Texts(twins.series(["別の文。", text])))[column].to_list()
    assert found[1] == (expected if expected is None else pytest.approx(expected))
