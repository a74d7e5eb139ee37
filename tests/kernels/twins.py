"""Slow, obvious twins of the kernels, and the texts on which both must agree."""

from __future__ import annotations

import io
import json
import os
import re
import unicodedata
from collections import Counter
from functools import cache
from pathlib import Path

import polars as pl
import pytest
import zstandard
from hypothesis import strategies as st

EDGE_TEXTS: list[str | None] = [
    "東京都では昨日、新しい図書館が開館した。",
    "",
    None,
    "😀",
    "👨‍👩‍👧‍👦 家族",
    "ﾊﾞｯﾊのﾊｯﾊﾟ｡ ｱｲｳｴｵ｢ｶｷｸ｣",
    "バッハとハッパ",
    "ハ\u3099ッハとハッハ\u309a",
    "㌔ ㍻ ① ﷺ ﬁ ½ ｶﾞ",
    "a\u0301 \u00a8x \u1100\u1161\u11a8 각",
    "Ｌｌｍｘ　ｖ１．０（全角）とhalf-width 123",
    "すごい！！！！本当？！はい。。。\n\n\nすごい！\n・・・\nそれは…\n",
    "\n",
    "\r\n一行目\r\n一行目\r\n\u3000\u3000\r\n",
    "。",
    "！？",
    "𠮟られた𠮷野家",
    "这个问题很难，我们会处理。",
    "這個問題很難,我們會處理。",
    "あ" * 50,
    "あい" * 30 + "うえお" * 20,
    "The cat sat on the mat. The cat sat on the mat.",
    "한국어 문장입니다.",
    "０１２３ 456 七八九 ー ゝゞ々〇〻 丈丈",
]

ALPHABET = (
    "あいアイ漢字々〇〻、。，．！？!?・…ーｱﾊﾞﾟ\u3099\u309aガ㌔①ab1"
    " \u3000\n\r\t\u200b\u0301각\u1161𠮟😀这"
)
"""Few characters, so that generated texts repeat themselves and meet every branch."""

TEXT = st.text(st.sampled_from(ALPHABET), max_size=60) | st.text(
    st.characters(exclude_categories=["Cs"]), max_size=30
)
TEXTS = st.lists(st.none() | TEXT, max_size=8)


