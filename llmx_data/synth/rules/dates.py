"""The kind that asks for all dates, told from longer words (五月雨) and weekdays (第四月曜)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from llmx_data.synth.rules.bullets import bullets, differs
from llmx_data.synth.rules.task import Document, Kind, Made, Scene
from llmx_data.synth.rules.words import words

DATE = re.compile(
    r"(?<![0-9〇一二三四五六七八九十か])"
    r"(?:([0-9]{4}|[一二〇][〇一二三四五六七八九]{3})年)?"
    r"([0-9]{1,2}|十[一二]?|[一二三四五六七八九])月"
    r"(?:([0-9]{1,2}|[一二三]?十[一二三四五六七八九]?|[一二三四五六七八九])日)?(?!間)"
)


MONTH_GOES_ON = re.compile(
    r"(?!中|上旬|中旬|下旬|末|初|半ば|頃|以降|以後|以前|以来|現在)[一-鿿々ァ-ヴー0-9]|"
    r"ほど|ばかり|あまり|くらい|ぐらい|ぶり|おき|ごと|目|[-‐‑–—−~〜～][0-9]|[、・][0-9一二三四五六七八九十]"
)
"""What after a month makes it a longer word (五月雨, 三月期), a length, or a row of dates."""

DAY_GOES_ON = re.compile(r"[号版目間]|[-‐‑–—−~〜～][0-9]|[、・][0-9一二三四五六七八九十]")
DATE_BEFORE = re.compile(
    r"年[)）の]?$|年度$|[第毎各]$|[0-9０-９一二三四五六七八九十][、・][)]?$|[-‐‑–—−~〜～]$"
)
"""A year that is not taken in (昭和五十年三月, 今年八月), or the first half of a row: 三、四月."""


MONTH_PARTS = (
    "中",
    "末",
    "初",
    "頃",
    "ごろ",
    "上旬",
    "中旬",
    "下旬",
    "初め",
    "半ば",
    "以降",
    "以来",
)
"""Suffixes that leave a month a month."""


def dates(scene: Scene) -> Iterator[Made]:
    """List every date that names a month, in order; nothing where one might be another word."""
    text = scene.piece.text
    found = list(DATE.finditer(text))
    numbered = re.findall(r"[0-9０-９〇一二三四五六七八九十]月", text)
    if found and len(found) == len(numbered) and all(_dated(match) for match in found):
        yield Made(bullets([match[0] for match in found]))


def _dated(match: re.Match[str]) -> bool:
    """Whether MeCab has the date's ends, and what stands beside it leaves it a date."""
    text = match.string
    seen = words(text)
    starts, ends = {word.start for word in seen}, {word.end for word in seen}
    goes_on = DAY_GOES_ON if match[3] else MONTH_GOES_ON
    bare = match[1] is None and DATE_BEFORE.search(text[: match.start()])
    return (
        match.start() in starts
        and match.end() in ends
        and not bare
        and not goes_on.match(text, match.end())
    )


def check_dates(answer: str, facts: Mapping[str, Any], _: Document) -> str | None:
    """Walk out from every 月 that follows a number: back to the year, on to the day."""
    text, found, digits = facts["passage"], [], "0123456789〇一二三四五六七八九十"
    for month in [place for place, char in enumerate(text) if char == "月"]:
        start = month
        while start and text[start - 1] in digits:
            start -= 1
        if start == month:
            continue
        if not _is_month(text, month):
            return f"not a month: {text[start : month + 3]}"
        if start and text[start - 1] == "年" and text[start - 5 : start - 1].strip(digits) == "":
            start -= 5
        end = month + 1
        while end < len(text) and text[end] in digits:
            end += 1
        dated = end > month + 1 and text[end : end + 1] == "日"
        found.append(text[start : end + 1 if dated else month + 1])
    return differs(answer, found)


def _is_month(text: str, place: int) -> bool:
    """Whether MeCab has 月 as a word of its own after a number, with no suffix or noun tied to it.

    五月雨 and 月曜 are other words; of 三月期 the 期 is a suffix.
    """
    seen = words(text)
    at = next((n for n, word in enumerate(seen) if (word.start, word.end) == (place, place + 1)), 0)
    if not at or seen[at - 1].pos[1] != "数詞":
        return False
    after = seen[at + 1] if at + 1 < len(seen) else None
    if after is None or after.surface in MONTH_PARTS:
        return True
    return after.pos[0] != "接尾辞" and after.surface not in ("期", "号", "祭", "病")


KINDS = (Kind("dates", ("passage",), dates, check_dates),)
