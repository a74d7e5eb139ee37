"""How a written answer is compared with the right ones."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

_WRAPPERS = str.maketrans("", "", "「」『』\"'“”")
_NUMBER = re.compile(r"[-−]?\d+(?:\.\d+)?")
_COMMA = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")


def normal(text: str) -> str:
    """NFKC without white space and quotes, and without full stops at the end."""
    folded = unicodedata.normalize("NFKC", text).translate(_WRAPPERS)
    return "".join(folded.split()).rstrip("。.").lower()


def exact_match(written: str, answers: Sequence[str]) -> float:
    """1 if the normal forms of an answer and of what was written are equal."""
    return float(any(normal(written) == normal(answer) for answer in answers))


def char_f1(written: str, answers: Sequence[str]) -> float:
    """Best F1 of characters over the answers, each character as often as it stands (SQuAD's F1).

    Two empty texts are equal; an empty and a filled one share nothing.
    """
    return max(_f1(normal(written), normal(answer)) for answer in answers)


def _f1(written: str, answer: str) -> float:
    if not written or not answer:
        return float(written == answer)
    shared = sum((Counter(written) & Counter(answer)).values())
    return 2 * shared / (len(written) + len(answer))


def last_number(text: str) -> float | None:
    """Find the last number of a text, full-width digits and 1,000 read; null if there is none."""
    folded = _COMMA.sub("", unicodedata.normalize("NFKC", text))
    found = _NUMBER.findall(folded)
    return float(found[-1].replace("−", "-")) if found else None
