"""Kinds that ask what does not belong or is not so: a stray sentence, a changed number."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from llmx_data.synth.rules import numerals
from llmx_data.synth.rules.choose import CONTENT, shares_content
from llmx_data.synth.rules.passage import sentences
from llmx_data.synth.rules.task import Document, Kind, Made, Pool, Scene
from llmx_data.synth.rules.words import terms

POINTING = re.compile(
    r"[「『（]|そ(?:の|れ|こ|う|ん)|こ(?:の|れ|こ|う|ん)|あ(?:の|れ)|どちら|同|"
    r"しかし|だが|ただ|また|さらに|そして|だから|では|でも|一方|なお|もっとも|すると|ところ|"
    r"たとえば|例えば|つまり|まず|次|ほか|二人|三人|両|前者|後者|実は|むしろ|とはいえ|残|当時"
)
"""Beginnings of sentences that lean on the sentence before."""


def stands_alone(sentence: str) -> bool:
    """Whether a sentence can be read without the one before it."""
    return 20 <= len(sentence) <= 70 and sentence.endswith("。") and not POINTING.match(sentence)


PROSE = re.compile(r"[ぁ-ん]。$")
"""A sentence that says something, not a name and a date: 「新聞、五月三日。」."""

POINTS = re.compile(r"その|それ|そこ|この|これ|ここ|あの|あれ|彼|同[一-鿿]")
"""Words that point outside the sentence, anywhere in it."""

FEW = ("一人", "二人", "三人")
"""Amounts that mostly point back to people named before."""


def stray(scene: Scene) -> Iterator[Made]:
    """Put in a sentence of another document that shares no content word."""
    told, text = scene.piece.sentences, scene.piece.text
    if not 4 <= len(told) <= 10 or not all(PROSE.search(each) for each in told):
        return
    common = _common(scene.pool)
    polite = "ます。" in text or "です。" in text
    others = [
        each
        for key, each in scene.pool.sentences
        if key != scene.document.id
        and PROSE.search(each)
        and not POINTS.search(each)
        and any(noun not in common for noun in terms(each))
        and not shares_content(each, text)
        and each.endswith(("ます。", "です。", "ました。", "でした。", "ません。")) == polite
    ]
    if not others:
        return
    other = scene.dice.choose(others)
    place = 1 + scene.dice.below(len(told) - 1)
    shown = "".join([*told[:place], other, *told[place:]])
    yield Made(other, shown=shown)


@lru_cache(maxsize=4)
def _common(pool: Pool) -> frozenset[str]:
    """Nouns of more than one document: a sentence of these alone might belong anywhere."""
    return frozenset(noun for noun, many in Counter(n for _, n in pool.nouns).items() if many > 1)


def check_stray(answer: str, facts: Mapping[str, Any], document: Document) -> str | None:
    """See that it is one whole sentence and not the document's; without it the passage is left."""
    before, found, after = facts["shown"].partition(answer)
    if not found or before + after != facts["passage"]:
        return "without it the passage is not what it was"
    if answer in document.text or answer not in sentences(facts["shown"]):
        return "a sentence of the document, or not a whole one"
    if not PROSE.search(answer) or POINTS.search(answer):
        return "a caption, or it leans on another sentence"
    shared = [run for run in CONTENT.findall(answer) if run in facts["passage"]]
    return f"might belong: {shared}" if shared else None


def true_false(scene: Scene) -> Iterator[Made]:
    """State a sentence of the passage with one amount, as it is or with another number."""
    text = scene.piece.text
    for sentence in scene.dice.shuffled(scene.piece.sentences):
        found = numerals.quantities(sentence)
        single = len(found or ()) == 1 and len(re.findall(numerals.NUMBER, sentence)) == 1
        if (
            not found
            or not single
            or not stands_alone(sentence)
            or not 2 <= found[0].value < 5000
            or found[0].text in FEW
        ):
            continue
        amount = found[0]
        wrong = _other_number(amount, scene)
        if scene.dice.below(2) or wrong in text:
            yield Made("合っています。", {"statement": sentence})
        else:
            said = sentence[: amount.start] + wrong + sentence[amount.end :]
            yield Made(f"合っていません。正しくは「{amount.text}」です。", {"statement": said})


def _other_number(amount: numerals.Quantity, scene: Scene) -> str:
    """Another number with the same unit and spelling, near the true one."""
    true = amount.value
    near = [int(true) + step for step in (1, 2, 3)] + [int(true) * 2, max(1, int(true) // 2)]
    number = scene.dice.choose([each for each in near if each != true])
    return (
        numerals.kanji(number) if amount.number[0] not in "0123456789" else str(number)
    ) + amount.unit


def check_true_false(answer: str, facts: Mapping[str, Any], _: Document) -> str | None:
    """Make a false statement the passage's by putting the given amount in one place."""
    said, text = facts["statement"], facts["passage"]
    if said in text:
        return None if answer == "合っています。" else "the passage says so"
    match = re.fullmatch(r"合っていません。正しくは「(.+)」です。", answer)
    if not match:
        return "the passage does not say so"
    places = re.finditer(rf"{numerals.NUMBER}(?:{'|'.join(numerals.UNITS)})", said)
    mended = [said[: p.start()] + match[1] + said[p.end() :] for p in places]
    told = [each for line in text.split("\n") for each in sentences(line)]
    return None if any(each in told for each in mended) else "not what the passage says"


KINDS = (
    Kind("stray", ("paragraph",), stray, check_stray),
    Kind("true_false", ("passage", "paragraph"), true_false, check_true_false),
)
