"""The page: whole, closed to the outside, deaf to what texts say, and the same in two languages."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from llmx_data.report import glossary, page, words
from llmx_data.report.spoken import ROWS
from tests.report.facts import facts

ROOM = Path(page.__file__).parent
VOID = {"meta", "br", "hr", "img", "input", "link"}
EVIL = '<script>alert("x")</script><img src=x onerror=alert(1)></pre>{{ 7 * 7 }} \'" & </title>'


class Reader(HTMLParser):
    """Tags with their attributes, visible text, and whether every tag is closed in its order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.within: list[dict[str, str | None]] = []
        self.wrong: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.spoken: dict[str, list[str]] = {"ja": [], "en": []}
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
            self.within.append(dict(attrs))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)
        self.within = self.within[: len(self.open)]

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in ("script", "style"):
            return
        self.text += data
        if self.within and self.within[-1].get("class") == "w":
            self.spoken[str(self.within[-1]["lang"])].append(data)


def everywhere(value: Any, evil: str) -> Any:
    """Put `evil` behind every string that is not one of the contract's words."""
    keep = ("result", "feature", "side", "sha256")
    if isinstance(value, dict):
        return {k: v if k in keep else everywhere(v, evil) for k, v in value.items()}
    if isinstance(value, list):
        return [everywhere(v, evil) for v in value]
    return value + evil if isinstance(value, str) else value


def empty() -> dict[str, Any]:
    """Build a run that kept nothing and measured nothing."""
    some = facts(tokens=False)
    return some | {
        "kept": {"records": 0, "chars": 0},
        "files": [],
        "histograms": [],
        "costs": [],
        "samples": {"dropped": {}, "kept": []},
        "description": None,
        "verdict": {"result": "ALLOW", "outgoing": [], "obligations": []},
    }


CASES = {
    "whole": facts(),
    "no tokens": facts(tokens=False),
    "nothing kept": empty(),
    "no input": {"name": "x", "llmx": "0.1.0", "kept": {"records": 0, "chars": 0}},
    "no drops": facts() | {"funnel": [{**facts()["funnel"][1], "dropped": {}}]},
    "evil": everywhere(facts(), EVIL),
}


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize("case", CASES)
def test_tags_are_balanced_and_ids_unique(case: str, lang: Any) -> None:
    read = Reader(page.render(CASES[case], lang))
    assert (read.wrong, read.open) == ([], [])
    ids = [attrs["id"] for _, attrs in read.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    assert read.tags[0] == ("html", {"lang": lang, "data-lang": lang, "data-unit": "records"})


@pytest.mark.parametrize("case", CASES)
def test_nothing_is_loaded_from_elsewhere(case: str) -> None:
    html = page.render(CASES[case])
    read = Reader(html)
    assert not {"link", "img", "iframe", "object", "embed", "base"} & {tag for tag, _ in read.tags}
    loads = {"src", "srcset", "xlink:href", "action", "poster", "background"}
    assert not [attrs for _, attrs in read.tags if loads & attrs.keys()]
    style = html.partition("<style>")[2].partition("</style>")[0]
    assert not re.search(r"url\(|@import|image-set", style)
    linked = {tag for tag, attrs in read.tags if str(attrs.get("href", "#"))[0] != "#"}
    assert linked <= {"a"}


def test_texts_of_strangers_stay_texts() -> None:
    html = page.render(CASES["evil"])
    read = Reader(html)
    assert [tag for tag, _ in read.tags].count("script") == 1
    assert not [a for _, attrs in read.tags for a in attrs if a.startswith("on")]
    assert EVIL in read.text


def test_the_policy_names_the_one_script() -> None:
    html = page.render(facts())
    script = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script[0].encode()).digest()).decode()
    assert len(script) == 1
    assert f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'" in html


@pytest.mark.parametrize(
    ("home", "linked"),
    [("https://a.example/", True), ("javascript:alert(1)", False), ("data:text/html,x", False)],
)
def test_only_web_addresses_become_links(home: str, linked: bool) -> None:
    some = facts()
    some["sources"] = [some["sources"][0] | {"home": home}]
    read = Reader(page.render(some))
    assert home in read.text
    assert (home in [attrs.get("href") for _, attrs in read.tags]) is linked


