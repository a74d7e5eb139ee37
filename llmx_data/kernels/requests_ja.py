"""What a Japanese prompt asks for: its verb and the noun that the verb is about.

The Japanese face of Self-Instruct's wheel of root verbs and their direct objects. Japanese puts
the verb last and wraps it in politeness: 文章を要約していただけますか is 要約する, 文章.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from llmx_data.kernels.asking_ja import asking, is_question, question_word
from llmx_data.kernels.morphemes import Word, morphemes
from llmx_data.kernels.objects_ja import head_noun, object_of

ASK = "問う"
"""Verb of a question, which has none of its own; its object is the question word."""

SENTENCE_CHARS = 200
"""Longer sentences are read from their end: the verb stands there. Ours."""


class Asked(NamedTuple):
    """Verb in its dictionary form, spelled as the writer did, and its object if it has one."""

    verb: str
    object: str | None


_TAIL = frozenset(
    [
        *("くださる", "下さる", "いただく", "頂く", "いただける", "頂ける", "もらう", "貰う"),
        *("もらえる", "貰える", "くれる", "なさる", "ほしい", "欲しい", "ちょうだい", "頂戴"),
        *("助かる", "うれしい", "嬉しい", "ありがたい", "幸い", "よい", "良い", "いい", "よろしい"),
    ]
)
"""Words of asking a favour that stand after the verb."""

_AFTER_TE = ("みる", "見る", "おく", "置く", "いる", "ある", "しまう", "いく", "くる")
_DO = ("する", "いたす", "致す", "できる", "出来る", "なさる", "為さる")
_LIGHT = ("行う", "おこなう", "行なう", "試みる")


def asked(prompt: str) -> Asked | None:
    """Find verb and object of what a prompt asks; None where no request and no question is found.

    The asking sentence: in the last paragraph that points (上の文章, 次の), else the first sentence
    of all, else the last paragraphs; in a paragraph the first sentence that asks. The object is
    the head noun before を, else before について, に (of 答える) or は. Rules are ours;
    tests/kernels/test_requests_ja.py holds them to a table. Cost: 0.15-0.3 ms a prompt.
    """
    sentence = asking(prompt)
    if sentence is None:
        return None
    if is_question(sentence):
        return Asked(ASK, question_word(sentence))
    words = [w for w in morphemes(sentence[-SENTENCE_CHARS:] + "。") if not _mark(w)]
    return _verb(words)


def _mark(word: Word) -> bool:
    return word.pos1 in ("補助記号", "記号", "感動詞") and word.surface not in "「」『』“”、"


def _verb(words: list[Word]) -> Asked | None:
    """Walk from the end over politeness to the verb; then look for its object before it."""
    at = len(words) - 1
    while at >= 0:
        word, before = words[at], words[at - 1] if at else None
        if _polite(word, before):
            at -= 1
        elif word.pos1 == "動詞" and word.base in _DO:
            wrapped = before is not None and before.surface == "に" and _way(words, at - 2)
            if not wrapped:
                return _do(words, at)
            at -= 3
        elif word.base == "願う" or word.surface == "願い":
            return _please(words, at - 1 if _honoured(before) else at)
        elif word.pos1 == "動詞":
            return _plain(words, at)
        elif _deed(word):
            return _found(words, at, word.surface + "する")
        elif word.pos1 == "副詞" and word.surface.endswith("て"):
            return _found(words, at, word.surface[:-1] + "る")
        elif word.surface == "を":
            return _ofhead_noun(words, at)
        else:
            return None
    return None


def _polite(word: Word, before: Word | None) -> bool:
    """Tell whether a word only asks nicely, ends the sentence or leans on the verb before."""
    if word.base in _TAIL:
        return True
    if word.pos1 in ("助動詞", "補助記号"):
        return True
    if word.pos1 == "助詞":
        return word.surface != "を"
    after_te = before is not None and before.surface in ("て", "で") and before.pos1 == "助詞"
    return (after_te and word.base in _AFTER_TE) or word.surface in ("こと", "よう")


def _way(words: list[Word], at: int) -> bool:
    """Tell whether a verb in 〜するようにする is only wrapped."""
    return at >= 1 and words[at].surface == "よう" and words[at - 1].pos1 in ("動詞", "助動詞")


def _honoured(word: Word | None) -> bool:
    return word is not None and word.pos1 == "接頭辞" and word.surface in ("お", "ご", "御")


def _deed(word: Word) -> bool:
    return word.pos1 == "名詞" and word.pos3 in ("サ変可能", "サ変形状詞可能")


def _please(words: list[Word], at: int) -> Asked | None:
    """Read 要約をお願いします as 要約する, メールをお願いします as a wish for a mail."""
    if at >= 1 and words[at - 1].surface == "を":
        return _ofhead_noun(words, at - 1)
    if at >= 1 and _deed(words[at - 1]):
        return _found(words, at - 1, words[at - 1].surface + "する")
    return _verb(words[:at])


def _ofhead_noun(words: list[Word], at: int) -> Asked | None:
    """Read a noun before を that names the deed, or the thing that is wished for."""
    noun = words[at - 1] if at else None
    if noun is None:
        return None
    if _deed(noun) and len(noun.surface) > 1 and not re.search(r"[ァ-ヶ]", noun.surface):
        of = words[at - 2].surface == "の" if at >= 2 else False
        done = noun.surface + "する"
        return Asked(done, head_noun(words, at - 3)) if of else _found(words, at - 1, done)
    return Asked("お願いする", head_noun(words, at - 1))


def _do(words: list[Word], at: int) -> Asked | None:
    """Read する with what stands before it: 要約する, 一般化する, 表にする, 短くする."""
    if at == 0:
        return None
    before = words[at - 1]
    if before.base == "願う":
        return _please(words, at - 2 if at >= 2 and _honoured(words[at - 2]) else at - 1)
    if before.surface == "に" and at >= 2 and words[at - 2].pos1 == "形状詞":
        return _found(words, at - 2, words[at - 2].surface + "にする")
    if before.surface in ("に", "と"):
        return _found(words, at - 1, before.surface + "する")
    if before.surface == "を":
        return _ofhead_noun(words, at - 1)
    if before.pos1 == "接尾辞" and at >= 2:
        return _found(words, at - 2, words[at - 2].surface + before.surface + "する")
    if before.pos1 == "動詞":
        return _found(words, at - 1, before.base)
    if before.pos1 == "助詞" or before.pos1 == "助動詞":
        return _verb(words[: at - 1])
    return _found(words, at - 1, before.surface + "する")


def _plain(words: list[Word], at: int) -> Asked | None:
    """Read a verb of its own, with a verb it is joined to; 要約を行う is 要約する."""
    word, start, verb = words[at], at, words[at].base
    if at and words[at - 1].pos1 == "動詞" and words[at - 1].form.startswith("連用形"):
        start, verb = at - 1, words[at - 1].surface + verb
    if word.base in _LIGHT and at >= 2 and words[at - 1].surface == "を" and _deed(words[at - 2]):
        return _ofhead_noun(words, at - 1)
    if at + 1 < len(words) and words[at + 1].base in ("せる", "させる"):
        verb = word.surface + words[at + 1].base
    if at == len(words) - 1 and word.surface + "る" == verb and verb[-2] in _POTENTIAL:
        verb = verb[:-2] + _POTENTIAL[verb[-2]]
    return _found(words, start, verb)


_POTENTIAL = dict(zip("けせげべれ", "くすぐぶる", strict=True))
"""書け at the very end is 書く in the imperative, though MeCab takes it for 書ける."""


def _found(words: list[Word], start: int, verb: str) -> Asked:
    return Asked(verb, object_of(words, start, verb))
