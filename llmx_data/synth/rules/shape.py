"""Kinds that ask for a shape: lists, first and last sentences, JSON, tables."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from llmx_data.synth.rules.extract import DOUBTFUL
from llmx_data.synth.rules.passage import sentences
from llmx_data.synth.rules.task import Document, Kind, Made, Scene

MARKS = {
    "「・」": "・",
    "「- 」": "- ",
    "「1.」「2.」のような番号": "{number}. ",
    "「①」「②」のような丸数字": "{circle} ",
}
"""How list items may begin, by what the prompt calls it."""

MIN_LINES, MAX_LINES = 3, 8
NOTES = (
    (("文の数", "段落の数"), "・数は数値で書く"),
    (("文の数", "最初の文", "最後の文"), "・文は「。」までとする"),
    (("かぎかっこの中", "カタカナ語"), "・複数ありうるものは、出てくる順の配列にし、重複は省く"),
    (("カタカナ語",), "・カタカナ語は、3文字以上続くカタカナとする"),
    (("かぎかっこの中",), "・かぎかっこ自体は書かない"),
)
"""What a prompt must add, by keys it asks for."""

ENTRY = re.compile(r"[-*・]\s+(?:\*\*)?([^*：:　]{1,15})(?:\*\*)?(?:　+|：|: )(?!\s)([^*]{2,80})")


def _mark(style: str, number: int) -> str:
    return MARKS[style].format(number=number, circle=chr(0x245F + number))


def listing(scene: Scene) -> Iterator[Made]:
    """Write one line per sentence, with a mark the prompt chooses."""
    told = scene.piece.sentences
    if MIN_LINES <= len(told) <= MAX_LINES and all(each.endswith("。") for each in told):
        style = scene.dice.choose(list(MARKS))
        lines = [_mark(style, number) + each for number, each in enumerate(told, 1)]
        yield Made("\n".join(lines), {"style": style, "count": len(told)})


def check_listing(answer: str, facts: Mapping[str, Any], _: Document) -> str | None:
    """See that marks are right, each line is one sentence, and without marks it is the passage."""
    lines = answer.split("\n")
    marks = [_mark(facts["style"], number) for number in range(1, len(lines) + 1)]
    if len(lines) != facts["count"] or not all(map(str.startswith, lines, marks)):
        return "wrong number of lines, or a wrong mark"
    bare = [line[len(mark) :] for line, mark in zip(lines, marks, strict=True)]
    if "".join(bare) != "".join(facts["passage"].split()):
        return "it does not say what the passage says"
    return None if all(len(sentences(line)) == 1 for line in bare) else "cut inside a sentence"


def edges(scene: Scene) -> Iterator[Made]:
    """Copy the first or last sentence of every paragraph."""
    parts = scene.piece.paragraphs
    if not 2 <= len(parts) <= MAX_LINES or sum(map(len, parts)) < 2 * len(parts):
        return
    which = scene.dice.choose(("最初", "最後"))
    chosen = [part[0 if which == "最初" else -1] for part in parts]
    lines = [f"第{number}段落：{each}" for number, each in enumerate(chosen, 1)]
    yield Made("\n".join(lines), {"which": which})


def check_edges(answer: str, facts: Mapping[str, Any], _: Document) -> str | None:
    """See that each line is the sentence at that edge of its paragraph, and none is left out."""
    parts, lines = facts["passage"].split("\n\n"), answer.split("\n")
    if len(parts) != len(lines):
        return "not one line per paragraph"
    at_edge = str.startswith if facts["which"] == "最初" else str.endswith
    for number, (part, line) in enumerate(zip(parts, lines, strict=True), 1):
        label, _colon, sentence = line.partition("：")
        if label != f"第{number}段落" or not at_edge(part, sentence):
            return f"paragraph {number}: not its sentence"
        if len(sentences(sentence)) != 1 or sentence not in sentences(part):
            return f"paragraph {number}: not one whole sentence"
    return None


def as_json(scene: Scene) -> Iterator[Made]:
    """Collect facts of a passage under three given keys."""
    told, text = scene.piece.sentences, scene.piece.text
    if len(told) < 3 or text.count("。") != len(told) or not all(s.endswith("。") for s in told):
        return
    possible: dict[str, Any] = {
        "文の数": len(told),
        "最初の文": told[0],
        "最後の文": told[-1],
        "段落の数": len(scene.piece.paragraphs),
    }
    for key, pattern in (("かぎかっこの中", r"「([^「」]*)」"), ("カタカナ語", r"[ァ-ヴー]{3,}")):
        found = list(dict.fromkeys(re.findall(pattern, text)))
        if found and not re.search(r"「[^」]*「", text) and not DOUBTFUL.search(text):
            possible[key] = found
    keys = scene.dice.shuffled(scene.dice.sample(list(possible), 3))
    notes = [note for names, note in NOTES if any(key in names for key in keys)]
    answer = json.dumps({key: possible[key] for key in keys}, ensure_ascii=False, indent=2)
    yield Made(answer, {"keys": "".join(f"「{key}」" for key in keys), "notes": notes})


def check_json(answer: str, facts: Mapping[str, Any], _: Document) -> str | None:
    """Parse it and take every value apart again."""
    try:
        found = json.loads(answer)
    except json.JSONDecodeError:
        return "not JSON"
    text = facts["passage"]
    if list(found) != facts["keys"].strip("「」").split("」「"):
        return "not the keys that were asked for"
    stops = text.split("。")
    expected: dict[str, Any] = {
        "文の数": len(stops) - 1,
        "最初の文": stops[0] + "。",
        "最後の文": stops[-2].strip() + "。",
        "段落の数": len(text.split("\n\n")),
        "かぎかっこの中": _unique(part.split("」")[0] for part in text.split("「")[1:]),
        "カタカナ語": _unique(run for run in re.split(r"[^ァ-ヴー]+", text) if len(run) > 2),
    }
    wrong = [key for key in found if found[key] != expected[key] or type(found[key]) is bool]
    if wrong:
        return f"wrong: {wrong}"
    return None if answer == json.dumps(found, ensure_ascii=False, indent=2) else "another layout"


def _unique(items: Iterator[str]) -> list[str]:
    seen: list[str] = []
    for item in items:
        if item not in seen:
            seen.append(item)
    return seen


def table(scene: Scene) -> Iterator[Made]:
    """Turn a list of terms and what is said of them into a Markdown table."""
    found = [ENTRY.fullmatch(line[0]) for line in scene.piece.paragraphs]
    rows = [(match[1].strip(), match[2].strip()) for match in found if match]
    if len(rows) < len(found) or len({term for term, _ in rows}) < len(rows):
        return
    if any(mark in "".join(map("".join, rows)) for mark in "|`"):
        return
    lines = ["| 項目 | 内容 |", "| --- | --- |", *[f"| {term} | {said} |" for term, said in rows]]
    yield Made("\n".join(lines))


def check_table(answer: str, facts: Mapping[str, Any], _: Document) -> str | None:
    """See that a row says what the list's line says, word by word; head and count fit."""
    lines, source = answer.split("\n"), facts["passage"].split("\n")
    if lines[:2] != ["| 項目 | 内容 |", "| --- | --- |"] or len(lines) != len(source) + 2:
        return "wrong head, or wrong number of rows"
    for line, said in zip(lines[2:], source, strict=True):
        cells = line.split("|")
        if (
            len(cells) != 4
            or cells[0]
            or cells[3]
            or line != f"| {cells[1][1:-1]} | {cells[2][1:-1]} |"
        ):
            return f"not a row of two cells: {line}"
        term, rest = cells[1][1:-1], cells[2][1:-1]
        bare = said.replace("**", "").lstrip("-*・ ")
        if not bare.startswith(term) or bare[len(term) : len(bare) - len(rest)].strip("　：: "):
            return f"not the term or not all that is said of it: {line}"
        if not bare.endswith(rest) or len(term) + len(rest) > len(bare) - 1:
            return f"not what the list says: {line}"
        if any(cell != cell.strip("：: 　") or not cell for cell in (term, rest)):
            return f"a separator was left: {line}"
    return None


KINDS = (
    Kind("listing", ("paragraph",), listing, check_listing, 2),
    Kind("edges", ("passage",), edges, check_edges),
    Kind("json", ("passage", "paragraph"), as_json, check_json),
    Kind("table", ("list",), table, check_table),
)
