"""Kinds that ask for all amounts in a unit, all dates, or all names of towns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from llmx_data.synth.rules import numerals
from llmx_data.synth.rules.bullets import bulleted, bullets, differs
from llmx_data.synth.rules.passage import sentences
from llmx_data.synth.rules.task import Document, Kind, Made, Scene
from llmx_data.synth.rules.words import bounded, is_kanji, parses, words

MIN_AMOUNTS = 2
"""One amount is a question, not a list."""

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

PLACE_ENDS = "都道府県市区町村"
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


def amounts(scene: Scene) -> Iterator[Made]:
    """List every amount in one unit, in order, for each unit that is there often enough."""
    for unit in numerals.UNITS:
        found = numerals.quantities(scene.piece.text, (unit,))
        if found and len(found) >= MIN_AMOUNTS and numerals.on_words(found, scene.piece.text):
            yield Made(bullets([each.text for each in found]), {"unit": unit})


def _by_units(text: str, unit: str) -> list[str]:
    """Amounts by walking back from every place of the unit."""
    found = []
    for match in re.finditer(re.escape(unit), text):
        start = match.start()
        while start and text[start - 1] in "0123456789,.〇一二三四五六七八九十百千万億兆":
            start -= 1
        if start < match.start():
            found.append(text[start : match.end()])
    return found


def check_amounts(answer: str, facts: Mapping[str, Any], _: Document) -> str | None:
    """Walk back from every place of the unit."""
    return differs(answer, _by_units(facts["passage"], facts["unit"]))


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
    tied = after is not None and after.pos[0] == "接尾辞" and after.surface not in MONTH_PARTS
    return not tied


def places(scene: Scene) -> Iterator[Made]:
    """List names that end in 市, 町, 村 ..., once, in order, where MeCab is sure."""
    found: list[str] = []
    for sentence in scene.piece.sentences:
        likely = [_places(parse) for parse in parses(sentence, 3)]
        if any(names != likely[0] for names in likely) or _unnamed(sentence, likely[0]):
            return
        found.extend(likely[0])
    unique = list(dict.fromkeys(found))
    if unique and all(_whole(name, scene.piece.text) for name in unique):
        yield Made(bullets(unique))


def _places(parse: tuple[Any, ...]) -> list[str]:
    pairs = pairwise(parse)
    return [
        name.surface + end.surface
        for name, end in pairs
        if name.pos[2] == "地名" and end.surface in PLACE_ENDS and end.pos[0] in ("名詞", "接尾辞")
    ]


def _whole(name: str, text: str) -> bool:
    """Whether a name is a name wherever it stands: not 国見町 of 東国見町."""
    return bounded(name, text) and not re.search(rf"[一-鿿々ァ-ヶー]{re.escape(name)}", text)


def _unnamed(sentence: str, names: list[str]) -> bool:
    """Whether a 市 or 町 after a noun is left that is in none of the names: みなと市, 隣町."""
    for name in names:
        sentence = sentence.replace(name, "、")
    if re.search(rf"[一-鿿ァ-ヶ々ー][{PLACE_ENDS}](?![一-鿿])", sentence):
        return True
    return any(
        end.surface in PLACE_ENDS
        and name.pos[0] in ("名詞", "接尾辞", "記号")
        and name.end == end.start
        for name, end in pairwise(words(sentence))
    )


def check_places(answer: str, facts: Mapping[str, Any], _: Document) -> str | None:
    """See that every name is a whole one of the passage, and none is left."""
    found = bulleted(answer)
    if found is None:
        return "the answer is not a list of lines with ・"
    text = facts["passage"]
    spots = [text.find(name) for name in found]
    if -1 in spots or spots != sorted(set(spots)):
        return "a name is not in the passage, or not in its order"
    shapes = [re.fullmatch(rf"[一-鿿ぁ-んァ-ヶ々ー]+[{PLACE_ENDS}]", name) for name in found]
    starts = {word.start for word in words(text)}
    inside = any(spot not in starts or is_kanji(text[:spot][-1:]) for spot in spots)
    if not all(shapes) or inside:
        return "a name is cut wrongly"
    left = any(
        _unnamed(sentence, found) for line in text.split("\n") for sentence in sentences(line)
    )
    return "a name is missing" if left else None


KINDS = (
    Kind("amounts", ("passage", "paragraph"), amounts, check_amounts),
    Kind("dates", ("passage",), dates, check_dates),
    Kind("places", ("passage",), places, check_places),
)
