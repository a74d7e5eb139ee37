"""A report.json as a real run would write it: four sources, six steps, Japanese texts."""

from __future__ import annotations

import math
from typing import Any

from tests.report.generated import made_section

LONG = (
    "県立図書館は十日、所蔵する江戸期の地誌およそ二千点をデジタル化し、ウェブサイトで公開したと発表した。"
    "原本は傷みが進んでおり、これまで閲覧には事前の申請が必要だった。担当者は「研究者だけでなく、"
    "地元の子どもたちにも自分の町の昔の姿を見てほしい」と話している。公開は来年度も続け、三年で全点を終える予定だ。"
)
MENU = (
    "ホーム | 会社概要 | 製品一覧 | お問い合わせ | 採用情報 | サイトマップ | プライバシーポリシー"
)


def duty(id: str, license: str, section: str, ja: str, en: str) -> dict[str, str]:
    """One obligation; its sentences end in what they cite, as those of a verdict do."""
    own = f" [{license} {section}]"
    return {"id": id, "license": license, "section": section, "ja": ja + own, "en": en + own}


CREDIT = ("著作者・出典・著作権表示を示す。", "Name the authors, the source and the notices.")
BY = duty("attribution", "CC-BY-4.0", "§3(a)", *CREDIT)
BY_SA = duty("attribution", "CC-BY-SA-3.0", "§4(c)", *CREDIT)
COPY = duty(
    "licence_copy",
    "CC-BY-4.0",
    "§3(a)(1)(C)",
    "条文またはその URI を添える。",
    "Include the licence text or its address.",
)
SHARE = duty(
    "share_alike",
    "CC-BY-SA-3.0",
    "§4(b)",
    "翻案物は同じ条件で共有する。",
    "Share adaptations under the same terms.",
)
GRANT = {
    "rule": "permitted",
    "license": "CC-BY-4.0",
    "section": "§2(a)(1)",
    "ja": "CC-BY-4.0 は加工・収録したデータセットの公開を許諾している。",
    "en": "CC-BY-4.0 grants publishing a derived data set.",
}
UNKNOWN = {
    "rule": "unknown_license",
    "license": None,
    "section": None,
    "ja": "内容のライセンスが不明のため、方針 standard では公開を認めない。",
    "en": "The licence of the contents is unknown; policy standard denies it.",
}


def facts(*, tokens: bool = True) -> dict[str, Any]:
    """Build the whole report; without `tokens` no figure of them is anywhere."""
    whole = {
        "name": "open",
        "llmx": "0.1.0",
        "description": "公開できるライセンスの百科・報道・指示データ。出典とライセンスを保つ。",
        "purpose": {
            "name": "publish-data",
            "title": "Publish a data set, each record under its own licence",
            "title_ja": "レコードごとのライセンスを保ったデータセットの公開",
            "act": ["redistribute_derived"],
            "mode": "collection",
            "policy": "standard",
            "actor": {
                "kind": "unknown",
                "jurisdiction": "JP",
                "training_location": "JP",
                "mau": None,
            },
        },
        "verdict": {
            "result": "ALLOW_WITH",
            "outgoing": ["CC-BY-4.0", "CC-BY-SA-3.0", "CC0-1.0"],
            "obligations": [BY, BY_SA, COPY, SHARE],
        },
        "funnel": _funnel(),
        "kept": {"records": 38_214, "chars": 51_730_442, "tokens": 30_118_204},
        "sources": _sources(),
        "histograms": _histograms(),
        "synthesis": [made_section()] if tokens else [],
        "samples": _samples(),
        "costs": [
            {"what": "morphology", "cpu_seconds": 31.24, "texts": 41_002, "us_per_1000_chars": 542},
            {"what": "repetition", "cpu_seconds": 4.61, "texts": 62_840, "us_per_1000_chars": 46.2},
            {"what": "minhash", "cpu_seconds": 1.08, "texts": 52_511, "us_per_1000_chars": 10.4},
            {"what": "chars", "cpu_seconds": 0.21, "texts": 88_120, "us_per_1000_chars": 1.9},
            {"what": "exact", "cpu_seconds": 0.18, "texts": 61_020, "us_per_1000_chars": None},
        ],
        "files": [
            {
                "name": "document/train-00000-of-00002.parquet",
                "rows": 20_000,
                "bytes": 48_120_004,
                "sha256": "9f2c" * 16,
            },
            {
                "name": "document/train-00001-of-00002.parquet",
                "rows": 11_214,
                "bytes": 27_004_551,
                "sha256": "04be" * 16,
            },
            {
                "name": "instruction/train-00000-of-00001.parquet",
                "rows": 7_000,
                "bytes": 3_110_872,
                "sha256": "c71a" * 16,
            },
            {"name": "README.md", "bytes": 9_120, "sha256": "11d0" * 16},
        ],
        "commands": {
            "load": 'datasets.load_dataset("runs/open/dataset")',
            "why": "llmx why runs/open ID",
            "verify": "llmx verify runs/open",
        },
    }
    return whole if tokens else without_tokens(whole)


