"""Kinds that count: sentences, characters, a word, and words by how often they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from llmx_data.synth.rules.task import Document, Kind, Made, Scene
from llmx_data.synth.rules.words import terms

MAX_SENTENCE = 45
"""Longest sentence whose characters are counted. Ours."""

RANKED = 4
"""Words put in order of frequency. Ours."""


def sentence_count(scene: Scene) -> Iterator[Made]:
    """Count the sentences of a passage in which every 。 ends one and every sentence has one."""
    told = scene.piece.sentences
    plain = all(each.endswith("。") and not any(c in each for c in "！？!?") for each in told)
    if plain and len(told) > 2 and scene.piece.text.count("。") == len(told):
        yield Made(str(len(told)))


def check_sentence_count(answer: str, facts: Mapping[str, Any], _: Document) -> str | None:
    """Split at the full stops."""
    parts = "".join(facts["passage"].split()).split("。")
    return None if parts[-1] == "" and answer == str(len(parts) - 1) else "wrong number"


def char_count(scene: Scene) -> Iterator[Made]:
    """Count the characters of a short sentence, punctuation included."""
    text = scene.piece.text
    if len(text) <= MAX_SENTENCE and not any(char.isspace() for char in text):
        yield Made(str(len(text)))


def check_char_count(answer: str, facts: Mapping[str, Any], _: Document) -> str | None:
    """Count the bytes of UTF-32."""
    return None if answer == str(len(facts["passage"].encode("utf-32-le")) // 4) else "wrong number"


def _terms(text: str) -> Counter[str]:
    return Counter({noun: text.count(noun) for noun in terms(text)})


def word_count(scene: Scene) -> Iterator[Made]:
    """Count a noun that is there at least twice."""
    often = [(noun, many) for noun, many in _terms(scene.piece.text).items() if many > 1]
    for noun, many in scene.dice.sample(often, 2):
        yield Made(str(many), {"term": noun})


def check_word_count(answer: str, facts: Mapping[str, Any], _: Document) -> str | None:
    """Split at the word."""
    many = len(facts["passage"].split(facts["term"])) - 1
    return None if answer == str(many) else f"it occurs {many} times"


def ranking(scene: Scene) -> Iterator[Made]:
    """Order given nouns by how often they are; equal ones as they first appear."""
    found = _terms(scene.piece.text)
    often = [noun for noun, many in found.items() if many > 1]
    once = [noun for noun, many in found.items() if many == 1 and not _inside(noun, found)]
    often = [noun for noun in often if not _inside(noun, found)]
    if len(often) < 2 or len(once) < 1:
        return
    chosen = scene.dice.sample(often, RANKED - 1)
    chosen += scene.dice.sample(once, RANKED - len(chosen))
    shown = scene.dice.shuffled(chosen)
    text = scene.piece.text
    ranked = sorted(chosen, key=lambda noun: (-found[noun], text.index(noun)))
    answer = "\n".join(f"{noun}：{found[noun]}回" for noun in ranked)
    yield Made(answer, {"terms": "、".join(f"「{noun}」" for noun in shown)})


def _inside(noun: str, found: Counter[str]) -> bool:
    return any(noun != other and (noun in other or other in noun) for other in found)


def check_ranking(answer: str, facts: Mapping[str, Any], _: Document) -> str | None:
    """See that each line is true and follows the one before, and no word is lost."""
    asked = facts["terms"].strip("「」").split("」、「")
    lines = [line.split("：") for line in answer.split("\n")]
    if sorted(line[0] for line in lines) != sorted(asked) or any(len(line) != 2 for line in lines):
        return "not the words that were asked for"
    text, before = facts["passage"], (float("inf"), -1)
    for noun, said in lines:
        many, first = len(text.split(noun)) - 1, text.find(noun)
        if said != f"{many}回":
            return f"{noun} occurs {many} times"
        if many > before[0] or (many == before[0] and first < before[1]):
            return "wrong order"
        before = (many, first)
    return None


KINDS = (
    Kind("sentence_count", ("passage", "paragraph"), sentence_count, check_sentence_count, 2),
    Kind("char_count", ("sentence",), char_count, check_char_count, 2),
    Kind("word_count", ("passage",), word_count, check_word_count),
    Kind("ranking", ("passage",), ranking, check_ranking),
)
