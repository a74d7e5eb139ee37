"""Find the section that a citation names in a licence text, whatever way the text numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator

ROMAN = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii", "xiii")
Path = tuple[str, ...]


def missing(cite: str, text: str) -> list[str]:
    """List the parts of a citation that do not occur in the text; none is good.

    A citation is a list: `§2(a)(1)(A)`, `Art. 5(c)-(d)`, `para. 2`, or words of the text (a heading
    or a phrase), alone or after a section. What stands in parentheses after a blank is a remark.
    """
    parts = re.split(r", (?![^(]*\))", re.sub(r" \([^)]*\)$", "", cite))
    return [part for part in parts if not _found(part, text)]


def _found(part: str, text: str) -> bool:
    section = re.match(r"(?:§|Art\. )([\w.()]+)(?:-([\w.()]+))?(?: (.+))?$", part)
    if section is not None:
        first, last, words = section.groups()
        paths = [_path(first)]
        if last is not None:
            paths.append((*paths[0][: -len(_path(last))], *_path(last)))
        return all(has(p, text) for p in paths) and (words is None or _says(words, text))
    paragraph = re.match(r"para\. (\d+)(?:-(\d+))?$", part)
    if paragraph is not None:
        count = len(re.split(r"\n\s*\n", text.strip()))
        return int(paragraph[2] or paragraph[1]) <= count
    return _says(part, text)


def _path(reference: str) -> Path:
    return tuple(re.findall(r"\d+|[A-Za-z]+", reference))


def _says(words: str, text: str) -> bool:
    plain = [re.sub(r"[\W_]+", " ", s).casefold().strip() for s in (words, text)]
    return bool(plain[0]) and f" {plain[0]} " in f" {plain[1]} "


def has(path: Path, text: str) -> bool:
    """Say whether the text holds a section at this path: ("2", "a", "1", "A")."""
    return any(True for _ in _regions(path, 0, text, text))


def _regions(path: Path, depth: int, region: str, text: str) -> Iterator[str]:
    """Walk down: all places inside `region` that can be the section path[:depth + 1]."""
    if depth == len(path):
        yield region
        return
    for inner in _inside(path[depth], region, inline=depth > 0):
        yield from _regions(path, depth + 1, inner, text)
    for deeper in range(max(depth + 1, 2), len(path) + 1):
        for inner in _dotted(path[:deeper], text):
            yield from _regions(path, deeper, inner, text)
    if depth == 1 and len(path) == 2 and re.fullmatch(r"[a-z]", path[depth]):
        yield from _unlettered(ord(path[depth]) - ord("a"), region)


def _inside(label: str, region: str, *, inline: bool) -> Iterator[str]:
    """Sections that open a line as `Section 2`, `2.`, `(a)`, `a)`, `第2条`, or stand in a line."""
    openings = list(re.finditer(_opening(label), region, re.MULTILINE))
    named = [found for found in openings if re.search("Section|第", found[0])]
    for found in [f for f in named if not f[1]] or openings:
        yield _until_next(label, len(found[1]), region[found.end() :])
    for found in re.finditer(rf"(?<!\w)[(（]{label}[)）]", region) if inline else ():
        yield region[found.end() :]


def _opening(label: str) -> str:
    """Match a line's opening, its indentation as group 1; Markdown's own numbers are skipped."""
    after = r"(?:\\?[.):]|条|(?=\s))" if label.isdigit() else r"(?:\\?[.):])"
    listed = r"(?:\d+\.\s+)?" if label in map(str.upper, ROMAN) else ""
    return rf"^([ \t]*){listed}[^\w\n]*(?:Section\s+|第)?(?i:{label}){after}"


def _until_next(label: str, indent: int, rest: str) -> str:
    """Cut before the next label that is not indented more: `b.` under `a.` (1) is not its end."""
    ends = [
        found.start()
        for follower in _followers(label)
        for found in re.finditer(_opening(follower), rest, re.MULTILINE)
        if len(found[1]) <= indent
    ]
    return rest[: min(ends, default=len(rest))]


def _followers(label: str) -> Iterator[str]:
    if label.isdigit():
        yield str(int(label) + 1)
    elif label.lower() in ROMAN[:-1]:
        yield ROMAN[ROMAN.index(label.lower()) + 1]
    if re.fullmatch(r"[A-Ya-y]", label):
        yield chr(ord(label) + 1)


def _dotted(path: Path, text: str) -> Iterator[str]:
    """`4.2` written out, opening a line or after a full stop; not `Section 4.2` in a sentence."""
    if all(label.isdigit() for label in path):
        number = r"\.".join(path)
        for found in re.finditer(rf"(?:^[^\w\n]*|(?<=[a-z]\.)){number}(?!\d)", text, re.MULTILINE):
            yield text[found.end() :]


def _unlettered(place: int, region: str) -> Iterator[str]:
    """Count items where a copy leaves their letters out: lines after heading and opening."""
    if re.search(r"^[^\w\n]*\(?[a-z]\\?[.)]", region, re.MULTILINE) is None:
        lines = [line for line in region.splitlines() if line.strip()]
        first = 2 if lines and len(lines[0]) < 40 else 1
        yield from lines[first + place : first + place + 1]
