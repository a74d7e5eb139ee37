"""Left-overs of prompts and chat templates in a text."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from llmx_data.measure import Measure, Texts

TOKENS = (
    r"<\|[A-Za-z_][A-Za-z0-9_]{1,30}\|>",
    r"<[｜|][^<>\n]{2,40}[｜|]>",
    r"\[/?INST\]|\[/?(?:SYSTEM_PROMPT|TOOL_CALLS|AVAILABLE_TOOLS)\]|<</?SYS>>",
    r"</?(?:start|end)_of_turn>|</?think(?:ing)?>|</?tool_(?:call|response)>",
    r"<(?:unk|pad|bos|eos|BOS|EOS|PAD|UNK)>|<0x[0-9A-F]{2}>|^\s*<s>|</s>\s*$",
)
"""Special tokens of ChatML, Llama 2 and 3, Gemma, Mistral, DeepSeek, gpt-oss and SentencePiece."""

HEADERS = (
    r"(?m:^#{2,4} ?(?:応答|指示|入力|出力|回答|Response|Instruction|Input|Output|Human|Assistant|User"  # noqa: E501
    r"|System|ユーザー|アシスタント|システム) ?[:：])"
)
"""Headers of Alpaca's prompt and its like, in English and as Japanese translations have them."""

PREFACE = r"要求を適切に満たす(?:応答|回答)を|(?i:Below is an instruction that describes a task)"
OPENING = (
    r"^\s*(?:以下は、?(?:ある)?タスクを(?:説明|記述)する指示"
    r"|(?:あなたは|You are )[^。\n]{0,30}(?:アシスタント|AI|assistant)(?:です)?[。.\n])"
)
"""Alpaca's preface, and how a system prompt begins."""

FIRST_LABEL = r"^\s*(?:アシスタント|Assistant|assistant|ASSISTANT|AI|Bot|model) ?[:：]"
LAST_LABEL = (
    r"\n\s*(?:ユーザー|ユーザ|User|user|USER|Human|human|アシスタント|Assistant|assistant|AI|System)"
    r" ?[:：]?\s*$"
)
LABELS = r"\nHuman ?[:：][^\n]*\n+\s*Assistant ?[:：]|\n(?:user|assistant|system|model)\n"
"""Role labels where no person writes them: before the text, after it, or in lower case alone."""

SLOTS = (
    r"\{\{ ?(?:input|instruction|question|prompt|context|answer|output|response|text|name|topic|query)"  # noqa: E501
    r" ?\}\}|\{(?:input|instruction|question|prompt|context|response)\}"
    r"|\{\{? ?(?:質問|入力|指示|文章|回答|名前|トピック|テーマ|本文|内容|タイトル) ?\}?\}"
)
HERE = r"[\[［(（<＜【]ここに[^\n\]］)）>＞】]{0,20}(?:入力|記入|挿入|入れ|書)[^\n\]］)）>＞】]{0,12}[\]］)）>＞】]"  # noqa: E501
"""Slots of a prompt template that nobody filled."""

MARKS = (
    r"<|\{|##|```|~~~|INST\]|_PROMPT\]|_CALLS\]|_TOOLS\]|\nHuman|\nuser|\nassis|\nsyst|\nmodel"
    r"|elow is|ELOW IS"
)
WORDS = ("要求を適切", "ここに")
"""All but OPENING, FIRST_LABEL and LAST_LABEL hold one of these: 1 % of 3,056 real answers do."""

TAIL_CHARS = 24
"""Characters at the end in which LAST_LABEL is looked for."""

CODE = r"(?s)```.*?(?:```|\z)|`[^`\n]+`"
"""Markdown code, fenced or inline; an open fence reaches to the end."""


class TemplateResidue(Measure):
    """Left-overs of prompts; Markdown code is left out, where such things are shown on purpose.

    Gives (UInt32, null for null): `template_tokens_count` (TOKENS), `prompt_headers_count`
    (HEADERS, PREFACE, OPENING), `role_labels_count` (FIRST_LABEL, LAST_LABEL, LABELS),
    `prompt_slots_count` (SLOTS, HERE) and `open_fences_count` (1 if the lines that begin with ```
    or ~~~ are odd in number).
    Cost: 6 us per 1,000 characters. Source: the templates themselves; the choice is ours.
    """

    cost: ClassVar[float] = 6.0

    def gives(self) -> dict[str, pl.DataType]:
        """Five counts."""
        kinds = ("template_tokens", "prompt_headers", "role_labels", "prompt_slots", "open_fences")
        return {f"{kind}_count": pl.UInt32() for kind in kinds}

    def measure(self, texts: Texts) -> pl.DataFrame:
        """Count where a mark stands, and at both ends."""
        text = pl.col("text")
        marked = text.str.contains(MARKS)
        for word in WORDS:
            marked |= text.str.contains(word, literal=True)
        some = pl.when(marked).then(text).when(marked.not_()).then(pl.lit(""))
        frame = texts.series.alias("text").to_frame().with_columns(some=some)
        code = pl.col("some").str.replace_all(CODE, "")
        prose, tail = pl.col("prose"), text.str.slice(-TAIL_CHARS)
        fences = pl.col("some").str.count_matches(r"(?m)^[ \t]{0,3}(?:```|~~~)")
        headers = f"{HEADERS}|{PREFACE}"
        return frame.with_columns(prose=code).select(
            template_tokens_count=prose.str.count_matches("|".join(TOKENS)),
            prompt_headers_count=prose.str.count_matches(headers) + text.str.count_matches(OPENING),
            role_labels_count=prose.str.count_matches(LABELS)
            + text.str.count_matches(FIRST_LABEL)
            + tail.str.count_matches(LAST_LABEL),
            prompt_slots_count=prose.str.count_matches(f"{SLOTS}|{HERE}"),
            open_fences_count=fences % 2,
        )
