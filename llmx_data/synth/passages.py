"""Parts of documents: an excerpt that ends where a sentence ends, and whether one holds a quote."""

from __future__ import annotations

import unicodedata

ENDS = "。！？!?\n"
"""Where a text may be cut."""

LEAST = 0.5
"""An excerpt keeps at least this share of its room; without an end there it is cut anywhere."""


def excerpt(text: str, chars: int) -> str:
    """Give the beginning of a text, up to `chars` characters, cut at the end of a sentence."""
    if len(text) <= chars:
        return text
    cut = max(text.rfind(end, 0, chars) for end in ENDS) + 1
    return text[: cut if cut > LEAST * chars else chars].rstrip()


def holds(document: str, quote: str) -> bool:
    """Whether a document holds a quote word for word; width and white space do not matter."""
    return _folded(quote) in _folded(document)


def _folded(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())
