"""Prompts that speak of a picture, a file or a text that is not there."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from llmx_data.measure import Measure, Texts

_DO = (
    r"(?:要約|翻訳|訳し|訳す|説明|読|見て|教え|分析|修正|校正|確認|まとめ|抽出|抜き出|変換|答え|添削|分類|解説"
    r"|描写|言い換え|書き換え|書き直|並べ替え|評価|推敲|判定|判断|特定|解い|整理|直し|リライト|訂正|列挙|挙げ"
    r"|リストアップ|箇条書き|探し|見つけ|述べ|記述|完成|続き|計算|最適化|タイトル|デバッグ|何|いつ|誰|どこ|どの|か[。？?]?$)"
)
_SEEN = r"(?:画像|写真|図|グラフ|イラスト|スクリーンショット|動画|音声|ファイル|PDF|スライド|地図|チャート)"  # noqa: E501
_READ = (
    r"(?:参考|参照|短い|一部の)?(?:文章|テキスト|段落|パラグラフ|記事|文書|本文|一節|英文|会話文|対話|文脈|抜粋"
    r"|レビュー|E?メール|コード|関数|論文|スピーチ|物語|歌詞|議事録|データ|表|文)"
)

ATTACHED = (
    rf"添付(?:した|の|された|している|いたしました|の通りの)?{_SEEN}[^。\n送付開保方]{{0,20}}{_DO}",
    rf"(?:この|次の|以下の|下の|上の|右の|左の|下記の|上記の){_SEEN}(?:を|に|の|から|について|では|で|は)"
    rf"[^。\n]{{0,30}}{_DO}",
    rf"(?:与えられた|アップロードした|送った|貼り付けた){_SEEN}[^。\n]{{0,30}}{_DO}",
)
"""Asks to do something with a thing that text cannot hold. Ours."""

_PLAIN = r"[^\n：:「『“\"。]"
FOLLOWS = (
    rf"^{_PLAIN}{{0,60}}(?:(?:(?:次|以下|下記|下|上記)の|与えられた|提供された|提示された)(?:[^\n：:「『“\"。のをにでがは]{{0,12}}の)?"
    rf"{_READ}|この(?:参考)?(?:文章|テキスト|段落|パラグラフ))(?:を|から|に|の|が|について|で|中)"
    rf"{_PLAIN}*{_DO}{_PLAIN}{{0,30}}"
    rf"(?:。{_PLAIN}{{0,60}}(?:ください|下さい|なさい|せよ|こと|ます|する|か))*[。．?？!！]?\s*$"
)
"""Asks to do something with a text and ends without one: no line, colon or quotation follows. Ours,
tuned on instructions whose input was taken away."""

_THERE = r"https?://|!\[|<img|\[(?:画像|図|添付)|\|.*\||```"
"""Something stands for the thing: an address, an image of Markdown, a table, code."""


class MissingAttachment(Measure):
    """What a prompt speaks of and does not hold.

    Gives: `missing_attachments_count` (UInt32, null for null): ATTACHED where the
    text holds no address, image, table or code, and FOLLOWS. Texts over `max_chars` have none.
    Cost: 9 us per 1,000 characters of prompts, less of long texts. Source: ours; Self-Instruct
    drops prompts with 'image', 'graph' and 'file' whatever they say.
    """

    cost: ClassVar[float] = 9.0

    max_chars: int = 200
    """Longer texts are taken to hold what they speak of. Ours."""

    def gives(self) -> dict[str, pl.DataType]:
        """One count."""
        return {"missing_attachments_count": pl.UInt32()}

    def measure(self, texts: Texts) -> pl.DataFrame:
        """Look at short texts only."""
        series = texts.series
        brief = pl.when(series.str.len_chars() <= self.max_chars).then(series).otherwise(pl.lit(""))
        seen = brief.str.count_matches("|".join(ATTACHED))
        found = pl.when(brief.str.contains(_THERE)).then(0).otherwise(seen)
        count = pl.when(series.is_not_null()).then(found + brief.str.count_matches(FOLLOWS))
        return pl.select(missing_attachments_count=count.cast(pl.UInt32))
