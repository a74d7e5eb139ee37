"""Kinds that ask for all amounts in a unit, or all names of towns."""

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

PLACE_ENDS = "都道府県市区町村"


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
    Kind("places", ("passage",), places, check_places),
)
