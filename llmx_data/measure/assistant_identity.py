"""An assistant that speaks of itself as a model, or names its maker."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from llmx_data.measure import Measure, Texts

MODELS = (
    r"(?i:Qwen|通[义義]千[问問]|トンイー|ChatGPT|チャットGPT|GPT-?[0-9][0-9a-z.]*|Claude|Gemini|Gemma"
    r"|Llama|Bard|DeepSeek|Mistral|Mixtral|Copilot|Grok|Nemotron|LLM-jp|Phi-[0-9]|ERNIE|Kimi)"
)
MAKERS = (
    r"(?i:OpenAI|オープンAI|Anthropic|アンソロピック|Google|グーグル|DeepMind|Meta(?:社| AI)|Alibaba"  # noqa: E501
    r"|アリババ|阿里|DeepSeek|Mistral|Microsoft|マイクロソフト|NVIDIA|xAI|Moonshot|Baidu|百度)"
)
_I = r"(?:私|わたし|わたくし|僕|ぼく|当アシスタント)"
_AI = (
    r"(?:AI|ＡＩ|人工知能|AIモデル|(?:AI|大規模)?言語モデル|AIアシスタント|AIチャットボット|チャットボット"
    r"|対話型AI|生成AI|仮想アシスタント|バーチャルアシスタント)"
)
_IS = r"(?:です|であり|である|でございます|として|なので|ですので|だから|ですから|のため|に過ぎ|にすぎ|で、)"  # noqa: E501

FIRST_PERSON = (
    rf"{_I}(?:の名前)?は、?(?:{MAKERS}[^。\nを]{{0,10}}が(?:開発|作成|提供)した)?[^。\nをがにへ]{{0,25}}{MODELS}[^。\nをがにへはも、]{{0,12}}"
    r"(?:です|と申し|といい|と言い|と呼ばれ|でございます)",
    rf"{_I}は、?[^。\n]{{0,30}}{MAKERS}[^。\n]{{0,20}}(?:開発|訓練|トレーニング|作成|学習|設計|提供|作)"
    r"(?:さ|ら)れ(?:た|ている|ました)(?:[^。\nをがはも]{0,20}(?:AI|モデル|アシスタント|ボット)"
    rf"[^。\nをがはも]{{0,12}}{_IS}|。|$)",
    rf"{_I}は、?(?:[^。\nをがにへはも]{{0,15}}[のな、])?{_AI}(?:\([^)]*\))?{_IS}",
    r"私の(?:知識|学習データ|トレーニングデータ|訓練データ)(?:は|の(?:カットオフ|更新|最終))"
    r"[^。\n]{0,15}20[0-9]{2}年",
)
"""Sentences with 私: a sentence about ChatGPT has another subject, or uses it (を, に). Ours."""

AS_MACHINE = (
    rf"(?:^|[。\n！!、「]){_AI}(?:として|なので|ですので|であるため|のため|ですから)、?[^。\n]{{0,20}}"
    rf"(?:{_I}|感情|個人的|身体|お答え|意見を持|経験を持|持って(?:いません|おりません))"
)
"""Sentences that begin with AIとして、 and go on in the first person. Ours."""

INTRODUCTION = (
    rf"^\s*(?:(?:こんにちは|はじめまして|こんばんは|はい)[、。!！,]?\s*{MODELS}(?:です|と申します)"
    rf"|{MAKERS}[^。\nをはもが]{{0,12}}(?:開発|訓練|トレーニング|作成)された[^。\nをがはも]{{0,24}}"
    rf"(?:{MODELS}|AI|モデル|アシスタント)(?:です|でございます|と申します))"
)
"""Texts that begin with the name or the maker. Ours."""

ABROAD = (
    rf"我(?:是|叫|的名字是)[^。，\n]{{0,12}}(?:{MODELS}|人工智能|大?语言模型|AI助手)"
    r"|(?i:\bas an ai(?: language)? model\b|\b(?:I am|I'm|I’m) (?:an? )?(?:AI (?:assistant|language)"  # noqa: E501
    r"|large language model|Qwen|ChatGPT|Claude\b|Gemini))"
)
"""The same in Chinese and English. Ours."""

PERSONS = (
    *("私は", "わたしは", "わたくしは", "僕は", "ぼくは", "当アシスタントは"),
    *("私の名前は", "わたしの名前は", "わたくしの名前は", "僕の名前は", "ぼくの名前は"),
    *("私の知識", "私の学習データ", "私のトレーニングデータ", "私の訓練データ"),
)
MACHINES = (
    *("AI", "ＡＩ", "人工知能", "言語モデル", "チャットボット", "仮想アシ", "バーチャルアシ"),
    *("の知識", "学習データ", "トレーニングデータ", "訓練データ"),
    *("GPT", "gpt", "Qwen", "qwen", "QWEN", "通义", "通義", "Claude", "claude", "CLAUDE"),
    *("Gemini", "gemini", "Gemma", "gemma", "lama", "LLaMA", "LLAMA", "Bard", "bard", "eepSeek"),
    *("eepseek", "istral", "ixtral", "opilot", "Grok", "grok", "emotron", "LLM-jp", "llm-jp"),
    *("Phi-", "phi-", "ERNIE", "Kimi", "kimi", "トンイー", "nthropic", "アンソロピック", "oogle"),
    *(
        "グーグル",
        "DeepMind",
        "Meta",
        "meta",
        "libaba",
        "アリババ",
        "阿里",
        "icrosoft",
        "マイクロソフト",
    ),
    *("NVIDIA", "vidia", "oonshot", "aidu", "百度"),
)
AS = (
    *(f"AI{as_}" for as_ in ("として", "なので", "ですので", "であるため", "のため", "ですから")),
    *(f"知能{as_}" for as_ in ("として", "なので", "ですので", "であるため", "のため", "ですから")),
    *("言語モデル", "ＡＩ", "AIモデル", "AIアシスタント", "チャットボット", "対話型AI", "生成AI"),
    *("仮想アシスタント", "バーチャルアシスタント"),
)
FOREIGN = (
    *("我是", "我叫", "我的名字", "s an ai", "s an AI", "S AN AI", "I am ", "I'm ", "I’m "),
    *("i am ", "i'm ", "I AM "),
)
"""What every match of a kind holds."""


class AssistantIdentity(Measure):
    """Sentences in which a model speaks of itself.

    Gives: `identity_claims_count` (UInt32, null for null). Texts that talk about a model (ChatGPTは
    OpenAIが開発した) or use one (私はChatGPTを使う) have none.
    Cost: 11 us per 1,000 characters. Source: ours.
    """

    cost: ClassVar[float] = 11.0

    def gives(self) -> dict[str, pl.DataType]:
        """One count."""
        return {"identity_claims_count": pl.UInt32()}

    def measure(self, texts: Texts) -> pl.DataFrame:
        """Count each kind where its words stand."""
        from llmx_data.kernels.phrases import count_phrases

        series = texts.series
        count = count_phrases(series, "|".join(FIRST_PERSON), PERSONS, MACHINES)
        count += count_phrases(series, AS_MACHINE, AS)
        count += count_phrases(series, INTRODUCTION)
        count += count_phrases(series, ABROAD, FOREIGN)
        return pl.DataFrame({"identity_claims_count": count})
