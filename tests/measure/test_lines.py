"""Lines: values that can be counted by hand."""

import pytest

from llmx_data.measure import Texts
from llmx_data.measure.lines import Lines
from tests.kernels import twins

SPACED = "一つ目。\n\n二つ目。\n\n三つ目。\n\n一つ目。"
LIST = "- はじめの項目はこのように長い\n・次\n続く...\n\u3000\n終わり。"


@pytest.mark.parametrize(
    ("text", "column", "expected"),
    [
        (SPACED, "lines_count", 7),
        (SPACED, "blank_lines_share", 3 / 7),
        (SPACED, "duplicate_lines_share", 3 / 7),
        (SPACED, "duplicate_filled_lines_share", 1 / 4),
        (SPACED, "duplicate_lines_chars_share", 1 / 4),
        (SPACED, "line_mean_chars", 16 / 7),
        (SPACED, "line_max_chars", 4),
        (LIST, "bullet_lines_share", 2 / 4),
        (LIST, "ellipsis_lines_share", 1 / 4),
        (LIST, "punctuated_lines_share", 2 / 4),
        (LIST, "short_lines_share", 3 / 4),
        (LIST, "blank_lines_share", 1 / 5),
        ("😀", "lines_count", 1),
        ("！！！", "duplicate_lines_chars_share", None),
        ("\n\n", "short_lines_share", None),
        ("\n\n", "lines_count", 3),
        ("", "lines_count", 0),
        ("", "line_mean_chars", None),
        ("", "duplicate_lines_share", None),
        (None, "line_max_chars", None),
    ],
)
def test_values(text: str | None, column: str, expected: float | None) -> None:
    found = Lines().measure(Texts(twins.series(["別の文。", text])))[column].to_list()
    assert found[1] == (expected if expected is None else pytest.approx(expected))


def test_short_chars_is_an_option() -> None:
    texts = Texts(twins.series(["ああ\nああああ"]))
    assert Lines(short_chars=3).measure(texts)["short_lines_share"].to_list() == [0.5]
    assert Lines(short_chars=3).digest() != Lines().digest()
