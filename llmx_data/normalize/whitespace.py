"""White space: Unix line ends, no trailing blanks, at most one empty line, no blanks around."""

from __future__ import annotations

import polars as pl

from llmx_data.normalize import Normalizer, only

TRAILING = [" \n", "\t\n", "\u3000\n", "\xa0\n"]


class Whitespace(Normalizer):
    """Tidy white space; indentation at the start of a line stays (code, verse, 字下げ).

    Cost: 8 us per 1,000 characters, 20 us in texts full of trailing blanks.
    """

    max_blank_lines: int = 1
    """Empty lines kept between two paragraphs."""

    def apply(self, texts: pl.Series) -> pl.Series:
        """Tidy every text."""
        most = self.max_blank_lines + 1
        lines = texts.str.replace_all(r"\r\n?|\x{85}|\x{2028}|\x{2029}|\x0c", "\n")
        lines = only(
            lines,
            lines.str.contains_any(TRAILING),
            lambda some: some.str.replace_all(r"[ \t\x{3000}\x{a0}]+\n", "\n"),
        )
        return (
            lines.str.replace_all(rf"\n{{{most + 1},}}", "\n" * most)
            .str.replace(r"\A\s*\n", "")
            .str.strip_chars_end()
        )