def test_same_facts_same_bytes() -> None:
    assert page.render(facts()) == page.render(facts())
    turned = dict(reversed(facts().items()))
    assert page.render(turned) == page.render(facts())


def test_both_languages_are_in_every_page() -> None:
    ja, en = page.render(facts(), "ja"), page.render(facts(), "en")
    assert ja.replace('lang="ja" data-lang="ja"', 'lang="en" data-lang="en"') == en
    spoken = Reader(ja).spoken
    assert len(spoken["ja"]) == len(spoken["en"]) > 150
    assert not [
        text for text in spoken["en"] if re.search(r"[ぁ-ヿ一-鿿]", text) and text != "日本語"
    ]


TABLES = {
    "phrases": words.PHRASES,
    "steps": words.STEPS,
    "names": words.NAMES,
    "edits": words.EDITS,
    "features": glossary.FEATURES,
    "reasons": {k: (r.ja, r.en) for k, r in (glossary.REASONS | glossary.NAMED_REASONS).items()},
    "why": {k: r[2:] for k, r in (glossary.REASONS | glossary.NAMED_REASONS).items()},
}


@pytest.mark.parametrize("table", TABLES)
def test_every_phrase_is_in_both_languages(table: str) -> None:
    for key, (ja, en) in TABLES[table].items():
        if key == "switch_language":
            ja, en = en, ja
        assert re.search(r"[ぁ-ヿ一-鿿]", ja), key
        assert re.search(r"[A-Za-z]", en), key
        assert not re.search(r"[ぁ-ヿ一-鿿]", en), key
        assert set(re.findall(r"{\w+}", ja)) == set(re.findall(r"{\w+}", en)), key


def test_every_phrase_is_used_and_every_used_phrase_known() -> None:
    source = "".join(p.read_text(encoding="utf-8") for p in sorted(ROOM.glob("*.j2")))
    used = set(re.findall(r'\bt\("(\w+)"[,)]', source))
    spelled = {key for key in words.PHRASES if f'"{key}"' in source}
    built = tuple(re.findall(r'"(\w+_)" ~', source))
    endings = ("_section",)
    assert used <= words.PHRASES.keys()
    figures = {key for name in ROWS for key in (name, f"{name}_why")}
    assert figures <= words.PHRASES.keys()
    rest = words.PHRASES.keys() - used - spelled - figures
    assert not {k for k in rest if not k.startswith(built) and not k.endswith(endings)}
    for result in (*page.RESULTS, "none"):
        assert {f"result_{result}", f"short_{result}"} <= words.PHRASES.keys()


def test_every_reason_in_the_code_has_a_name() -> None:
    found = set()
    for path in sorted(p for p in ROOM.parent.glob("*/*.py") if p.parent != ROOM):
        code = path.read_text(encoding="utf-8")
        found |= set(re.findall(r'\b(?:above|below|Reason)\(\s*f?"([^"]+)",', code))
        found |= set(re.findall(r'reason=pl\.lit\("(\w+)"', code))
    named = {word.replace("{self.name}", "ads") for word in found}
    assert len(named) > 10
    assert {word for word in named if glossary.explain(word) is None} == set()


def test_no_verdict_speaks_of_legality() -> None:
    text = Reader(page.render(facts())).text.replace("Not legal advice", "")
    assert "legal" not in text.lower()
    assert "合法" not in text
    assert "違法" not in text


@pytest.mark.parametrize(
    ("result", "ja", "en"),
    [
        ("ALLOW", "許可", "Allowed"),
        ("ALLOW_WITH", "条件付きで許可", "Allowed with obligations"),
        ("REVIEW", "人による確認が必要", "A person must review this"),
        ("DENY", "不許可", "Denied"),
        ("SOMETHING", "判定なし", "No verdict"),
    ],
)
def test_the_banner_says_the_verdict(result: str, ja: str, en: str) -> None:
    html = page.render(facts() | {"verdict": {"result": result, "outgoing": [], "obligations": []}})
    banner = html.partition('<h2 id="verdict">')[2].partition("</h2>")[0]
    assert Reader(banner).spoken == {"ja": [ja], "en": [en]}
    shown = result if result != "SOMETHING" else "none"
    assert f'class="verdict {shown}"' in html