def without_tokens(value: Any) -> Any:
    """Take every figure of tokens out."""
    if isinstance(value, dict):
        return {k: without_tokens(v) for k, v in value.items() if k != "tokens"}
    return [without_tokens(v) for v in value] if isinstance(value, list) else value


def _funnel() -> list[dict[str, Any]]:
    drops: list[tuple[str, dict[str, int], dict[str, int]]] = [
        ("00-ingest", {"unreadable": 120}, {}),
        (
            "01-filter-web-ja",
            {
                "too_short": 14_210,
                "low_hiragana": 6_004,
                "top_ngram": 2_118,
                "short_lines": 1_450,
                "high_katakana": 902,
                "english": 388,
                "unpunctuated_lines": 130,
                "ads_words_dense": 78,
            },
            {},
        ),
        ("02-dedup-exact", {"exact_duplicate": 1_820}, {}),
        ("03-dedup-minhash", {"near_duplicate": 9_511}, {}),
        ("04-filter-morphology", {"too_many_nouns": 4_306}, {}),
        ("05-pii", {}, {"email": 412, "phone": 96}),
        ("06-decontaminate", {"contaminated": 31}, {}),
        ("07-audit", {"licence_denied": 8_838}, {}),
    ]
    records, chars, tokens, entries = 88_120, 71_209_332, 41_301_412, []
    for step, dropped, edited in drops:
        first = step == "00-ingest"
        sizes = {
            r: {"records": n, "chars": 0 if first else n * 240, "tokens": 0 if first else n * 140}
            for r, n in dropped.items()
        }
        came = {
            "records": records,
            "chars": 0 if first else chars,
            "tokens": 0 if first else tokens,
        }
        entries.append(
            {
                "step": step,
                "came": came,
                "dropped": sizes,
                "edited": edited,
                "cpu_seconds": {"_all": 1.5},
                "measured": {},
                "seconds": 2.4,
            }
        )
        records -= sum(dropped.values())
        chars -= sum(c["chars"] for c in sizes.values())
        tokens -= sum(c["tokens"] for c in sizes.values())
    return entries


def _source(
    source: str, title: str | None, license: str, records: int, **more: Any
) -> dict[str, Any]:
    return {
        "source": source,
        "kind": "document",
        "title": title,
        "home": "https://example.org/data",
        "license_declared": license,
        "license_concluded": license,
        "license_db": None,
        "license_basis": "recipe",
        "terms": [],
        "accepted_by": "self",
        "adaptation": "technical",
        "generator": None,
        "records": records,
        "chars": records * 1_350,
        "tokens": records * 790,
        "rows": records * 2,
        "result": "ALLOW_WITH",
        "obligations": [BY, COPY],
        "reasons": [GRANT],
    } | more


def _sources() -> list[dict[str, Any]]:
    return [
        _source(
            "wiki", "ウィキペディア日本語版", "CC-BY-SA-3.0", 21_402, obligations=[BY_SA, SHARE]
        ),
        _source("cc_news", "公共機関の報道発表", "CC-BY-4.0", 9_812),
        _source(
            "qa",
            "図書館レファレンス",
            "CC0-1.0",
            7_000,
            kind="instruction",
            obligations=[],
            result="ALLOW",
            license_basis="card",
            license_db="ODC-By-1.0",
            terms=["purpose"],
        ),
        _source(
            "crawl",
            None,
            "CC-BY-4.0",
            0,
            license_concluded="LicenseRef-Unknown",
            rows=8_838,
            result="DENY",
            obligations=[],
            reasons=[UNKNOWN | {"result": "DENY"}, GRANT | {"result": "ALLOW"}],
            home="javascript:alert(1)",
            license_basis="catalogue",
            accepted_by="unknown",
            config=None,
        ),
    ]


