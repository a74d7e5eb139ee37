"""Numbers in kanji and digits: their value, their spelling, and quantities with a sure unit."""

from __future__ import annotations

import re
from dataclasses import dataclass

from llmx_data.synth.rules.words import words

DIGITS = "〇一二三四五六七八九"
SMALL = {"十": 10, "百": 100, "千": 1000}
LARGE = {"万": 10**4, "億": 10**8, "兆": 10**12}
KANJI_NUMBER = "[〇一二三四五六七八九十百千万億兆]+"
NUMBER = rf"(?:{KANJI_NUMBER}|[0-9]+(?:,[0-9]{{3}})*(?:\.[0-9]+)?)"

UNITS = (
    *("円", "人", "歳", "メートル", "センチ", "ミリ", "キロ", "グラム", "リットル", "パーセント"),
    *("冊", "枚", "個", "匹", "台", "軒", "時間", "年間", "週間", "か月", "回", "曲", "点", "件"),
    *(
        "席",
        "世帯",
        "種類",
        "か所",
        "羽",
        "頭",
        "足",
        "束",
        "皿",
        "杯",
        "票",
        "語",
        "戸",
        "通",
        "着",
    ),
)
"""Units whose number is a quantity wherever they stand; 本, 度, 日 and 分 are not among them,
for 一度, 三分 and 二十日 are also words of another kind."""

BEFORE = re.compile(
    r"[数何幾第毎各・〜～ー~‐‑–—−\-０-９0-9〇一二三四五六七八九十百千万億兆.,]$|"
    r"[0-9一二三四五六七八九十]、$"
)
AFTER = re.compile(
    rf"(?!以上|以下|未満|前後|程度|以内|近く|{NUMBER}[月日時分秒])[一-鿿々目め0-9ァ-ヴー]"
)


@dataclass(frozen=True)
class Quantity:
    """A number with its unit, in its place."""

    text: str
    number: str
    unit: str
    start: int
    value: float

    @property
    def end(self) -> int:
        """Where it ends."""
        return self.start + len(self.text)


def value(number: str) -> float | None:
    """Value of a number; None if it is not spelled the one usual way."""
    if number[0] in "0123456789":
        return float(number.replace(",", ""))
    found = _kanji_value(number)
    return float(found) if found and kanji(found) == number else None


def _kanji_value(number: str) -> int:
    """Add up a kanji number, whatever its order; `value` asks whether it was in order."""
    total, group, digit = 0, 0, 0
    for char in number:
        if char in DIGITS:
            digit = digit * 10 + DIGITS.index(char)
        elif char in SMALL:
            group, digit = group + (digit or 1) * SMALL[char], 0
        else:
            total, group, digit = total + (group + digit) * LARGE[char], 0, 0
    return total + group + digit


def kanji(number: int) -> str:
    """Spell a number of 1 to 10**16 - 1 in kanji the usual way: 千二百, 一万, 二十六."""
    for name, size in reversed(LARGE.items()):
        if number >= size:
            return kanji(number // size) + name + (kanji(number % size) if number % size else "")
    for name, size in reversed(SMALL.items()):
        if number >= size:
            many = number // size
            rest = number % size
            return ("" if many == 1 else DIGITS[many]) + name + (kanji(rest) if rest else "")
    return DIGITS[number]


def quantities(text: str, units: tuple[str, ...] | None = None) -> list[Quantity] | None:
    """Every number with one of the units, in order; None if one of them is open to doubt.

    In doubt are numbers in ranges (四、五人, 3-5人), ordinals (第三回), units that go on (三人前,
    三キロワット), and texts with amounts that are no numbers (十数人) or in full-width digits.
    """
    names = "|".join(sorted(units or UNITS, key=len, reverse=True))
    if re.search(rf"(?:十数|数十|数百|数千|数万|[０-９])(?:{names})", text):
        return None
    found = []
    for match in re.finditer(rf"({NUMBER})({names})", text):
        worth = value(match[1])
        if (
            worth is None
            or BEFORE.search(text[: match.start()])
            or AFTER.match(text[match.end() :])
        ):
            return None
        found.append(Quantity(match[0], match[1], match[2], match.start(), worth))
    return found


def on_words(found: list[Quantity], text: str) -> bool:
    """Whether MeCab has a word's beginning and end at both ends of every quantity: not 三通り."""
    seen = words(text)
    starts, ends = {word.start for word in seen}, {word.end for word in seen}
    return all(each.start in starts and each.end in ends for each in found)


def counted(found: list[Quantity], text: str) -> bool:
    """Whether every quantity is a number and a unit to MeCab: not 十分 (enough), not 五月雨."""
    apart = ("一人", "二人")
    seen = {(word.start, word.end): word for word in words(text)}
    whole = all(
        each.text in apart or (each.start, each.end) not in seen or each.number.isascii()
        for each in found
    )
    return whole and on_words(found, text)
