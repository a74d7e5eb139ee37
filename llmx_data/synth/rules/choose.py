"""Kinds with one right choice: title, missing word, missing particle."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from llmx_data.synth.rules.task import Document, Kind, Made, Scene
from llmx_data.synth.rules.words import terms, words

SITE = re.compile(r"[|｜]| - ")
BLANK = "（　　）"
LABELS = "アイウエ"
CHOICES = len(LABELS)
PARTICLES = 2
"""Blanks made of one piece. Ours."""

GOES_ON = re.compile(
    r"の(?:ぼ|み|び|り|る|ど|き|ち)|は(?:じ|い|っ|か|な|れ)(?!なく|ない)|も(?:の|っ|ち|う|し|ら|ど)|に(?:ぎ|お|ら|げ)"
)
"""Beginnings of words that are no particles: のぼる, はじめる, もの."""

CONTENT = re.compile(r"[一-鿿々]{2,}|[ァ-ヴー]{3,}|[A-Za-z]{3,}")


def title(scene: Scene) -> Iterator[Made]:
    """Set the title among three of others that share no content word with the passage."""
    right, text = (scene.document.title or "").strip(), scene.piece.text
    if (
        not 5 <= len(right) <= 40
        or not shares_content(right, text)
        or right in text
        or SITE.search(right)
    ):
        return
    others = [
        t for key, t in scene.pool.titles if key != scene.document.id and _wrong(t, right, text)
    ]
    others = list(dict.fromkeys(others))
    if len(others) < CHOICES - 1:
        return
    chosen = scene.dice.shuffled([right, *scene.dice.sample(others, CHOICES - 1)])
    yield _labelled(chosen, right)


def _labelled(chosen: list[str], right: str) -> Made:
    shown = "\n".join(f"{label}　{each}" for label, each in zip(LABELS, chosen, strict=True))
    return Made(f"{LABELS[chosen.index(right)]}　{right}", {"choices": shown})


def shares_content(one: str, other: str) -> bool:
    """Whether a content word of one text stands in the other."""
    return any(match in other for match in CONTENT.findall(one))


def _wrong(other: str, right: str, text: str) -> bool:
    return (
        not shares_content(other, text + right)
        and not shares_content(right, other)
        and len(other) > 4
    )


def _choices(facts: Mapping[str, Any]) -> dict[str, str]:
    return dict(line.split("　", 1) for line in facts["choices"].split("\n"))


def _picked(answer: str, facts: Mapping[str, Any]) -> str | None:
    """Give the text of the choice an answer names; None if it is not one of them."""
    label, _, said = answer.partition("　")
    choices = _choices(facts)
    sound = list(choices) == list(LABELS) and len(set(choices.values())) == CHOICES
    return said if sound and choices.get(label) == said else None


def check_title(answer: str, facts: Mapping[str, Any], document: Document) -> str | None:
    """See that the choice is the document's title and no other fits."""
    said = _picked(answer, facts)
    if said is None or said != (document.title or "").strip():
        return "not the title"
    others = [each for each in _choices(facts).values() if each != said]
    fits = [
        each for each in others if any(run in facts["passage"] for run in CONTENT.findall(each))
    ]
    return f"might fit too: {fits}" if fits else None


def missing_word(scene: Scene) -> Iterator[Made]:
    """Blank a noun that stands elsewhere too; the other choices are nowhere in the passage."""
    text = scene.piece.text
    twice = [term for term in terms(text) if text.count(term) > 1]
    for term in scene.dice.sample(twice, 2):
        kana = "ァ" <= term[0] <= "ヺ"
        others = [
            noun
            for key, noun in scene.pool.nouns
            if key != scene.document.id and noun not in text and ("ァ" <= noun[0] <= "ヺ") == kana
        ]
        others = [noun for noun in dict.fromkeys(others) if not set(noun) & set(term)]
        if len(others) < CHOICES - 1:
            continue
        spot = scene.dice.choose([match.start() for match in re.finditer(re.escape(term), text)])
        shown = text[:spot] + BLANK + text[spot + len(term) :]
        chosen = scene.dice.shuffled([term, *scene.dice.sample(others, CHOICES - 1)])
        made = _labelled(chosen, term)
        yield Made(made.answer, made.facts, shown)


