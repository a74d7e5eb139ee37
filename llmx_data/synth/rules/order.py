"""Kinds that put in order: words by 五十音, amounts by size."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from llmx_data.synth.rules import numerals
from llmx_data.synth.rules.reading import sure_words
from llmx_data.synth.rules.task import Document, Kind, Made, Scene
from llmx_data.synth.rules.words import hiragana, readings

SORTED_WORDS = 5
GOJUON = (
    "あいうえおかきくけこさしすせそたちつてとなにぬねのはひふへほまみむめもやゆよらりるれろわをん"
)
PLAIN = str.maketrans(
    "がぎぐげござじずぜぞだぢづでどばびぶべぼぱぴぷぺぽぁぃぅぇぉっゃゅょゔ",
    "かきくけこさしすせそたちつてとはひふへほはひふへほあいうえおつやゆよう",
)


def gojuon(scene: Scene) -> Iterator[Made]:
    """Sort words of the passage with sure readings by them; first kana must settle it."""
    chosen, firsts = [], set()
    for word in scene.dice.shuffled(sure_words(scene.piece.text)):
        kana = hiragana(word.kana)
        key = kana[:2].translate(PLAIN)
        if "ー" not in kana[:2] and key not in firsts and len(key) == 2:
            firsts.add(key)
            chosen.append((key, word.surface, kana))
    chosen = chosen[:SORTED_WORDS]
    if len(chosen) < SORTED_WORDS:
        return
    answer = "\n".join(f"{surface}（{kana}）" for _, surface, kana in sorted(chosen))
    yield Made(answer, {"terms": "、".join(surface for _, surface, _ in chosen)})


def check_gojuon(answer: str, facts: Mapping[str, Any], _: Document) -> str | None:
    """See that the dictionary has the readings, and that places in the table of kana rise."""
    rows = [re.fullmatch(r"(.+)（([ぁ-んー]+)）", line) for line in answer.split("\n")]
    told = [(row[1], row[2]) for row in rows if row]
    if sorted(word for word, _ in told) != sorted(facts["terms"].split("、")) or None in rows:
        return "not the words that were asked for"
    for word, kana in told:
        if {hiragana(each) for each in readings(word)} != {kana} or word not in facts["passage"]:
            return f"another reading, or not in the passage: {word}"
    places = [[GOJUON.index(c.translate(PLAIN)) for c in kana[:2]] for _, kana in told]
    rising = all(one < other for one, other in pairwise(places))
    return None if rising else "wrong order"


def by_size(scene: Scene) -> Iterator[Made]:
    """Sort amounts of one unit, smallest or largest first; each amount once."""
    for unit in numerals.UNITS:
        found = numerals.quantities(scene.piece.text, (unit,)) or []
        unique = list({each.value: each for each in found}.values())
        if (
            len(unique) >= 3
            and len(unique) == len({each.text for each in found})
            and numerals.on_words(found, scene.piece.text)
        ):
            way = scene.dice.choose(("小さい", "大きい"))
            ranked = sorted(unique, key=lambda each: each.value, reverse=way == "大きい")
            yield Made("\n".join(each.text for each in ranked), {"unit": unit, "way": way})


def check_by_size(answer: str, facts: Mapping[str, Any], _: Document) -> str | None:
    """Compare neighbours by length of their digits and then digit by digit; nothing is lost."""
    lines, unit = answer.split("\n"), facts["unit"]
    pattern = rf"[0-9,.〇一二三四五六七八九十百千万億兆]+{re.escape(unit)}"
    if sorted(lines) != sorted(set(re.findall(pattern, facts["passage"]))):
        return "not the amounts of the passage"
    sizes = [_size(line.removesuffix(unit)) for line in lines]
    if facts["way"] == "大きい":
        sizes.reverse()
    return None if sizes == sorted(sizes) and len(set(sizes)) == len(sizes) else "wrong order"


def _size(number: str) -> float:
    """Value by another road than `numerals.value`: split at 万, 千, 百, 十 from the left."""
    if number[:1].isascii() and number:
        return float(number.replace(",", ""))
    for name, size in (
        ("兆", 10**12),
        ("億", 10**8),
        ("万", 10**4),
        ("千", 1000),
        ("百", 100),
        ("十", 10),
    ):
        if name in number:
            left, right = number.split(name, 1)
            return (_size(left) if left else 1) * size + (_size(right) if right else 0)
    return float("〇一二三四五六七八九".index(number))


KINDS = (
    Kind("gojuon", ("passage", "paragraph"), gojuon, check_gojuon),
    Kind("by_size", ("passage",), by_size, check_by_size),
)
