"""Kinds that rewrite where code is sure: polite and plain style, kanji numbers as digits."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from llmx_data.synth.rules import numerals
from llmx_data.synth.rules.existence import names_something
from llmx_data.synth.rules.style import plain, polite
from llmx_data.synth.rules.task import Document, Kind, Made, Scene
from llmx_data.synth.rules.words import words

WRITTEN_UNITS = (
    *numerals.UNITS,
    *("年", "月", "日", "時", "分", "秒", "度", "本", "年前", "年目", "日前", "日目"),
    *("回目", "人目", "割", "倍", "代", "年生"),
)
"""Units before which digits are as usual as kanji; the rest of a sentence must have no number."""

SAYING = re.compile(
    r"一[度時]と|二度と|(?<![0-9〇一二三四五六七八九十])十分(?!ほど|くらい|ぐらい|間|後|前|以|おき|ごと|かか|で|たっ|待)|"
    r"もう一度|今一度|一時は|一回り|一本気|二の[足次]|一杯(?!の)|一人[一ひで]|一日一|三日坊主"
)
"""Numbers inside set phrases, which are not written as digits: 二度と, 十分な, もう一度."""

PHRASES = ("十分", "不十分", "一人一人", "一番", "一時")
"""The same as words of MeCab's, for the check."""

SPACE = re.compile(r"\s")
"""White space, which MeCab does not see."""


def to_polite(scene: Scene) -> Iterator[Made]:
    """Put a plain sentence in です・ます."""
    found = polite(scene.piece.text)
    if found:
        yield Made(found)


def check_to_polite(answer: str, facts: Mapping[str, Any], _: Document) -> str | None:
    """Make it plain again: it is the sentence; だ and である are not told apart."""
    again = plain(answer)
    if again is None or SPACE.search(answer):
        return "not a polite sentence"
    if re.search(r"であ(?:る|った)。$", facts["passage"]) and not names_something(facts["passage"]):
        return "である might say that something is there"
    source = re.sub(r"(?<!ん)だ。$", "である。", facts["passage"])
    source = re.sub(r"だった。$", "であった。", source)
    return None if facts["passage"] == again or source == again else f"plain it is {again}"


def to_plain(scene: Scene) -> Iterator[Made]:
    """Put a polite sentence in である."""
    found = plain(scene.piece.text)
    if found:
        yield Made(found)


def check_to_plain(answer: str, facts: Mapping[str, Any], _: Document) -> str | None:
    """Make it polite again: it is the sentence, and it ends in である, not だ."""
    again = None if SPACE.search(answer) else polite(answer)
    if answer.endswith(("だった。",)) or re.search(r"[^んい]だ。$", answer):
        return "だ, not である"
    return None if again == facts["passage"] else f"polite it is {again}"


def digits(scene: Scene) -> Iterator[Made]:
    """Write kanji numbers below 10,000 before units as digits."""
    text = scene.piece.text
    found = numerals.quantities(text, WRITTEN_UNITS)
    if not found or re.search(r"[0-9]", text) or any(each.value >= 10_000 for each in found):
        return
    if SAYING.search(text) or not numerals.counted(found, text):
        return
    written = sum(len(each.number) for each in found)
    if written != len(re.findall(r"[〇一二三四五六七八九十百千万億兆]", text)):
        return
    answer = text
    for each in reversed(found):
        answer = answer[: each.start] + str(int(each.value)) + each.unit + answer[each.end :]
    yield Made(answer)


def check_digits(answer: str, facts: Mapping[str, Any], _: Document) -> str | None:
    """Spell it in kanji again: it is the sentence, and no number in kanji is left."""
    if re.search(r"[〇一二三四五六七八九十百千万億兆]", answer):
        return "a number in kanji is left"
    if (
        any(word.surface in PHRASES for word in words(facts["passage"]))
        or "二度と" in facts["passage"]
    ):
        return "a number of the passage is part of a phrase"
    again = re.sub(r"[1-9][0-9]*", lambda match: _spelled(match[0]), answer)
    return None if again == facts["passage"] else f"in kanji it is {again}"


def _spelled(number: str) -> str:
    """Kanji by place: each digit with the name of its place, 一 only in the place of ones."""
    found = ""
    for digit, place in zip(reversed(number), ("", "十", "百", "千"), strict=False):
        if digit != "0":
            bare = digit == "1" and place
            found = ("" if bare else "一二三四五六七八九"[int(digit) - 1]) + place + found
    return found


KINDS = (
    Kind("to_polite", ("sentence",), to_polite, check_to_polite),
    Kind("to_plain", ("sentence",), to_plain, check_to_plain),
    Kind("digits", ("sentence",), digits, check_digits),
)
