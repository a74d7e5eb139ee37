"""Words of a text with part of speech, form and base, by MeCab with unidic-lite; for samples.

Counting over whole data sets goes by `mecab.py`, which costs a quarter of this and keeps no words.
"""

from __future__ import annotations

import re
import shlex
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

CONTROL = re.compile(r"[\x00-\x1f\x7f]")
"""Taken for blanks: a NUL ends the text for MeCab, tabs and line feeds end its own fields."""


class Word(NamedTuple):
    """One short unit word as unidic cuts them; `base` keeps the writer's kanji or kana."""

    surface: str
    pos1: str
    pos2: str
    pos3: str
    form: str
    """連用形-一般, 命令形 and so on; empty for words without forms."""
    base: str


def morphemes(text: str) -> list[Word]:
    """Cut a text into words, blanks left out. Cost: 1.5-2.5 ms per 1,000 characters."""
    lines = _tagger().parse(CONTROL.sub(" ", text)).split("\n")
    found = (Word(*line.split("\t")) for line in lines if line.count("\t") == 5)
    return [word for word in found if word.pos1 != "空白"]


def surfaces(text: str) -> list[str]:
    """Cut a text into words as they stand, without blanks. Cost: 1 ms per 1,000 characters."""
    lines = _tagger().parse(CONTROL.sub(" ", text)).split("\n")
    return [line[: line.index("\t")] for line in lines if line and "\t空白\t" not in line]


@cache
def _tagger() -> Any:
    import unidic_lite
    from fugashi import GenericTagger

    rc = Path(__file__).with_name("morphemes.rc")
    where = f"-r {shlex.quote(str(rc))} -d {shlex.quote(str(Path(unidic_lite.DICDIR)))}"
    return GenericTagger(f"{where} -Omorphemes")
