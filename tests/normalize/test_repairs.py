"""Punctuation, ruby and markup: kept and changed texts."""

from __future__ import annotations

import io
import os
import tarfile
from pathlib import Path
from typing import Any, Literal

import polars as pl
import pytest

from llmx_data.normalize import Normalizer
from llmx_data.normalize.markup import Markup
from llmx_data.normalize.punctuation import Punctuation
from llmx_data.normalize.ruby import Ruby

Pairs = list[tuple[str, str]]

PUNCTUATION: Pairs = [
    ("今日は晴れ，明日は雨．", "今日は晴れ、明日は雨。"),
    ("今日は，晴れ，明日は、雨。", "今日は、晴れ、明日は、雨。"),
    ("今日は，晴れ、明日は、雨。", "今日は，晴れ、明日は、雨。"),
    ("公用文は，この形である。次も，そうである。", "公用文は、この形である。次も、そうである。"),
    ("円周率は３．１４，値は１，０００．", "円周率は３．１４，値は１，０００．"),
    ("Ｊ．Ｓ．バッハは作曲家である．", "Ｊ．Ｓ．バッハは作曲家である。"),
    ("CPU，GPU，メモリ．", "CPU、GPU、メモリ。"),
    ("ああ，，，そうか．．．", "ああ、、、そうか。。。"),
    ("，で始まる．", "、で始まる。"),
    ("a, b. c", "a, b. c"),
    ("", ""),
]

LEGEND = (
    "題\n作者\n\n-------------------------------------------------------\n"
    "【テキスト中に現れる記号について】\n\n《》：ルビ\n（例）鸚鵡《おうむ》\n"
    "-------------------------------------------------------\n\n本文。"
)
RUBY: Pairs = [
    ("鸚鵡《おうむ》さん、実際｜蔦《つた》が。", "鸚鵡さん、実際蔦が。"),
    ("｜Ａ《エー》と漢字《かんじ》", "Ａと漢字"),
    ("［＃ここから２字下げ］本文［＃「本文」に傍点］", "本文"),
    ("火の※［＃「火＋發」、123-4］《ぱっ》と", "火の〓と"),
    ("※［＃「てへん＋劣」、第3水準1-84-77］《むし》る", "挘る"),
    ("※［＃「目＋句」、第4水準2-81-91］《みまわ》す", "眗す"),
    ("※［＃「さんずい」、U+6DBC］し［＃「※［＃「鍔」、第3水準1-90-51］」に傍点］", "涼し"),
    (LEGEND, "題\n作者\n\n\n本文。"),
    ("映画《タイタニック》を見た。", "映画《タイタニック》を見た。"),
    ("見出し｜本文｜終わり", "見出し｜本文｜終わり"),
    ("", ""),
]

MARKUP: Pairs = [
    ("一行目<br>二行目<BR />三行目", "一行目\n二行目\n三行目"),
    ('<p>段落。</p><p class="a">次。</p>', "段落。\n次。"),
    ("<b>太字</b>と<span style='x'>色</span>", "太字と色"),
    ("A &amp; B &lt;br&gt; &#12354;&nbsp;&copy;", "A & B <br> あ\xa0©"),
    ("前<!-- 注\n釈 -->後<script>let a = '<b>';</script>", "前後"),
    (
        "R&D と AT&T、a<b、List<String>、<think>考え</think>",
        "R&D と AT&T、a<b、List<String>、<think>考え</think>",
    ),
    ("`<br>` は改行<br>です", "`<br>` は改行\nです"),
    ("```html\n<p>&amp;</p>\n```\n<p>外</p>", "```html\n<p>&amp;</p>\n```\n外"),
    ("~~~\n<b>`x\n~~~\n<b>外</b>", "~~~\n<b>`x\n~~~\n外"),
    ("```\n<b>閉じない", "```\n<b>閉じない"),
    ("[名前](https://example.jp/a_(b))", "[名前](https://example.jp/a_(b))"),
    ("", ""),
]
LINKS: Pairs = [
    ('[名前](https://example.jp/a_(b))と![図](a.png "題")', "名前と図"),
    ("配列[0](1)", "配列0"),
    ("[注]（かっこ）", "[注]（かっこ）"),
    ("`[a](b)` [c](d)", "`[a](b)` c"),
]
TABLES: list[tuple[Normalizer, Pairs, Literal["technical", "normalized"]]] = [
    (Punctuation(), PUNCTUATION, "normalized"),
    (Ruby(), RUBY, "normalized"),
    (Markup(), MARKUP, "technical"),
    (Markup(links="text"), LINKS, "normalized"),
]


@pytest.mark.parametrize(("part", "table", "adaptation"), TABLES)
def test_table(part: Normalizer, table: Pairs, adaptation: str) -> None:
    texts = pl.Series([before for before, _ in table] + [None], dtype=pl.String)
    assert part.apply(texts).to_list() == [after for _, after in table] + [None]
    for before, after in table:
        assert part.apply(pl.Series([before])).to_list() == [after]
    assert part.adaptation() == adaptation


def test_nothing_to_do_gives_the_same_series() -> None:
    texts = pl.Series(["東京では雨。", None, "晴れ。"])
    for part in (Punctuation(), Ruby(), Markup()):
        assert part.apply(texts) is texts


BESIDE = Path(__file__).resolve().parents[2].parent / "shared/data"
RAW = Path(os.environ.get("LLMX_SHARED_DATA", BESIDE)) / "documents/aozora_raw_sjis.tar.gz"


@pytest.mark.skipif(not RAW.is_file(), reason=f"no shared data ({RAW}; LLMX_SHARED_DATA)")
def test_real_aozora_files_lose_every_mark() -> None:
    def text(member: Any, archive: tarfile.TarFile) -> str:
        file = archive.extractfile(member)
        assert isinstance(file, io.BufferedReader)
        return file.read().decode("cp932")

    with tarfile.open(RAW) as archive:
        before = pl.Series([text(m, archive) for m in archive.getmembers() if m.isfile()])
    after = Ruby().apply(before)
    assert len(before) == 30
    for mark in ("《", "》", "｜", "［＃", "テキスト中に現れる記号"):
        assert after.str.contains(mark, literal=True).sum() == 0
    assert before.str.count_matches("《", literal=True).sum() == 5322
    assert after.str.contains("底本：", literal=True).sum() == 30
    assert after.str.contains("〓", literal=True).sum() <= 3
