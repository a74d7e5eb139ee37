"""Phrases that betray a bad answer, and those that look like it and are none."""

from __future__ import annotations

import polars as pl
import pytest

from llmx_data.kernels.text import Texts
from llmx_data.measure.phrases import Phrases

TABLE = [
    ("申し訳ありませんが、その質問にはお答えできかねます。", "refusal"),
    ("残念ながら、私にはわかりかねます。", "refusal"),
    ("雨で試合は中止になり、申し訳ない気持ちです。", None),
    ("残念ながら桜は散りました。", None),
    ("私はOpenAIによって開発されたモデルです。", "self_claim"),
    ("大規模言語モデルなので、感情はありません。", "self_claim"),
    ("AI言語モデル）として、お答えします。", "self_claim"),
    ("GitHubとOpenAIが開発したCopilotは、補完の道具です。", None),
    ("大規模言語モデルの歴史を述べる。", None),
    ("拝啓 [名前] 様", "placeholder"),
    ("＜名前を入れてください＞ 様、本日は{{ topic }}を扱います。", "placeholder"),
    ("詳しくは[URL]をご覧ください。", "placeholder"),
    ("配列[0]の値を使う。【注意】<b>太字</b>", None),
    ("", None),
]


@pytest.mark.parametrize(("text", "kind"), TABLE)
def test_phrase(text: str, kind: str | None) -> None:
    counts = Phrases().measure(Texts(pl.Series([text]))).row(0, named=True)
    found = {name.removesuffix("_count") for name, count in counts.items() if count}
    assert found == ({kind} if kind else set())


def test_null_is_not_measured() -> None:
    frame = Phrases().measure(Texts(pl.Series([None, "はい"], dtype=pl.String)))
    assert frame.row(0) == (None, None, None)
    assert frame.row(1) == (0, 0, 0)