def _bell(bins: int, middle: float, width: float, height: int) -> list[int]:
    return [round(height * math.exp(-(((i - middle) / width) ** 2))) for i in range(bins)]


def _histograms() -> list[dict[str, Any]]:
    shares = [round(n / 40, 4) for n in range(41)]
    lengths = [float(round(10 ** (n / 8))) for n in range(8, 41)]
    tall = _bell(32, 16, 7, 6_400)
    return [
        {
            "feature": "chars_count",
            "step": "01-filter-web-ja",
            "edges": lengths,
            "log": True,
            "kept": [0] * 13 + tall[13:],
            "dropped": tall[:13] + [n // 5 for n in tall[13:]],
            "thresholds": [{"reason": "too_short", "value": 400, "side": "below"}],
        },
        {
            "feature": "hiragana_share",
            "step": "01-filter-web-ja",
            "edges": shares,
            "log": False,
            "kept": [0] * 8 + _bell(40, 19, 6, 5_000)[8:],
            "dropped": _bell(40, 8, 5, 1_900),
            "thresholds": [{"reason": "low_hiragana", "value": 0.2, "side": "below"}],
        },
        {
            "feature": "noun_share",
            "step": "04-filter-morphology",
            "edges": shares,
            "log": False,
            "kept": _bell(40, 18, 5, 3_200)[:32] + [0] * 8,
            "dropped": [0] * 32 + [310] * 8,
            "thresholds": [{"reason": "too_many_nouns", "value": 0.8, "side": "above"}],
        },
        {
            "feature": "sentence_mean_chars",
            "step": "01-filter-web-ja",
            "log": False,
            "edges": [float(n * 5) for n in range(41)],
            "kept": [0] * 4 + _bell(14, 6, 4, 4_100) + [0] * 22,
            "dropped": _bell(40, 14, 10, 900),
            "thresholds": [
                {"reason": "short_sentences", "value": 20, "side": "below"},
                {"reason": "long_sentences", "value": 90, "side": "above"},
            ],
        },
    ]


def _sample(
    text: str, step: str, value: float | None, threshold: float | None, **more: Any
) -> dict[str, Any]:
    return {
        "id": "5d1b0c9e7f3a4b6d8e2f1a0b9c8d7e6f",
        "source": "cc_news",
        "step": step,
        "value": value,
        "threshold": threshold,
        "kept_id": None,
        "text": text,
        "also": None,
    } | more


def _samples() -> dict[str, Any]:
    web = "01-filter-web-ja"
    return {
        "dropped": {
            "too_short": [
                _sample("続きを読むにはログインが必要です。", web, 17, 400),
                _sample("はい。", web, 3, 400, also=["few_japanese"]),
            ],
            "low_hiragana": [_sample(MENU, web, 0.0732, 0.2)],
            "english": [_sample("Page not found.", web, None, None)],
            "near_duplicate": [
                _sample(
                    LONG,
                    "03-dedup-minhash",
                    0.9412,
                    0.8,
                    kept_id="0a1b2c3d4e5f60718293a4b5c6d7e8f9",
                )
            ],
            "unreadable": [
                _sample(
                    "cc_news.jsonl:118",
                    "00-ingest",
                    None,
                    None,
                    id=None,
                    also=["JSON: unexpected end of data"],
                )
            ],
        },
        "kept": [
            {"id": "77aa" * 8, "source": "cc_news", "license": "CC-BY-4.0", "text": LONG},
            {
                "id": "13fe" * 8,
                "source": "qa",
                "license": "CC0-1.0",
                "text": "徒然草の現代語訳を探しています。\n\n次の三冊をご案内します。",
            },
        ],
    }
