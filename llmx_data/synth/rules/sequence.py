"""The kind that shuffles sentences, where signs at their heads allow one order only."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise, permutations
from typing import Any

from llmx_data.synth.rules.choose import CONTENT
from llmx_data.synth.rules.judge import POINTING
from llmx_data.synth.rules.task import Document, Kind, Made, Scene

RUN = (3, 5)
"""Fewest and most sentences to be put in order. Ours: the order of two is a coin toss."""

LONGEST = 90
"""Longest sentence to be put in order, in characters. Ours."""

OPENERS_NOT = (
    *("しかし", "だが", "けれども", "ところが", "それ", "そこ", "その", "そう"),
    *(
        "だから",
        "すると",
        "この",
        "これ",
        "こう",
        "ただし",
        "ただ、",
        "しかも",
        "つまり",
        "たとえば",
    ),
    *(
        "例えば",
        "一方",
        "やがて",
        "もっとも",
        "逆に",
        "すなわち",
        "おかげで",
        "代わりに",
        "かわりに",
        "実際",
    ),
    *("さらに", "また、", "そして", "もちろん", "とはいえ", "次いで", "なお、"),
)
"""Beginnings that no text opens with, as `check_shuffled` spells them."""

STEPS = (
    ("まず", "最初に", "はじめに", "初めに", "第一に", "一つ目", "一つめ", "1つ目"),
    ("次に", "つぎに", "続いて", "つづいて", "第二に", "二つ目", "二つめ", "2つ目"),
    ("第三に", "三つ目", "三つめ", "3つ目"),
    ("最後に", "終わりに", "仕上げに", "おしまいに"),
)
"""Beginnings of sentences that tell steps, in their order."""

FIRST_YEAR = 1000
YEAR = re.compile(r"([12][0-9]{3})年(?:([1-9][0-9]?)月)?")

TURNS = re.compile(
    r"しかし|だが|けれども|ところが|それでも|そこで|そのため|だから|すると|それに対して|ただし|ただ、|しかも|"
    r"つまり|たとえば|例えば|一方|やがて|その後|こうして|このように|もっとも|逆に|すなわち|おかげで|代わりに|"
    r"かわりに|実際|さらに|また、|そして|もちろん|とはいえ|次いで|なお、"
)
"""Connectives that cannot open a text."""

LEANS = re.compile(r"そ(?:の|れ|こ|う)|こ(?:の|れ|う)")
"""Demonstratives at the head of a sentence, which need what they point to before them."""


def shuffled(scene: Scene) -> Iterator[Made]:
    """Shuffle three to five sentences that their first and shared words put in one order only."""
    told = scene.piece.sentences
    start = 0
    while start <= len(told) - RUN[0]:
        runs = [told[start : start + size] for size in range(RUN[1], RUN[0] - 1, -1)]
        sure = [
            run
            for run in runs
            if len(set(run)) == len(run) >= RUN[0]
            and max(map(len, run)) <= LONGEST
            and orders(run) == [run]
        ]
        if sure:
            yield from _labelled(sure[0], scene)
        start += len(sure[0]) if sure else 1


def _labelled(run: tuple[str, ...], scene: Scene) -> Iterator[Made]:
    mixed = scene.dice.shuffled(run)
    while tuple(mixed) == run and len(run) > 2:
        mixed = scene.dice.shuffled(run)
    labels = "アイウエオ"[: len(run)]
    shown = "\n".join(f"{label}　{each}" for label, each in zip(labels, mixed, strict=True))
    answer = "→".join(labels[mixed.index(each)] for each in run)
    yield Made(answer, {"count": len(run), "first": run[0]}, shown)


def orders(run: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Orders in which every sentence after the first has something before it to follow.

    It is a later step (まず, 次に, 最後に), a later year, or it begins with a connective or a
    demonstrative and shares a content word with the sentence right before it.
    """
    return [order for order in permutations(run) if _sound(order)]


def _sound(order: tuple[str, ...]) -> bool:
    if POINTING.match(order[0]) and step(order[0]) is None:
        return False
    steps = [found for each in order if (found := step(each)) is not None]
    rising = all(one < other for one, other in pairwise(steps))
    whole = all(each.endswith("。") for each in order)
    return rising and whole and all(_follows(*pair, order) for pair in pairwise(order))


def _follows(first: str, second: str, order: tuple[str, ...]) -> bool:
    """Whether the second of two neighbours needs what is before it and finds it there."""
    here = step(second)
    if here is not None:
        dated = all(step(each) is not None for each in order)
        return here[0] < FIRST_YEAR or dated
    leaning = TURNS.match(second) or LEANS.match(second)
    return leaning is not None and _linked(first, second)


def step(sentence: str) -> tuple[int, ...] | None:
    """Which step or year a sentence begins with, as numbers that can be compared."""
    for number, names in enumerate(STEPS, 1):
        if sentence.startswith(names):
            return (number,)
    dated = YEAR.match(sentence)
    return (int(dated[1]), int(dated[2] or 0)) if dated else None


def _linked(first: str, second: str) -> bool:
    return any(run in second for run in CONTENT.findall(first))


def check_shuffled(answer: str, facts: Mapping[str, Any], document: Document) -> str | None:
    """See that the document has this order, and that walking from head to head finds no other."""
    rows = dict(line.split("　", 1) for line in facts["shown"].split("\n"))
    labels = answer.split("→")
    if sorted(labels) != sorted(rows):
        return "not every label once"
    told = [rows[label] for label in labels]
    if "".join(told) not in document.text:
        return "not the document's order"
    if len(told) < RUN[0]:
        return "too few sentences to put in order"
    walks = [walk for head in told if not _needs(head) for walk in _walks([head], told)]
    return None if walks == [told] else f"{len(walks)} orders might do"


def _walks(walked: list[str], told: list[str]) -> list[list[str]]:
    """Every way to go on to all sentences, each time to one that can stand next."""
    left = [each for each in told if each not in walked]
    if not left:
        return [walked]
    return [
        walk
        for each in left
        if _can_be_next(each, walked)
        for walk in _walks([*walked, each], told)
    ]


def _needs(sentence: str) -> bool:
    """Whether a sentence cannot be the first, by the words that no text opens with."""
    return sentence.startswith(OPENERS_NOT) or 1 < (_place(sentence) or 0) < FIRST_YEAR


def _can_be_next(sentence: str, walked: list[str]) -> bool:
    place = _place(sentence)
    if place is not None:
        return all(place > (_place(each) or 0) for each in walked)
    runs = set(CONTENT.findall(walked[-1]))
    shared = any(run in sentence for run in runs)
    return not sentence.startswith(OPENERS_NOT) or shared


def _place(sentence: str) -> int | None:
    """Months since year 0 of a date at the head, or the place in the list of steps."""
    found = re.match(r"([0-9]+)年(?:([0-9]+)月)?", sentence)
    if found:
        return int(found[1]) * 12 + int(found[2] or 0)
    heads = [n for n, names in enumerate(STEPS, 1) if any(sentence[: len(w)] == w for w in names)]
    return heads[0] if heads else None


KINDS = (Kind("shuffled", ("paragraph",), shuffled, check_shuffled),)
