"""Remnants of HTML and Markdown in extracted text: tags, entities, and links if asked."""

from __future__ import annotations

import html
import re
from typing import Literal

import polars as pl

from llmx_data.normalize import Normalizer, only

BLOCK = (
    "address article aside blockquote br dd div dl dt figure footer form h1 h2 h3 h4 h5 h6 "
    "header hr li main nav ol p pre section table tbody thead tr ul"
)
INLINE = (
    "a abbr b big center cite code del em font i iframe img input ins kbd label mark nobr "
    "rp rt ruby s small span strike strong sub sup td th tt u wbr"
)

BLOCKS = frozenset(BLOCK.split())
ENTITY = r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});"
NAMES = "|".join(f"{BLOCK} {INLINE} script style".split())
TAGS = rf"</?(?P<name>(?:{NAMES})\b)(?:\s[^<>]*)?/?>"
LINK = r"!?\[(?P<label>[^\[\]\n]*)\]\((?:[^()\s]|\([^()\s]*\))*(?:\s+\"[^\"\n]*\")?\)"
CODE = r"(?P<code>^(?P<fence>```+|~~~+)(?s:.*?)(?:^(?P=fence)|\Z)|`[^`\n]+`)"
GONE = r"(?P<gone><!--(?s:.*?)-->|<(?P<raw>script|style)\b(?s:.*?)</(?P=raw)\s*>)"

PATTERN = "|".join([CODE, GONE, TAGS, ENTITY])


class Markup(Normalizer):
    """Remove HTML tags of a known list, comments, scripts; resolve entities once.

    A tag that sets a block (br, p, div, li, tr, h1 ...) becomes a line end where none is, any
    other tag nothing. Tags that are not HTML (<T>, <think>) stay, and so does everything in
    Markdown code fences and `backticks`. `&lt;br&gt;` becomes the text <br>. Cost: 2 us per 1,000
    characters to look, 120 us where there is something to do.
    """

    links: Literal["keep", "text"] = "keep"
    """Whether [label](address) stays or becomes its label; images likewise."""

    def adaptation(self) -> Literal["technical", "normalized"]:
        """Addresses of links are content; tags are form."""
        return "normalized" if self.links == "text" else "technical"

    def apply(self, texts: pl.Series) -> pl.Series:
        """Clean every text that holds something to clean."""
        more = f"|{LINK}" if self.links == "text" else ""
        pattern = re.compile(PATTERN + more, re.MULTILINE | re.IGNORECASE)
        looks = "</?[A-Za-z]|<!--|&[#A-Za-z]" + (r"|\]\(" if more else "")
        return only(
            texts,
            texts.str.contains(looks),
            lambda some: only(
                some,
                some.str.contains(f"(?i)<!--|{TAGS}|{ENTITY}{more}"),
                lambda rows: _cleaned(rows, pattern),
            ),
        )


def _cleaned(texts: pl.Series, pattern: re.Pattern[str]) -> pl.Series:
    """One text at a time: only Python's re can leave code alone and clean beside it."""
    return pl.Series([_clean(pattern, text) for text in texts], dtype=pl.String)


def _clean(pattern: re.Pattern[str], text: str) -> str:
    last_end = 0  # where the last tag that gave a line end stopped

    def instead(found: re.Match[str]) -> str:
        nonlocal last_end
        parts = found.groupdict()
        if parts["code"] is not None:
            return found[0]
        if parts["gone"] is not None:
            return ""
        if parts.get("label") is not None:
            return str(parts["label"])
        if parts["name"] is None:
            return html.unescape(found[0])
        end = _line_end(found, parts["name"].lower(), follows=found.start() == last_end)
        if end or found.start() == last_end:
            last_end = found.end()
        return end

    return pattern.sub(instead, text)


def _line_end(found: re.Match[str], name: str, *, follows: bool) -> str:
    """Give a line end for br, and for a block where neither text begins nor a line ends already."""
    if name == "br":
        return "\n"
    before = found.string[found.start() - 1 : found.start()]
    after = found.string[found.end() : found.end() + 1]
    fresh = not follows and before not in ("", "\n") and after not in ("", "\n")
    return "\n" if fresh and name in BLOCKS else ""
