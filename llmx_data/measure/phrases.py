"""Phrases that betray a bad answer: refusals, a machine's self-claims, templates left unfilled."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from llmx_data.measure import Measure, Texts

REFUSAL = r"^(?:申し訳(?:あり|ござい)ませんが|すみませんが|残念ながら).{0,60}(?:できません|お答えできかね|いたしかね|致しかね|わかりかね|お手伝いできません)"  # noqa: E501
"""An apology at the start and a refusal in one sentence. Ours, after Tengentoppa's cleaning."""

SELF_CLAIM = r"(?:私は|わたしは|AIとして).{0,12}(?:OpenAI|Anthropic|Google|Meta|アリババ|DeepSeek|Qwen|ChatGPT|GPT-[34]|Claude|Gemini).{0,20}(?:開発|訓練|トレーニング|作成|学習)(?:された|した|してい)|(?:AI|大規模)言語モデル[)）]?(?:として、|なので)|(?i:as an ai(?: language)? model)"  # noqa: E501
"""A model telling who made it, or that it is one. Ours."""

PLACEHOLDER = r"\{\{\s*\w+\s*\}\}|\[(?:名前|氏名|会社名|あなたの名前|日付|住所|電話番号|商品名|your name|name|date|company)\]|【(?:名前|氏名|会社名|日付)】|<(?:input|output|instruction|name)>|[‹＜\[［](?:名前|氏名|日付|URL|url)(?:を入れてください)?[>＞\]］]"  # noqa: E501
"""Template slots that nobody filled. Ours."""


class Phrases(Measure):
    """Counts of telling phrases.

    Gives: refusal_count, self_claim_count, placeholder_count (UInt32; null for null).
    Cost: 8 us per 1,000 characters. Source: patterns are ours, tuned on shared instruction data.
    """

    cost: ClassVar[float] = 8.0
    version: ClassVar[int] = 2

    def gives(self) -> dict[str, pl.DataType]:
        """One count per pattern."""
        names = ("refusal_count", "self_claim_count", "placeholder_count")
        return dict.fromkeys(names, pl.UInt32())

    def measure(self, texts: Texts) -> pl.DataFrame:
        """Count matches; a cheap look for a word of the pattern comes first."""
        series = texts.series
        patterns = {"refusal": REFUSAL, "self_claim": SELF_CLAIM, "placeholder": PLACEHOLDER}
        return pl.DataFrame(
            {f"{name}_count": series.str.count_matches(p) for name, p in patterns.items()},
            schema=self.gives(),
        )
