"""Swallow's feature set in plain Python (regular expressions and Counter): the slow side.

The definitions are those of quality.py in swallow-llm/swallow-corpus (MIT); the code is ours.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import chain

HIRAGANA = re.compile("[\u3041-\u3096]")
KATAKANA = re.compile("[\u30a1-\u30fa]")
KANJI = re.compile("[\u3005\u3007\u303b\u3400-\u9fff\uf900-\ufaff\U00020000-\U0002ffff]")
KUTEN, TOTEN = "\u3002\uff0e\uff01\uff1f", "\u3001\uff0c"
SENTENCE = re.compile(f"[^{KUTEN}!?]+[{KUTEN}!?]?")


def features(text: str) -> dict[str, int]:
    """Integers behind all of Swallow's features."""
    lines = [SENTENCE.findall(line) for line in text.split("\n")]
    sentences = list(chain.from_iterable(lines))
    found = letters(text)
    found |= copies("lines", ["".join(line) for line in lines])
    found |= copies("sentences", sentences)
    found["longest_sentence"] = max(map(len, sentences), default=0)
    found["ellipsis"] = sum(s.strip().endswith(("\u30fb", "\u2026")) for s in sentences)
    for n in range(2, 11):
        counts = Counter([text[i : i + n] for i in range(len(text) - n + 1)])
        found[f"types_{n}"] = len(counts)
        found[f"repeated_{n}"] = sum(1 for count in counts.values() if count > 1)
        found[f"top_{n}"] = max(counts.values(), default=0)
    return found


def letters(text: str) -> dict[str, int]:
    """Count characters, and Japanese letters by kind."""
    found = {
        "hiragana": len(HIRAGANA.findall(text)),
        "katakana": len(KATAKANA.findall(text)),
        "kanji": len(KANJI.findall(text)),
        "kuten": sum(map(text.count, KUTEN)),
        "toten": sum(map(text.count, TOTEN)),
    }
    return found | {"chars": len(text), "japanese": sum(found.values())}


def copies(name: str, items: list[str]) -> dict[str, int]:
    """Count items, their characters, and those of the copies beyond the first."""
    counts = Counter(items)
    return {
        name: len(items),
        f"{name}_chars": sum(map(len, items)),
        f"{name}_copies": len(items) - len(counts),
        f"{name}_copied_chars": sum(len(s) * (count - 1) for s, count in counts.items()),
    }
