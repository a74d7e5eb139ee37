"""Which sentence of a Japanese prompt asks for something, and whether it is a question."""

from __future__ import annotations

import re

_BRACKETED = re.compile(r"「[^「」]{0,300}」|『[^『』]{0,300}』|“[^“”]{0,300}”")
_ASIDE = re.compile(r"[（(][^（）()]{0,100}[）)]")
_ENDS = re.compile(r"(?<=[。！？!?])|\n")
_TRAIL = re.compile(r"[\s。．.！!♪…〜~、:：」』☆★）)\U0001F300-\U0001FAFF]+$")

_POINTS = re.compile(
    r"次の|つぎの|以下|下記|下の|上の|上記|前の文|この(?:文|段落|会話|記事|リスト|表|手紙|メール)"
)
"""A paragraph with such words asks; the one that it points at is material."""

_FAVOUR = (
    r"(?:もらえ|貰え|もらい|くれ|くださ|下さ|いただけ|頂け|いただき|頂き|ちょうだい|頂戴|ほし|欲し"
    r"|願|助か|嬉し|うれし|幸い|ありがた|なさい|ましょう)"
)
_REQUEST = re.compile(
    rf"{_FAVOUR}[ぁ-ん]{{0,8}}[？?]?$"
    r"|(?:て|で|を|とは|せよ|しろ|[べめけえれげてねせ]よ|[えべめけれげてせ]ろ|こと|(?<!み)たい(?:です)?"
    r"|たいのですが|たいんですが)[？?]?$"
    r"|を[^をがは、]{1,8}[けげせべめれねえ]$"
)
_CLEAR = re.compile(rf"{_FAVOUR}[ぁ-ん]{{0,8}}[？?]?$|(?:すか|せよ|うか)[？?]?$|[？?]$")
_FAVOUR_QUESTION = re.compile(
    rf"{_FAVOUR}(?:る|ます|ません|ない|ないです)?(?:でしょう|ん|の)?(?:です)?か?[？?]*$"
    r"|お?[ぁ-ん]*願い?でき(?:ます|ません|る)(?:でしょう)?か?[？?]*$"
)
_QUESTION = re.compile(r"(?:か|かな|かしら)$|[？?]$")

_COUNTERS = "人個本枚回字文年月日時分秒歳円度冊匹頭台階番点倍%％割"
_WORDS = [
    ("なぜ", r"なぜ|何故|どうして|なんで"),
    ("いくつ", rf"いくつ|いくら|ど[のれ]くらい|どれほど|何(?:[{_COUNTERS}]|メートル|キロ|グラム)"),
    ("いつ", r"いつ"),
    ("どこ", r"どこ|何処"),
    ("誰", r"誰|だれ|どなた"),
    ("どれ", r"どれ|どちら|どっち|どの(?!よう|くらい)"),
    ("どう", r"どう|どのよう|いかが|どんなふう"),
    ("どんな", r"どんな|どういう|どういった"),
    ("何", r"何|なに|なん(?=です|で|の|だ)"),
]  # fmt: skip
_QUESTION_WORDS = [(name, re.compile(shape)) for name, shape in _WORDS]
YES_OR_NO = "真偽"
"""Object of a question without a question word."""


def is_question(sentence: str) -> bool:
    """Tell a question from a request, which may have the form of one."""
    return bool(_QUESTION.search(sentence)) and not _favour(sentence)


def _favour(sentence: str) -> bool:
    """Tell 書いてもらえますか and 要約できますか, which ask for a deed, from questions."""
    bare = sentence.rstrip("？?")
    return bool(
        _FAVOUR_QUESTION.search(sentence)
        or re.search(r"[一-龥]できま(?:す|せん)か$", bare)
        or re.search(r"(?:て|で|を)$", bare)
    )


def question_word(sentence: str) -> str:
    """Give the first question word, どのように as どう; 真偽 where there is none."""
    found = [(m.start(), name) for name, s in _QUESTION_WORDS if (m := s.search(sentence))]
    return min(found)[1] if found else YES_OR_NO


def asking(prompt: str) -> str | None:
    """Find the sentence that asks, brackets emptied, its end trimmed."""
    emptied = _ASIDE.sub("", _BRACKETED.sub("「」", prompt))
    found = [_sentences(part) for part in re.split(r"\n\s*\n", emptied)]
    paragraphs = [p for p in found if p]
    if not paragraphs:
        return None
    last_first = paragraphs[::-1]
    pointing = [p for p in last_first if any(_POINTS.search(s) for s in p)]
    likely = (
        *(s for p in pointing for s in p if _asks(s)),
        *(s for s in paragraphs[0][:1] if _asks(s)),
        *(s for p in (paragraphs[0], *last_first) for s in p if _asks_clearly(s)),
        *(s for p in last_first for s in p if _asks(s)),
    )
    return next(iter(likely), None)


def _sentences(paragraph: str) -> list[str]:
    return [s for part in _ENDS.split(paragraph) if (s := _TRAIL.sub("", part).strip())]


def _asks(sentence: str) -> bool:
    return bool(_REQUEST.search(sentence) or _QUESTION.search(sentence))


def _asks_clearly(sentence: str) -> bool:
    """Tell sentences that can hardly be anything else; うれしいこと or 学校を may be prose."""
    return bool(_CLEAR.search(sentence))
