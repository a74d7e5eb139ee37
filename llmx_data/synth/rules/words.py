"""Words by MeCab with unidic-lite, with the readings that a surface can have at all."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

BEST = 12
"""Parses looked at when asking what a word alone can be. Ours: the seventh single-word parse of a
surface was never seen to bring a new reading."""

KANJI = "一-鿿々ヶ〆"
TERM = re.compile(
    r"[一-鿿々]{2,}|[ァ-ヴー]{2,}|"
    r"[一-鿿々ぁ-ん]*[一-鿿々][いきしちにみりぎじびえけせてねめれげべ]{1,2}"
)
"""Nouns worth asking about: kanji, katakana, made of verbs (答え, 揺れ); not こと, 皮ご."""

HIRAGANA_OF = {code: code - 0x60 for code in range(ord("ァ"), ord("ヶ"))}
_KANJI_RANGES = ((0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF))


@dataclass(frozen=True)
class Word:
    """A word in its place; `start` counts characters, `kana` is its reading in katakana."""

    surface: str
    start: int
    pos: tuple[str, ...]
    form: tuple[str, str]
    """Type and form of inflection."""
    base: str
    """Dictionary form, spelled as here."""
    lemma: str
    kana: str
    origin: str
    """漢, 和, 外, 混, 固, 記号; empty if the word is unknown."""
    known: bool

    @property
    def end(self) -> int:
        """Where the next word may begin."""
        return self.start + len(self.surface)

    @property
    def is_noun(self) -> bool:
        """Whether it is a common noun that can be a term."""
        return self.pos[:2] == ("名詞", "普通名詞") and self.pos[2] in ("一般", "サ変可能")


@cache
def _mecab() -> Any:
    import unidic_lite
    from fugashi import GenericTagger

    rc = Path(str(files("llmx_data.kernels") / "mecab.rc"))
    return GenericTagger(f"-r {shlex.quote(str(rc))} -d {shlex.quote(unidic_lite.DICDIR)}")


@lru_cache(maxsize=4096)
def words(text: str) -> tuple[Word, ...]:
    """Words of a text. Cost: 2 ms per 1,000 characters."""
    return _placed(text, _mecab()(text))


@lru_cache(maxsize=65536)
def parses(text: str, count: int = BEST) -> tuple[tuple[Word, ...], ...]:
    """Read a text in its `count` likeliest ways, best first."""
    nodes = _mecab().nbestToNodeList(text, count)
    return tuple(_placed(text, parse) for parse in nodes)


@lru_cache(maxsize=65536)
def readings(surface: str) -> frozenset[str]:
    """Give the readings, in katakana, the dictionary has for a surface as one word."""
    return frozenset(
        parse[0].kana for parse in parses(surface) if len(parse) == 1 and parse[0].known
    )


def is_kanji(char: str) -> bool:
    """Whether it is a kanji, 々 and ヶ included; False for the empty string."""
    return bool(char) and (
        char in "々ヶ〆" or any(low <= ord(char) <= high for low, high in _KANJI_RANGES)
    )


def hiragana(kana: str) -> str:
    """Katakana as hiragana; ー and other characters stay."""
    return kana.translate(HIRAGANA_OF)


def free(term: str, text: str) -> bool:
    """Whether a term stands alone everywhere: not 神楽 of 夜神楽, not 泣き of 泣き角."""
    beside = [
        char
        for place in _places(term, text)
        for char in (text[:place][-1:], text[place + len(term) : place + len(term) + 1])
    ]
    return not any(is_kanji(char) or "ァ" <= char <= "ー" for char in beside) and bounded(
        term, text
    )


def bounded(term: str, text: str) -> bool:
    """Whether every occurrence of a string in a text begins and ends where words do."""
    starts, ends = _boundaries(text)
    places = _places(term, text)
    return all(place in starts and place + len(term) in ends for place in places)


@lru_cache(maxsize=4096)
def terms(text: str) -> tuple[str, ...]:
    """Give the nouns of a text that can be asked about, once each, in order; all are `free`."""
    nouns = dict.fromkeys(word.surface for word in words(text) if word.is_noun)
    return tuple(noun for noun in nouns if TERM.fullmatch(noun) and free(noun, text))


def _places(term: str, text: str) -> list[int]:
    """Give every place of a string in a text, overlapping ones too."""
    found, place = [], text.find(term)
    while place >= 0:
        found.append(place)
        place = text.find(term, place + 1)
    return found


@lru_cache(maxsize=64)
def _boundaries(text: str) -> tuple[frozenset[int], frozenset[int]]:
    seen = words(text)
    return frozenset(word.start for word in seen), frozenset(word.end for word in seen)


def _placed(text: str, nodes: Any) -> tuple[Word, ...]:
    found, place = [], 0
    for node in nodes:
        place = text.index(node.surface, place)
        found.append(_word(node, place))
        place += len(node.surface)
    return tuple(found)


def _word(node: Any, start: int) -> Word:
    feature = node.feature
    pos = tuple(feature[:4])
    if len(feature) < 18:
        return Word(node.surface, start, pos, ("*", "*"), node.surface, node.surface, "", "", False)
    return Word(
        surface=node.surface,
        start=start,
        pos=pos,
        form=(feature[4], feature[5]),
        base=feature[10],
        lemma=feature[7],
        kana=feature[17],
        origin=feature[12],
        known=not node.is_unk,
    )
