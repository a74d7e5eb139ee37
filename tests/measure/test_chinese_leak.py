"""Chinese by characters: values that can be counted by hand."""

from __future__ import annotations

import polars as pl
import pytest

from llmx_data.measure import Texts
from llmx_data.measure.chinese_leak import ChineseLeak

TABLE = [
    ("这个问题很难", 4, 6, 6),
    ("中国語の「这个问题很难」は難しい。", 0, 6, 0),
    ("彼は『这个问题很难』と書いた。我们知道这个。", 2, 6, 6),
    ("「閉じない括弧" + "あ" * 60 + "这个问题很难", 4, 6, 6),
    ("東京都千代田区霞が関", 0, 8, 0),
    ("他是我的老師，也是朋友", 0, 6, 10),
    ("目的と存在", 0, 2, 0),
    ("目的論的存在、他者", 0, 6, 6),
    ("他人、目的、完了", 0, 2, 0),
    ("你好吗2024年", 1, 3, 4),
    ("国会議員", 0, 4, 0),
    ("かな", 0, 0, 0),
    ("", 0, 0, 0),
]


@pytest.mark.parametrize(("text", "simplified", "run", "chinese"), TABLE)
def test_counts(text: str, simplified: int, run: int, chinese: int) -> None:
    row = ChineseLeak().measure(Texts(pl.Series(["別の文。", text]))).row(1)
    assert row == (simplified, run, chinese)
