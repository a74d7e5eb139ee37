"""Half characters and control characters go; everything that people write stays."""

from __future__ import annotations

import pytest

from tests.filter.test_screening import grounds

KEPT = [
    "東京都では昨日、図書館が開館した。",
    "一行目\n二行目\t表\r\n",
    "👩‍💻と👍🏽",
    "ﾊﾞｯﾊ",
    "x\u0085y",
    "",
    None,
]
BROKEN = [
    "館し\ufffd\ufffd何年",
    "終わり\x00",
    "色\x1b[31m",
    "\x7f",
    "a\x9fb",
    "\uffff",
    "\ufdd0",
    "\U0001fffe",
]


@pytest.mark.parametrize("text", KEPT)
def test_kept(text: str | None) -> None:
    assert grounds("broken_text", [text]) == [[]]


@pytest.mark.parametrize("text", BROKEN)
def test_broken(text: str) -> None:
    assert grounds("broken_text", [text]) == [["broken_text"]]
    off = {"max_replacements": None, "max_controls": None}
    assert not any(grounds("broken_text", [text], **off))


def test_counts_are_limits() -> None:
    text = "\ufffd\ufffd\x00"
    assert grounds("broken_text", [text], max_replacements=2, max_controls=1) == [[]]
    assert grounds("broken_text", [text], max_replacements=1, max_controls=1) == [["broken_text"]]
