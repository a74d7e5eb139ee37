"""Kinds about readings, only where the dictionary knows one: of words, and of a whole sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from llmx_data.synth.rules.task import Document, Kind, Made, Scene
from llmx_data.synth.rules.words import Word, hiragana, is_kanji, parses, readings, words

ASKED = (3, 5)
"""Fewest and most words asked for. Ours."""

MAX_SENTENCE = 50
DOUBTFUL = re.compile(r"[0-9〇一二三四五六七八九十百千万億兆々ヶA-Za-z]")


UNSURE = ("中砥", "荒砥", "川床", "街中", "町中")
"""Words with a usual reading the dictionary does not have: なかど, まちじゅう. Ours."""


def sure_words(text: str) -> list[Word]:
    """Nouns of kanji alone that stand free of other kanji and have one reading at all."""
    found: dict[str, Word] = {}
    for word in words(text):
        free = not is_kanji(text[word.end : word.end + 1]) and not is_kanji(text[: word.start][-1:])
        noun = word.is_noun and len(word.surface) > 1 and all(map(is_kanji, word.surface))
        if (
            noun
            and free
            and word.surface not in UNSURE
            and not DOUBTFUL.search(word.surface)
            and readings(word.surface) == {word.kana}
        ):
            found.setdefault(word.surface, word)
    return list(found.values())


def word_readings(scene: Scene) -> Iterator[Made]:
    """Ask for the readings of three to five words, in their order."""
    found = sure_words(scene.piece.text)
    chosen = scene.dice.sample(found, ASKED[0] + scene.dice.below(ASKED[1] - ASKED[0] + 1))
    if len(chosen) >= ASKED[0]:
        answer = "\n".join(f"{word.surface}：{hiragana(word.kana)}" for word in chosen)
        yield Made(answer, {"terms": "、".join(word.surface for word in chosen)})


def check_word_readings(answer: str, facts: Mapping[str, Any], _: Document) -> str | None:
    """See that the likeliest parses of the sentences with the word agree on the reading."""
    rows = [line.split("：") for line in answer.split("\n")]
    if [row[0] for row in rows] != facts["terms"].split("、") or any(len(row) != 2 for row in rows):
        return "not the words that were asked for, in order"
    told = re.findall(r"[^。\n]+", facts["passage"])
    for term, kana in rows:
        heard = {
            hiragana(word.kana)
            for sentence in told
            if term in sentence
            for parse in parses(sentence, 2)
            for word in parse
            if word.surface == term
        }
        if heard != {kana}:
            return f"{term}: heard {sorted(heard)}"
    return None


def in_kana(scene: Scene) -> Iterator[Made]:
    """Spell a sentence with its kanji in hiragana, where every word with kanji has one reading."""
    text = scene.piece.text
    if len(text) > MAX_SENTENCE or DOUBTFUL.search(text):
        return
    seen = words(text)
    written = [word for word in seen if any(map(is_kanji, word.surface))]
    if len(written) < 3 or not all(_sure(word, text) for word in written):
        return
    if {_sound(parse) for parse in parses(text, 2)} != {_sound(seen)}:
        return
    yield Made("".join(hiragana(w.kana) if w in written else w.surface for w in seen))


def _sound(parse: tuple[Word, ...]) -> str:
    return "".join(word.kana or word.surface for word in parse)


def _sure(word: Word, text: str) -> bool:
    """Whether a word has one reading and no kanji beside it changes its sound."""
    beside = is_kanji(text[word.end : word.end + 1]) or is_kanji(text[: word.start][-1:])
    compound = beside and not (word.origin == "漢" and len(word.surface) > 1)
    sure = word.known and readings(word.surface) == {word.kana} and word.pos[1] != "固有名詞"
    return sure and not compound and word.pos[0] not in ("接頭辞", "接尾辞")


def check_in_kana(answer: str, facts: Mapping[str, Any], _: Document) -> str | None:
    """See that its kana are the sentence's and that the likeliest parses read so."""
    text = facts["passage"]
    if any(map(is_kanji, answer)):
        return "kanji are left"
    runs = re.split(r"([一-鿿々]+)", text)
    pattern = "".join("([ぁ-ん]+)" if i % 2 else re.escape(run) for i, run in enumerate(runs))
    if not re.fullmatch(pattern, answer):
        return "its kana are not the sentence's"
    likely = {hiragana(_written(parse)) for parse in parses(text, 3)}
    return None if hiragana(answer) in likely and len(likely) == 1 else f"expected {sorted(likely)}"


def _written(parse: tuple[Word, ...]) -> str:
    """Katakana by reading for words with kanji, everything else as it stands."""
    return "".join(w.kana if any(map(is_kanji, w.surface)) else w.surface for w in parse)


KINDS = (
    Kind("word_readings", ("passage", "paragraph"), word_readings, check_word_readings),
    Kind("in_kana", ("sentence",), in_kana, check_in_kana),
)
