"""Kinds that ask for all sayings, all katakana words, or all sentences with a word."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from llmx_data.synth.rules.bullets import bulleted, bullets, differs
from llmx_data.synth.rules.passage import sentences
from llmx_data.synth.rules.task import Document, Kind, Made, Scene
from llmx_data.synth.rules.words import terms

MIN_ITEMS = 2
"""An answer of one item is a question, not a list."""

MAX_SAYING = 80
"""Longest saying that is copied into an answer, in characters. Ours."""


DOUBTFUL = re.compile(
    r"[ァ-ヴー][・=＝゠-][ァ-ヴー]|[ヵヶ゛゜ｦ-ﾟヷ-ヺ]|[ァ-ヴー][A-Za-z0-9]|(?<![ァ-ヴー])ー"
)
"""Where a katakana word begins or ends is open, or half-width ones are there too."""


def sayings(scene: Scene) -> Iterator[Made]:
    """Copy everything in 「」, without the brackets, in order."""
    found = re.findall(r"「([^「」]*)」", scene.piece.text)
    nested = scene.piece.text.count("「") != len(found)
    if len(found) >= MIN_ITEMS and not nested and max(map(len, found)) <= MAX_SAYING:
        yield Made(bullets(found))


def check_sayings(answer: str, facts: Mapping[str, Any], _: Document) -> str | None:
    """Read the passage between brackets, character by character."""
    found, inside = [], False
    for char in facts["passage"]:
        if char == "「":
            found.append("")
        elif inside and char != "」":
            found[-1] += char
        inside = char == "「" or (inside and char != "」")
    return differs(answer, found)


def katakana(scene: Scene) -> Iterator[Made]:
    """List every word in katakana of three characters or more, once, in order."""
    found = list(dict.fromkeys(re.findall(r"[ァ-ヴー]{3,}", scene.piece.text)))
    doubtful = DOUBTFUL.search(scene.piece.text)
    if len(found) >= MIN_ITEMS and not doubtful:
        yield Made(bullets(found))


def check_katakana(answer: str, facts: Mapping[str, Any], _: Document) -> str | None:
    """Blank out everything else and split."""
    kept = [c if 0x30A1 <= ord(c) <= 0x30F4 or c == "ー" else " " for c in facts["passage"]]
    found: list[str] = []
    for run in "".join(kept).split():
        if len(run) > 2 and run not in found:
            found.append(run)
    return differs(answer, found)


def mentions(scene: Scene) -> Iterator[Made]:
    """Copy every sentence with a noun of one to three sentences, among four or more."""
    told = scene.piece.sentences
    if len(told) < 4 or len(set(told)) < len(told):
        return
    by_count: dict[int, list[str]] = {}
    for term in terms(scene.piece.text):
        by_count.setdefault(sum(term in sentence for sentence in told), []).append(term)
    for count in (2, 3, 1):
        if count in by_count:
            term = scene.dice.choose(by_count[count])
            yield Made(bullets([each for each in told if term in each]), {"term": term})
            return


def check_mentions(answer: str, facts: Mapping[str, Any], _: Document) -> str | None:
    """Take out the answer's sentences: the term must be in each and nowhere else."""
    found, rest, term = bulleted(answer), facts["passage"], facts["term"]
    if not found:
        return "the answer is not a list of lines with ・"
    place = -1
    for sentence in found:
        following = rest.find(sentence, place + 1)
        whole = any(sentence in sentences(line) for line in rest.split("\n"))
        if term not in sentence or following <= place or not whole:
            return f"not a whole sentence with the term, in order: {sentence}"
        place = following
    for sentence in found:
        rest = rest.replace(sentence, "", 1)
    return "a sentence is missing" if term in rest else None


KINDS = (
    Kind("sayings", ("passage",), sayings, check_sayings),
    Kind("katakana", ("passage", "paragraph"), katakana, check_katakana),
    Kind("mentions", ("passage",), mentions, check_mentions),
)
