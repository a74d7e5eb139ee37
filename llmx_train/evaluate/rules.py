"""Rules of form that a prompt states beyond doubt, and whether an answer keeps them."""

from __future__ import annotations

import json
import re
import unicodedata
from typing import NamedTuple


class Kept(NamedTuple):
    """One rule of a prompt, and whether the answer keeps it."""

    rule: str
    kept: bool


_QUOTED = re.compile(r"「[^「」]*」|『[^『』]*』|```.*?```", re.DOTALL)
_SENTENCE = re.compile(r"[^。．！？!?\n]+")
_JSON = re.compile(r"json(?:の)?(?:形式|フォーマット)?(?:で|に変換|として)", re.IGNORECASE)
_FENCE = re.compile(r"\A\s*```(?:json)?\s*\n(.*?)\n?```\s*\Z", re.DOTALL | re.IGNORECASE)
_LIMIT = re.compile(r"(\d[\d,]*)\s*(?:文字|字)\s*(以内|以下|未満|以上|まで|程度|前後|くらい|ほど)")
_EACH = re.compile(r"各|それぞれ|ずつ|[一1]つ(?:の|あたり)|[一1]文|[一1]行|ごと")
_BULLETS = re.compile(r"箇条書き")
_NOT = re.compile(r"(?:せず|しない|使わ|ではなく|でなく|なし|避け|やめ)")
_COUNT = re.compile(r"(\d+)\s*(?:つ|個|点|項目)(以上|以内|以下|程度|ほど|くらい)?")
_RANGE = re.compile(r"\d+\s*(?:つ|個|点|項目)?\s*(?:~|〜|から|-|ー|か)\s*\d+")
_ITEM = re.compile(
    r"^\s*(?:[-*+・•●○◆■▪]|\d{1,2}\s*[.)、:]|[(]\d{1,2}[)]|[①-⑳])\s*\S", re.MULTILINE
)


def kept_rules(prompt: str, answer: str) -> list[Kept]:
    """Judge an answer by the rules that its prompt states; none for most prompts.

    `json`: JSON is asked for, and the answer (or its one fenced block) parses. `bullets`: 箇条書き
    is asked for, with a number in the same sentence or at least two. `chars_most`, `chars_least`:
    one limit in characters (white space apart) stands in the prompt, and not for each of several
    parts. What is quoted, denied, approximate or said twice is not judged. Rules are ours.
    """
    asked = _QUOTED.sub("", unicodedata.normalize("NFKC", prompt))
    sentences = [str(sentence) for sentence in _SENTENCE.findall(asked)]
    return [*_json(sentences, answer), *_bullets(sentences, answer), *_chars(sentences, answer)]


def _json(sentences: list[str], answer: str) -> list[Kept]:
    asking = [s for s in sentences if _JSON.search(s)]
    if not asking or any(_NOT.search(s) for s in asking):
        return []
    fenced = _FENCE.match(answer)
    try:
        json.loads(fenced[1] if fenced else answer)
    except json.JSONDecodeError:
        return [Kept("json", False)]
    return [Kept("json", True)]


def _bullets(sentences: list[str], answer: str) -> list[Kept]:
    asking = [s for s in sentences if _BULLETS.search(s)]
    if len(asking) != 1 or _NOT.search(asking[0]):
        return []
    items = len(_ITEM.findall(unicodedata.normalize("NFKC", answer)))
    numbers = _COUNT.findall(asking[0])
    if len(numbers) > 1 or _RANGE.search(asking[0]) or (numbers and numbers[0][1]):
        return []
    return [Kept("bullets", items == int(numbers[0][0]) if numbers else items >= 2)]


def _chars(sentences: list[str], answer: str) -> list[Kept]:
    found = [(s, m) for s in sentences for m in _LIMIT.findall(s)]
    words = [word for _, (_, word) in found]
    most, least = [w for w in words if w in _MOST], [w for w in words if w == "以上"]
    plain = len(most) <= 1 and len(least) <= 1 and len(words) == len(most) + len(least)
    if not plain or any(_EACH.search(s) for s, _ in found):
        return []
    length = sum(not c.isspace() for c in unicodedata.normalize("NFC", answer))
    judged = []
    for _, (number, word) in found:
        limit = int(number.replace(",", ""))
        if word == "以上":
            judged.append(Kept("chars_least", length >= limit))
        else:
            judged.append(Kept("chars_most", length < limit if word == "未満" else length <= limit))
    return judged


_MOST = ("以内", "以下", "未満", "まで")