def test_obligations_come_once_with_all_who_ask() -> None:
    some = facts()["verdict"]["obligations"]
    first = page.grouped([*some, some[0]])[0]
    assert first["words"][1] == "Name the authors, the source and the notices."
    assert first["cites"] == [("CC-BY-4.0", "§3(a)"), ("CC-BY-SA-3.0", "§4(c)")]
    banner = page.render(facts()).partition('class="verdict')[2].partition("</section>")[0]
    assert "CC-BY-SA-3.0 §4(c)" in banner
    assert banner.count("Name the authors") == 1


def test_a_banner_that_says_no_says_why() -> None:
    denied = facts() | {"verdict": {"result": "DENY", "outgoing": [], "obligations": []}}
    banner = page.render(denied).partition('class="verdict')[2].partition("</section>")[0]
    assert "The licence of the contents is unknown" in banner
    assert "grants publishing" not in banner


@pytest.mark.parametrize(
    ("section", "shown"),
    [
        ("result", ["38,214", "43.4%", "51,730,442", "78.2 MB", "llmx verify runs/open"]),
        ("funnel", ["88,120", "14,210", "web-ja", "412"]),
        ("reasons", ["too_short", "16.1%", "< 0.1%", "49,906"]),
        ("histograms", ["chars_count", "< 400", "> 90"]),
        (
            "licenses",
            ["LicenseRef-Unknown", "ODC-By-1.0", "not published", "21,402", "CC-BY-4.0 §2(a)(1)"],
        ),
        ("costs", ["morphology", "31.24", "542"]),
        ("files", ["document/train-00000-of-00002.parquet", "48.1 MB", "9f2c" * 16]),
        ("glossary", ["near_duplicate", "ほぼ同じ", "near duplicate"]),
    ],
)
def test_sections_show_the_figures(section: str, shown: list[str]) -> None:
    html = page.render(facts()).partition(f'<section id="{section}">')[2].partition("</section>")[0]
    text = Reader(html).text
    assert [word for word in shown if word not in text] == []


def test_samples_show_value_against_threshold() -> None:
    text = Reader(page.render(facts())).text
    for shown in (
        "17 < 400",
        "0.9412 > 0.8",
        "0a1b2c3d4e5f60718293a4b5c6d7e8f9",
        "cc_news.jsonl:118",
    ):
        assert shown in text


def test_a_reason_without_words_speaks_for_itself() -> None:
    some = facts()
    some["funnel"][1]["dropped"]["my_own_reason"] = {"records": 9, "chars": 90, "tokens": 50}
    assert "my_own_reason" in Reader(page.render(some)).text
    assert glossary.reason_name("my_own_reason") == ("my_own_reason", "my_own_reason")
    assert glossary.reason_name("ads_words_dense") == ("ads 語の密度が高い", "dense in ads words")


def test_tokens_appear_only_where_they_were_counted() -> None:
    assert 'data-show="tokens"' in page.render(facts())
    assert "tokens" not in page.render(facts(tokens=False)).partition("<main")[2]


@pytest.mark.parametrize(
    ("made", "shown"),
    [
        (page.number(1234567), "1,234,567"),
        (page.number(0.94121), "0.9412"),
        (page.number(400.0), "400"),
        (page.number(None), "–"),
        (page.number(12345.67), "12,345.7"),
        (page.share(1, 3), "33.3%"),
        (page.share(1, 100_000), "< 0.1%"),
        (page.share(0, 5), "0.0%"),
        (page.share(5, 0), "–"),
        (page.size(999), "999 B"),
        (page.size(1_234_567), "1.2 MB"),
    ],
)
def test_numbers_are_written_for_people(made: str, shown: str) -> None:
    assert made == shown


@pytest.mark.parametrize(
    ("step", "parts"),
    [
        ("02-filter-web-ja", ("02", ("選別", "filter"), "web-ja")),
        ("00-ingest", ("00", ("取り込み", "ingest"), "")),
        ("dedup-exact", ("", ("重複除去", "dedup"), "exact")),
        ("03-mine", ("03", ("mine", "mine"), "")),
    ],
)
def test_steps_are_cut_into_number_room_and_detail(step: str, parts: Any) -> None:
    assert words.step_name(step) == parts
