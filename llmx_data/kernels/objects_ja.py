"""The noun that a Japanese verb is about: before を, else before について, に (of 答える) or は."""

from __future__ import annotations

from llmx_data.kernels.morphemes import Word

QUOTE = "「…」"
"""Object that stands in brackets, whatever it says."""

ABOUT = ("つく", "関する")
GLANCE = ("読む", "見る", "踏まえる", "ふまえる", "参照", "参考", "聞く")
"""Verbs of a clause before, whose object the asked verb shares: 文章を読んで要約する."""

REPLIES = ("答える", "回答する", "返答する", "返信する", "返事する")
"""Verbs whose object stands before に."""


def object_of(words: list[Word], start: int, verb: str) -> str | None:
    """Find the object of a verb that begins at `start`; None where it has none.

    Looked for in the verb's own clause, nearest first; then an object that it shares with the
    clause before, then the topic.
    """
    clause = start
    while clause > 0 and not _ends_clause(words, clause - 1):
        clause -= 1
    places = range(start - 1, clause - 1, -1)
    for at in places:
        if words[at].surface == "を":
            return head_noun(words, at - 1)
    for at in places:
        if words[at].base in ABOUT and at and words[at - 1].surface == "に":
            return head_noun(words, at - 2)
    if verb in REPLIES:
        for at in places:
            if words[at].surface == "に" and words[at].pos1 == "助詞":
                return head_noun(words, at - 1)
    return _shared(words, clause) or _topic(words, start)


def _ends_clause(words: list[Word], at: int) -> bool:
    """Tell whether a clause ends here: 読んで, 使いたいので, but not について."""
    word = words[at]
    before = words[at - 1] if at else None
    linked = word.pos2 == "接続助詞" and not (before is not None and before.base in ABOUT)
    return linked or (word.surface == "で" and before is not None and before.pos2 == "準体助詞")


def _shared(words: list[Word], end: int) -> str | None:
    """Give the object a clause before: 文章 in 文章を読んで…, 文 in 文を、「・」を付けて…."""
    places = [at for at in range(1, end) if words[at].surface == "を"]
    glance = any(word.base in GLANCE for word in words[:end])
    if places and (glance or len(places) > 1):
        return head_noun(words, places[-1 if glance else 0] - 1)
    return None


def _topic(words: list[Word], end: int) -> str | None:
    """Give what the sentence is about: 文末は, 光合成とは."""
    for at in range(end - 1, 0, -1):
        if words[at].surface == "は" and words[at].pos1 == "助詞":
            before = at - 2 if words[at - 1].surface == "と" else at - 1
            return head_noun(words, before)
    return None


def head_noun(words: list[Word], at: int) -> str | None:
    """Head noun that ends at `at`; a suffix or a single character takes the word before along."""
    while at > 0 and words[at].surface in ("など", "だけ", "のみ", "まで", "ずつ", "、"):
        at -= 1
    if at < 0:
        return None
    word = words[at]
    if word.surface in "」』”":
        return QUOTE
    if word.pos3 == "助数詞" or word.pos2 == "数詞":
        return head_noun(words, at - 1) if at else None
    if word.pos1 not in ("名詞", "代名詞", "接尾辞", "形状詞") or word.surface in ("こと", "もの"):
        return None
    text = word.surface
    while at > 0 and _goes_along(words[at - 1], words[at], text):
        at -= 1
        text = words[at].surface + text
    return text


def _goes_along(before: Word, word: Word, text: str) -> bool:
    """Tell whether a noun says too little without the word before: 文字数, 読み方, 光合成."""
    if word.pos1 == "接尾辞":
        return before.pos1 in ("名詞", "接尾辞", "形状詞", "動詞")
    if before.pos1 != "名詞" or before.pos2 == "数詞":
        return False
    return len(text) == 1 or (len(before.surface) == 1 and before.pos2 == "普通名詞")
