"""Whether である says what something is, or where it is held: 祭りが公園であった."""

from __future__ import annotations

import re

from llmx_data.synth.rules.words import Word, parses

FORMAL = (
    "の",
    "こと",
    "もの",
    "ため",
    "から",
    "はず",
    "わけ",
    "ところ",
    "よう",
    "だけ",
    "ほど",
    "まで",
)
"""What である after makes a copula, whatever is before it."""

PLACES = (
    *(
        "場",
        "館",
        "所",
        "園",
        "室",
        "校",
        "堂",
        "駅",
        "店",
        "寺",
        "社",
        "庭",
        "町",
        "村",
        "市",
        "県",
    ),
    *(
        "都",
        "府",
        "区",
        "国",
        "島",
        "山",
        "川",
        "海",
        "浜",
        "院",
        "橋",
        "道",
        "港",
        "塔",
        "内",
        "外",
    ),
    *(
        "前",
        "上",
        "下",
        "中",
        "隣",
        "プール",
        "ホール",
        "ドーム",
        "センター",
        "ビル",
        "ホテル",
        "スタジアム",
    ),
    *("コート", "グラウンド", "ステージ", "アリーナ", "体育", "家", "屋", "城", "公邸", "殿", "宮"),
    *("地", "会", "辺", "沢", "谷", "原", "岸", "口", "際", "奥", "裏", "側", "方"),
)
"""Ends of nouns at which something can be held. Ours."""


def may_exist(sentence: str, found: tuple[Word, ...]) -> bool:
    """Whether である at the end may say that something is or was held there, not what it is.

    MeCab has で as 助動詞 in 祭りが公園であった too, so its tag does not tell them apart. In doubt
    are sentences with a subject in が or も and no topic, and nouns for places.
    """
    tail = re.search(r"であ(?:る|った)。$", sentence)
    if tail is None or sentence[: tail.start()].endswith(FORMAL):
        return False
    noun = next((word for word in found if word.end == tail.start()), None)
    if noun is None or any(word.surface == "で" and word.pos[1] == "格助詞" for word in found[-3:]):
        return True
    topic = any(word.surface == "は" and word.pos[1] == "係助詞" for word in found)
    subject = any(word.surface in ("が", "も") and word.pos[0] == "助詞" for word in found)
    place = noun.pos[2] == "地名" or noun.surface.endswith(PLACES)
    return place or (subject and not topic)


def names_something(sentence: str) -> bool:
    """Whether a sentence in である says of a topic what it is, in each of the likeliest parses.

    It has a topic in は and no name of a place before である, or こと, もの, ため ... there.
    """
    body = sentence[: sentence.rindex("であ")]
    if body.endswith(FORMAL):
        return True
    for parse in parses(sentence, 3):
        tied = [word for word in parse if word.end <= len(body) and word.pos[0] == "助詞"]
        marks = [word.surface for word in tied if word.surface in ("は", "が", "も")]
        named = next(word for word in parse if word.end >= len(body))
        if "は" not in marks or named.pos[2] == "地名":
            return False
    return True