def _filled(answer: str, facts: Mapping[str, Any]) -> str | None:
    """Give the shown text with the answer's choice in its blank; None if it is not a choice."""
    said = _picked(answer, facts)
    blank = facts["shown"].count(BLANK) == 1
    return facts["shown"].replace(BLANK, said) if blank and said is not None else None


def check_missing_word(answer: str, facts: Mapping[str, Any], _: Document) -> str | None:
    """Fill it in: it is the passage, the word stands elsewhere too, no other choice does."""
    if _filled(answer, facts) != facts["passage"]:
        return "not the word of the passage"
    elsewhere = [each for each in _choices(facts).values() if each in facts["shown"]]
    return None if elsewhere == [_picked(answer, facts)] else f"elsewhere: {elsewhere}"


@cache
def particle_frames() -> tuple[dict[str, Any], ...]:
    """Expressions that only one particle goes with, and particles that never do."""
    text = (files(__package__) / "particles.yaml").read_text(encoding="utf-8")
    return tuple(yaml.safe_load(text))


def particle(scene: Scene) -> Iterator[Made]:
    """Blank particles that what follows demands: （　　）ついて, （　　）の; two a piece."""
    found: dict[str, tuple[int, dict[str, Any]]] = {}
    for spot, frame in _framed(scene.piece.text):
        found.setdefault(family(frame), (spot, frame))
    text = scene.piece.text
    for name in scene.dice.sample(list(found), PARTICLES):
        spot, frame = found[name]
        shown = text[:spot] + BLANK + text[spot + len(frame["right"]) :]
        chosen = scene.dice.shuffled([frame["right"], *frame["wrong"]])
        made = _labelled(chosen, frame["right"])
        yield Made(made.answer, {**made.facts, "pattern": name}, shown)


def family(frame: Mapping[str, Any]) -> str:
    """Name of the pattern a frame belongs to, of which no more than a share is picked."""
    return str(frame.get("family", frame["right"] + frame["after"]))


def _framed(text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Give places of particles after nouns that a frame fits, with the frame, in order."""
    for before, word, after in zip(*(words(text)[n:] for n in range(3)), strict=False):
        if word.pos[0] != "助詞" or before.pos[0] not in ("名詞", "接尾辞", "代名詞"):
            continue
        for frame in particle_frames():
            tied = not frame.get("particle") or (
                after.pos[0] == "助詞" and after.surface == frame["after"]
            )
            noun = frame.get("before", before.surface)
            if (
                word.surface == frame["right"]
                and noun == before.surface
                and text.startswith(frame["after"], word.end)
                and tied
            ):
                yield word.start, frame


def check_particle(answer: str, facts: Mapping[str, Any], _: Document) -> str | None:
    """Fill it in: it is the passage, and what stands beside it is known to rule the others out."""
    if _filled(answer, facts) != facts["passage"]:
        return "not the particle of the passage"
    right, (before, rest) = _picked(answer, facts), facts["shown"].split(BLANK)
    others = set(_choices(facts).values()) - {right}
    known = [
        frame
        for frame in particle_frames()
        if rest.startswith(frame["after"])
        and before.endswith(frame.get("before", ""))
        and frame["right"] == right
        and not (frame.get("particle") and GOES_ON.match(rest))
    ]
    ruled_out = any(others <= set(frame["wrong"]) for frame in known)
    return None if ruled_out else "another choice might do"


KINDS = (
    Kind("title", ("passage",), title, check_title),
    Kind("missing_word", ("passage", "paragraph"), missing_word, check_missing_word),
    Kind("particle", ("passage", "paragraph"), particle, check_particle),
)