@cache
def shared_documents(count: int = 300) -> tuple[str, ...]:
    """Documents spread evenly over the seven shared sources; skips where they are absent."""
    files = sorted((_shared_data() / "documents").glob("*.jsonl.zst"))
    if not files:
        pytest.skip("shared documents are absent (set LLMX_SHARED_DATA)")
    texts: list[str] = []
    for file in files:
        with file.open("rb") as raw:
            lines = io.TextIOWrapper(zstandard.ZstdDecompressor().stream_reader(raw), "utf-8")
            own = [json.loads(line)["text"] for line in lines]
        step = max(1, len(own) * len(files) // count)
        texts += own[::step]
    return tuple(texts)


def _shared_data() -> Path:
    """Folder of the shared data, by environment or beside the repository."""
    default = Path(__file__).parents[2].parent / "shared" / "data"
    return Path(os.environ.get("LLMX_SHARED_DATA", default))


def series(texts: list[str | None] | tuple[str, ...]) -> pl.Series:
    """Make a String column."""
    return pl.Series("text", texts, dtype=pl.String)


def code_points(text: str | None) -> list[int]:
    """Code points of a text; null is empty."""
    return [ord(c) for c in text or ""]


def fold(text: str | None) -> str:
    """NFKC, then white space removed."""
    return "".join(unicodedata.normalize("NFKC", text or "").split())


HIRAGANA = re.compile("[\u3041-\u3096]")
KATAKANA = re.compile("[\u30a1-\u30fa]")
KANJI = re.compile(r"[\u3005\u3007\u303b\u3400-\u9fff\uf900-\ufaff\U00020000-\U0002ffff]")
SENTENCE = re.compile(r"[^\u3002\uff0e\uff01\uff1f!?]+[\u3002\uff0e\uff01\uff1f!?]?")


def char_class(char: str) -> str:
    """Name the class of one character, by regular expressions and codecs."""
    for name, found in (
        ("hiragana", HIRAGANA.match(char)),
        ("katakana", KATAKANA.match(char)),
        ("kuten", char in "\u3002\uff0e\uff01\uff1f"),
        ("toten", char in "\u3001\uff0c"),
        ("newline", char == "\n"),
        ("space", char.isspace()),
        ("kanji_astral", ord(char) > 0xFFFF and KANJI.match(char)),
        ("kanji_simplified", KANJI.match(char) and is_simplified(char)),
        ("kanji", KANJI.match(char)),
        ("digit", re.match(r"[0-9\uff10-\uff19]", char)),
        ("kana_mark", re.match(r"[\u3099-\u309f\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9f]", char)),
        ("latin", re.match(r"[A-Za-z\uff21-\uff3a\uff41-\uff5a]", char)),
        ("latin", "\xaa" <= char < "\u0250" and char.isalpha()),
        ("letter", ord(char) < 0x20000 and char.isalpha()),
        ("symbol", unicodedata.category(char)[0] in "PS"),
    ):
        if found:
            return name
    return "other"


def is_simplified(char: str) -> bool:
    """Say whether a kanji can be written in GB 2312 but not in JIS X 0213."""
    return encodes(char, "gb2312") and not encodes(char, "euc_jis_2004")


def encodes(char: str, codec: str) -> bool:
    """Say whether the codec knows the character."""
    try:
        char.encode(codec)
    except UnicodeEncodeError:
        return False
    return True


def duplicates(items: list[str]) -> tuple[int, int]:
    """Count the copies beyond the first, and their characters."""
    counts = Counter(items)
    return sum(counts.values()) - len(counts), sum(len(s) * (k - 1) for s, k in counts.items())


def sentences(text: str | None) -> dict[str, int]:
    """Sentence counts as Swallow defines them."""
    found = [s for line in (text or "").split("\n") for s in SENTENCE.findall(line)]
    copies, copied_chars = duplicates(found)
    return {
        "sentences": len(found),
        "chars": sum(map(len, found)),
        "longest": max(map(len, found), default=0),
        "ellipsis": sum(s.strip().endswith(("\u30fb", "\u2026")) for s in found),
        "duplicates": copies,
        "duplicate_chars": copied_chars,
    }


def lines(text: str | None, *, short: int = 10) -> dict[str, int]:
    """Line counts; duplicates as Swallow defines them."""
    raw = (text or "").split("\n")
    kept = ["".join(SENTENCE.findall(line)) for line in raw]
    copies, copied_chars = duplicates(kept)
    filled = [line.strip() for line in raw if line.strip()]
    return {
        "lines": len(raw),
        "blank": len(raw) - len(filled),
        "short": sum(len(line) <= short for line in filled),
        "longest": max(map(len, raw)),
        "ellipsis": sum(line.endswith(("\u2026", "\u2025", "\u30fb", "...")) for line in filled),
        "punctuated": sum(line[-1] in "。．！？!?.…」』）" for line in filled),
        "bullets": sum(line[0] in "-*+・•‣●○◆◇■□▪▶※" for line in filled),
        "kept_chars": sum(map(len, kept)),
        "duplicates": copies,
        "duplicate_chars": copied_chars,
        "blank_duplicates": sum(
            not line.strip() and line_kept in kept[:k]
            for k, (line, line_kept) in enumerate(zip(raw, kept, strict=True))
        ),
    }


def ngrams(text: str | None, n: int) -> tuple[int, int, int]:
    """Types, repeated types, occurrences of the most frequent n-gram."""
    whole = text or ""
    counts = Counter(whole[i : i + n] for i in range(len(whole) - n + 1))
    repeated = sum(count > 1 for count in counts.values())
    return len(counts), repeated, max(counts.values(), default=0)
