"""Refusals of an assistant: openings that refuse, and phrases that only mean it in short texts."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from llmx_data.measure import Measure, Texts

_SORRY = (
    r"(?:大変|誠に|まことに)?(?:申し訳(?:あり|ござい)ません|申し訳ない(?:です|のです)?"
    r"|すみません|すいません|恐れ入ります|恐縮です|ごめんなさい|残念です|残念ながら|あいにく)"
)
_MACHINE = (
    r"(?:(?:私|わたし|僕|当方)は、?[^。\n]{0,12})?"
    r"(?:AI|ＡＩ|人工知能|言語モデル|アシスタント|チャットボット)[^。\n]{0,10}"
    r"(?:として|なので|ですので|であるため|のため|ですから|であり)"
)
_HELP = r"(?:お?答え|お応え|ご?回答|お?手伝い|お?手助け|お力に|お役に立)"
_ASKED = (
    r"(?:その|この|そのような|このような|そういった|ご|いただいた|当該|違法な|有害な|不適切な)"
    r"(?:よう[なに])?(?:ご?質問|リクエスト|ご?要求|ご?要望|ご?依頼|話題|トピック|タスク|行為|指示)"
)
_CANNOT = r"(?:でき(?:ません|かねま|ない(?:のです|です|。|$))|(?:いた|致)?しかねま|かねます|られません|たくありません)"  # noqa: E501
_LACKS = (
    r"(?:でき(?:ません|かねま|ない)|かねます|持って(?:いません|おりません|いない)|持ちません"
    r"|ありません|わかりません|分かりません|不可能|存在しません|られません)"
)
_INPUT = r"(?:文章|テキスト|画像|写真|記事|ファイル|資料|本文|入力|データ|コード|URL|リンク)"

OPENINGS = (
    rf"{_SORRY}[^。\n]{{0,60}}{_HELP}[^。\n]{{0,24}}{_CANNOT}",
    rf"{_SORRY}[^。\n]{{0,40}}{_ASKED}[^。\n]{{0,40}}{_CANNOT}",
    rf"{_SORRY}[^。\n]{{0,8}}(?:私|わたし|AI)(?:は|に|で|として)[^。\n]{{0,60}}{_LACKS}",
    rf"{_SORRY}[^。\n]{{0,40}}(?:リアルタイム|インターネット|外部|最新の情報|個人情報)"
    rf"[^。\n]{{0,40}}{_LACKS}",
    rf"(?:{_SORRY}[^。\n]{{0,12}})?{_MACHINE}[^。\n]{{0,70}}{_LACKS}",
    rf"{_ASKED}[^。\n]{{0,24}}(?:応じ|対応|{_HELP}|提供|支援|協力|助長)[^。\n]{{0,16}}{_CANNOT}",
    rf"(?:{_SORRY}[^。\n]{{0,8}})?{_INPUT}[がは](?:まだ)?(?:提供|提示|添付|入力|記載|共有|表示)"
    r"されて(?:い(?:ない|ません)|おりません|ない)",
    r"(?i:I(?:'|’)?(?: a)?m sorry,? (?:but )?I (?:can|am un|cannot|can't)|I can(?:not|'t|’t) "
    r"(?:assist|help|fulfill|provide|answer))",
)
"""Ways to begin an answer that refuses. Ours: a business apology is none (当日のキャンセルは
致しかねます), so a match needs the asker's request, the help itself, or the machine in it."""

PHRASES = (
    rf"{_HELP}(?:する|し|を(?:する|行う|提供する)|いた|致)?(?:こと|の)?[はがも]?{_CANNOT}",
    r"(?:私|AI)には(?:わかりかね|分かりかね|判断(?:でき|しかね)|お?答え(?:られ|でき|しかね))(?:ません|ま)",
)
"""Sentences that refuse where they are all there is. Ours."""

HEAD_CHARS = 160
"""Characters of a paragraph that an opening may take: the longest of OPENINGS."""


class Refusal(Measure):
    """Refusals and hedges of an assistant.

    Gives (UInt32, null for null): `refusal_openings_count` (paragraphs that begin with one of
    OPENINGS) and `refusal_phrases_count` (PHRASES in a text of at most `short_chars` characters,
    where they are all there is; 0 in longer ones).
    Cost: 7 us per 1,000 characters. Source: patterns are ours, tuned on shared dialogues.
    """

    cost: ClassVar[float] = 7.0

    short_chars: int = 120
    """Longest text in which a phrase alone is a refusal. Ours: a refusal and a reason for it."""

    def gives(self) -> dict[str, pl.DataType]:
        """Two counts."""
        names = ("refusal_openings_count", "refusal_phrases_count")
        return dict.fromkeys(names, pl.UInt32())

    def measure(self, texts: Texts) -> pl.DataFrame:
        """Count in the heads of paragraphs, then in short texts."""
        from llmx_data.kernels.phrases import count_openings, count_phrases

        series = texts.series
        short = series.str.len_chars() <= self.short_chars
        brief = pl.select(pl.when(short | series.is_null()).then(series).otherwise(pl.lit("")))
        opening = rf"(?:はい、|いいえ、|えっと、)?(?:{'|'.join(OPENINGS)})"
        return pl.DataFrame(
            {
                "refusal_openings_count": count_openings(series, opening, chars=HEAD_CHARS),
                "refusal_phrases_count": count_phrases(brief.to_series(), "|".join(PHRASES)),
            }
        )
