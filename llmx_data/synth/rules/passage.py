"""Pieces of a document that can be quoted: prose, at most 600 characters, cut at sentence ends."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

MAX_CHARS = 600
"""Longest piece quoted in a prompt. Ours: about 400 tokens."""

MIN_CHARS = 60
"""Shortest passage and paragraph. Ours: two sentences."""

MIN_DOCUMENT_CHARS = 120
"""Least prose of a document. Ours: shorter ones are captions and notices."""

SENTENCE_CHARS = (12, 90)
"""Shortest and longest sentence that stands alone in a prompt. Ours."""

MIN_KANA_SHARE = 0.2
"""Least hiragana in a paragraph, of its characters: lists of names and foreign text have less.
Ours; Japanese prose has .4 to .6."""

HEADING = re.compile(r"#{1,6}\s|■|◆|●|【")
LIST = re.compile(r"\s*(?:[-*+・○]\s|\d+[.)]\s|・)")
CODE = re.compile(r"```|[{};]\s*$|^\s*(?:def|class|import|SELECT|#include)\b|</?\w+>|[=!]=|\w\(\)")
MARKUP = re.compile(r"\*\*|`|\]\(|https?:|www\.|[\w.]+@[\w.]+|\[[^\]]+\]|<[^>]+>|[{}|\\]|&\w+;")
OPEN, CLOSE, ENDS = "「『（(〈《", "」』）)〉》", "。！？!?"
PAIR = dict(zip(CLOSE, OPEN, strict=True))
BLANK = re.compile(r"[ぁ-ヿ一-鿿、。」] |  ")
HIRAGANA = re.compile(r"[ぁ-ゖ]")


@dataclass(frozen=True)
class Passage:
    """Consecutive paragraphs, each a tuple of sentences; `text` is as the document has it."""

    text: str
    paragraphs: tuple[tuple[str, ...], ...]

    @property
    def sentences(self) -> tuple[str, ...]:
        """All sentences in order."""
        return tuple(sentence for paragraph in self.paragraphs for sentence in paragraph)


def sentences(text: str) -> tuple[str, ...]:
    """Cut one paragraph after 。！？ outside brackets; empty if brackets do not pair."""
    found, start, stack = [], 0, ""
    for place, char in enumerate(text):
        if char in OPEN:
            stack += char
        elif char in CLOSE:
            if not stack or stack[-1] != PAIR[char]:
                return ()
            stack = stack[:-1]
        following = text[place + 1 : place + 2]
        if char in ENDS and not stack and following not in (*ENDS, *CLOSE):
            found.append(text[start : place + 1].strip())
            start = place + 1
    rest = text[start:].strip()
    return () if stack else tuple([*found, rest] if rest else found)


def fault(paragraph: str) -> str | None:
    """Why a paragraph cannot be quoted, or None."""
    lines = paragraph.split("\n")
    if HEADING.match(paragraph):
        return "heading"
    if any(CODE.search(line) for line in lines):
        return "code"
    if any(line.count("|") > 1 or "\t" in line for line in lines):
        return "table"
    if any(LIST.match(line) for line in lines):
        return "list"
    if MARKUP.search(paragraph):
        return "markup"
    if len(HIRAGANA.findall(paragraph)) < MIN_KANA_SHARE * len(paragraph):
        return "not_japanese"
    return _form(paragraph)


def _form(paragraph: str) -> str | None:
    found = sentences(paragraph)
    if not found:
        return "unpaired_brackets"
    if "\n" in paragraph or "　" in paragraph or BLANK.search(paragraph):
        return "broken_lines"
    if max(map(len, found)) > MAX_CHARS:
        return "long_sentence"
    return None if paragraph.endswith((*ENDS, "」", "』")) else "no_sentence_end"


def passages(text: str, faults: Counter[str] | None = None) -> tuple[Passage, ...]:
    """Passages of a text, of neighbouring paragraphs; faults of the others are counted."""
    runs: list[list[tuple[str, ...]]] = [[]]
    for paragraph in re.split(r"\n\s*\n", text.strip()):
        wrong = fault(paragraph)
        if wrong:
            runs.append([])
        else:
            runs[-1].append(sentences(paragraph))
        if wrong and faults is not None:
            faults[wrong] += 1
    return tuple(piece for run in runs for piece in _cut(run))


def refusal(text: str) -> str | None:
    """Why nothing is made of a document: the commonest fault of its paragraphs, or None."""
    faults: Counter[str] = Counter()
    pieces = passages(text, faults)
    if sum(len(piece.text) for piece in pieces) >= MIN_DOCUMENT_CHARS:
        return None
    return min(faults, key=lambda name: (-faults[name], name)) if faults else "too_short"


def _cut(run: list[tuple[str, ...]]) -> Iterator[Passage]:
    """Join paragraphs while they fit; a longer one is cut after a sentence."""
    held: list[tuple[str, ...]] = []
    for paragraph in [part for whole in run for part in _fitting(whole)]:
        if held and len(_join([*held, paragraph])) > MAX_CHARS:
            yield Passage(_join(held), tuple(held))
            held = []
        held.append(paragraph)
    if len(_join(held)) >= MIN_CHARS:
        yield Passage(_join(held), tuple(held))


def _fitting(paragraph: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    held: list[str] = []
    for sentence in paragraph:
        if sum(map(len, held)) + len(sentence) > MAX_CHARS:
            yield tuple(held)
            held = []
        held.append(sentence)
    yield tuple(held)


def _join(paragraphs: list[tuple[str, ...]]) -> str:
    return "\n\n".join("".join(paragraph) for paragraph in paragraphs)


def pieces(text: str) -> dict[str, tuple[Passage, ...]]:
    """Everything tasks are made of, by scope: passage, paragraph, sentence, list."""
    whole = passages(text)
    paragraphs = [
        Passage("".join(part), (part,))
        for piece in whole
        for part in piece.paragraphs
        if sum(map(len, part)) >= MIN_CHARS and len(part) > 1
    ]
    low, high = SENTENCE_CHARS
    alone = [
        Passage(sentence, ((sentence,),))
        for piece in whole
        for sentence in dict.fromkeys(piece.sentences)
        if low <= len(sentence) <= high and sentence.endswith("。")
    ]
    return {
        "passage": whole,
        "paragraph": tuple(paragraphs),
        "sentence": tuple(alone),
        "list": tuple(lists(text)),
    }


def lists(text: str) -> Iterator[Passage]:
    """Find the runs of list lines of one paragraph, for tasks about lists."""
    for paragraph in re.split(r"\n\s*\n", text.strip()):
        lines = paragraph.split("\n")
        if len(lines) > 1 and all(re.match(r"[-*・]\s", line) for line in lines):
            yield Passage(paragraph, tuple((line,) for line in lines))
