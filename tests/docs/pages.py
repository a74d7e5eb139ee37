"""The pages as tests see them: their text, fenced blocks and sections."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    [*ROOT.glob("docs/*.md"), *(ROOT / n for n in ("README.md", "README.ja.md"))]
    + [ROOT / n for n in ("CONTRIBUTING.md", "CHANGELOG.md")]
)
TEXTS = {page: page.read_text(encoding="utf-8") for page in PAGES}


class Block(NamedTuple):
    """A fenced block: its page, line, language, the rest of the info string, and its text."""

    page: Path
    line: int
    language: str
    info: str
    text: str

    def __str__(self) -> str:
        return f"{self.page.name}:{self.line}"


def fenced(page: Path) -> Iterator[Block]:
    """Fenced blocks of a page."""
    for found in re.finditer(r"^```(\w+)(?: ([^\n]+))?\n(.*?)^```$", TEXTS[page], re.M | re.S):
        line = TEXTS[page].count("\n", 0, found.start()) + 1
        yield Block(page, line, found[1], found[2] or "", found[3])


def prose(page: Path) -> str:
    """Text of a page without its fenced blocks."""
    return re.sub(r"^```.*?^```$", "", TEXTS[page], flags=re.M | re.S)


BLOCKS = [block for page in PAGES for block in fenced(page)]


def of(*languages: str) -> list[Block]:
    """Blocks in one of some languages; there must be some."""
    found = [block for block in BLOCKS if block.language in languages]
    assert found, languages
    return found


def doc(name: str) -> str:
    """Text of docs/<name>.md."""
    return TEXTS[ROOT / "docs" / f"{name}.md"]


def section(name: str, heading: str) -> str:
    """Text under a second-level heading of a page."""
    return doc(name).split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
