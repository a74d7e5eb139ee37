"""Polite to plain style and back, for a closed list of sentence ends; None for every other."""

from __future__ import annotations

import re

from llmx_data.synth.rules.existence import may_exist
from llmx_data.synth.rules.words import Word, words

VERB_ENDS = {
    "カ行": "かきく", "ガ行": "がぎぐ", "サ行": "さしす", "タ行": "たちつ", "ナ行": "なにぬ",
    "バ行": "ばびぶ", "マ行": "まみむ", "ラ行": "らりる", "ワア行": "わいう",
}  # fmt: skip
"""Last kana of a godan verb before ない, ます and at the end of a sentence."""

PAST = {
    "く": "いた", "ぐ": "いだ", "す": "した", "つ": "った", "る": "った", "う": "った",
    "ぬ": "んだ", "ぶ": "んだ", "む": "んだ",
}  # fmt: skip
"""Past of a godan verb by the last kana of its dictionary form; 行く has いった."""

COPULA_AFTER = ("名詞", "形状詞", "接尾辞", "代名詞")
PARTICLES = ("から", "だけ", "ほど", "ばかり", "まで", "の")
"""Particles after which です and である are both usual."""

HONORIFIC = re.compile(
    r"(?:ござ|くださ|下さ|おり|致|いたし|いたす|申|参|伺|頂|いただ|なさ|おっしゃ|いらっしゃ)"
)
POLITE_INSIDE = re.compile(r"です|ます|ました|でした|ません|でしょう|ましょう|ください")
PLAIN_INSIDE = re.compile(
    r"[うくぐすつぬぶむるたいだ](?:が|けれど|けど)、|"
    r"(?<!ん)(?:だ|だった|である|であった)(?:が|から|けれど|けど|し)|だろう|であろう"
)


def plain(sentence: str) -> str | None:
    """Turn a polite sentence into である style: 読みます becomes 読む, 本です 本である."""
    found = _last(sentence)
    if found is None or POLITE_INSIDE.search(sentence[: found[-1].start - 2]):
        return None
    tail = [word.surface for word in found]
    for ends, turn in ((("ませ", "ん"), _not), (("まし", "た"), _past), (("ます",), _now)):
        if tuple(tail[-len(ends) :]) == ends and len(found) > len(ends):
            verb = found[-len(ends) - 1]
            turned = turn(verb)
            return None if turned is None else sentence[: verb.start] + turned + "。"
    if tail[-1] == "です":
        return _without_desu(sentence, found[-2], found[-1].start)
    if tail[-2:] == ["でし", "た"] and _takes_copula(found[-3]):
        return sentence[: found[-2].start] + "であった。"
    return None


def polite(sentence: str) -> str | None:
    """Turn a plain sentence into です・ます style: 読む becomes 読みます, 本だ 本です."""
    found = _last(sentence)
    if (
        found is None
        or POLITE_INSIDE.search(sentence)
        or PLAIN_INSIDE.search(sentence[: found[-1].start - 1])
    ):
        return None
    last, before = found[-1], found[-2]
    if may_exist(sentence, found):
        return None
    for tail, copula in (
        ("であった", "でした"),
        ("だった", "でした"),
        ("である", "です"),
        ("だ", "です"),
    ):
        start = len(sentence) - 1 - len(tail)
        if sentence.endswith(tail + "。"):
            ended = [word for word in found if word.end == start]
            if ended and _takes_copula(ended[0]):
                return sentence[:start] + copula + "。"
    if last.pos[0] == "形容詞" and last.form[1] == "終止形-一般" and last.lemma != "無い":
        return sentence[:-1] + "です。"
    if last.surface == "ない" and last.pos[0] == "助動詞":
        return _turned(sentence, before, "ません")
    if last.surface in ("た", "だ") and last.lemma == "た":
        return _turned(sentence, before, "ました")
    return _turned(sentence, last, "ます") if last.form[1] == "終止形-一般" else None


def _last(sentence: str) -> tuple[Word, ...] | None:
    """Words of a sentence without its full stop; None if it is not one plain statement."""
    seen = words(sentence)
    odd = any(mark in sentence for mark in "「」『』（）？！") or HONORIFIC.search(sentence)
    if odd or len(seen) < 4 or seen[-1].surface != "。" or sentence.count("。") != 1:
        return None
    return seen[:-1]


def _takes_copula(word: Word) -> bool:
    return word.pos[0] in COPULA_AFTER or (word.pos[0] == "助詞" and word.surface in PARTICLES)


def _is_verb(word: Word) -> bool:
    helper = word.pos[0] == "助動詞" and word.lemma in ("れる", "られる", "せる", "させる")
    return (word.pos[0] == "動詞" or helper) and word.known and word.base[:1] not in "来"


def _kana_row(word: Word) -> str | None:
    """Three kana of a godan verb's row, "" for an ichidan verb, "する", None for others."""
    kind = word.form[0]
    if kind.startswith("五段-"):
        return VERB_ENDS.get(kind.removeprefix("五段-").split("-")[0])
    if kind.startswith(("上一段", "下一段")) or (
        word.pos[0] == "助動詞" and word.base.endswith("る")
    ):
        return ""
    return "する" if kind == "サ行変格" and word.base == "する" else None


def _now(word: Word) -> str | None:
    return word.base if _is_verb(word) and _kana_row(word) is not None else None


def _past(word: Word) -> str | None:
    row = _kana_row(word) if _is_verb(word) else None
    if row is None:
        return None
    if row == "する":
        return "した"
    if row == "":
        return word.base[:-1] + "た"
    if word.base.endswith(("行く", "いく")):
        return word.base[:-1] + "った"
    return word.base[:-1] + PAST[word.base[-1]]


def _not(word: Word) -> str | None:
    row = _kana_row(word) if _is_verb(word) else None
    if row is None:
        return None
    if word.base in ("ある", "有る"):
        return "ない"
    return "しない" if row == "する" else word.base[:-1] + (row[0] if row else "") + "ない"


def _without_desu(sentence: str, before: Word, start: int) -> str | None:
    if _takes_copula(before):
        return sentence[:start] + "である。"
    bare = before.pos[0] == "形容詞" or (before.pos[0] == "助動詞" and before.lemma == "たい")
    return sentence[:start] + "。" if bare and before.lemma != "無い" else None


def _turned(sentence: str, verb: Word, ending: str) -> str | None:
    """Put a polite ending on the last verb of a plain sentence, in place of all after its stem."""
    row = _kana_row(verb) if _is_verb(verb) else None
    if row is None or (ending == "ません" and verb.base == "ある"):
        return None
    stem = "し" if row == "する" else verb.base[:-1] + (row[1] if row else "")
    return sentence[: verb.start] + stem + ending + "。"
