"""Golden sets of the screening filters: every text of `hit` is dropped, every text of `kept` stays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from llmx_data.core.parts import find
from llmx_data.core.yaml12 import load
from llmx_data.filter.stage import measures_for
from llmx_data.measure import Texts

GOLDEN = {
    path.stem: load(path).data for path in sorted(Path(__file__).parent.glob("golden/*.yaml"))
}
CASES = [
    (use, text, kind == "hit")
    for use, sets in GOLDEN.items()
    for kind in ("hit", "kept")
    for text in sets[kind]
]
ON = {"missing_attachment": "prompt", "chinese_leak": "all"}
"""Sides the filters judge where a recipe says nothing; the answer for the others."""


def grounds(use: str, texts: list[str | None], **options: Any) -> list[list[str]]:
    """Words of the reasons a filter has against each text, in order."""
    part: Any = find("filter", use, Path()).model_validate(options)
    batch = Texts(pl.Series(texts, dtype=pl.String))
    features = pl.concat([m.measure(batch) for m in measures_for(part)], how="horizontal")
    reasons = list(part.reasons())
    bad = features.select(r.bad.fill_null(False).alias(str(i)) for i, r in enumerate(reasons))
    return [[r.word for r, b in zip(reasons, row, strict=True) if b] for row in bad.iter_rows()]


def test_the_sets_are_there() -> None:
    assert len(GOLDEN) == 7
    for use, sets in GOLDEN.items():
        assert min(len(sets["hit"]), len(sets["kept"])) >= 25, use
        assert len({*sets["hit"], *sets["kept"]}) == len(sets["hit"]) + len(sets["kept"]), use


@pytest.mark.parametrize(
    ("use", "text", "hit"),
    CASES,
    ids=[f"{u}-{'hit' if h else 'kept'}-{t[:12]}" for u, t, h in CASES],
)
def test_golden(use: str, text: str, hit: bool) -> None:
    assert bool(grounds(use, [text])[0]) == hit


@pytest.mark.parametrize("use", GOLDEN)
def test_every_reason_has_a_hit(use: str) -> None:
    part: Any = find("filter", use, Path())()
    found = {word for words in grounds(use, GOLDEN[use]["hit"]) for word in words}
    assert found == {reason.word for reason in part.reasons()}


@pytest.mark.parametrize("use", GOLDEN)
def test_null_stays_and_sides(use: str) -> None:
    assert grounds(use, [None]) == [[]]
    assert find("filter", use, Path())().on == ON.get(use, "answer")  # type: ignore[attr-defined]


OFF = [
    ("refusal", {"max_openings": None, "max_phrases": None}),
    ("assistant_identity", {"max_claims": None}),
    ("truncation", {"max_cut_ends": None, "max_open_brackets": None}),
    ("loop", {"max_repeats": None, "max_duplicate_chars_share": None}),
    ("missing_attachment", {"max_missing": None}),
    ("chinese_leak", {"min_kanji": None, "max_simplified": None, "max_chinese_run": None}),
    (
        "template_residue",
        {f"max_{k}": None for k in ("tokens", "headers", "labels", "slots", "open_fences")},
    ),
]


@pytest.mark.parametrize(("use", "options"), OFF)
def test_none_is_off(use: str, options: dict[str, None]) -> None:
    assert not any(grounds(use, GOLDEN[use]["hit"], **options))


@pytest.mark.parametrize(
    ("use", "options", "text", "words"),
    [
        (
            "chinese_leak",
            {"max_kanji_run": 11},
            "彼は公益財団法人日本相撲協会に勤める。",
            ["long_kanji_run"],
        ),
        ("chinese_leak", {"max_kanji_run": 12}, "彼は公益財団法人日本相撲協会に勤める。", []),
        ("chinese_leak", {"max_simplified": 1}, "結論として、这种方法は有効です。", []),
        ("refusal", {"short_chars": 5}, "回答できません。", []),
        ("loop", {"min_chars": 400}, "はい" * 30, []),
        ("loop", {"max_repeats": 30.0}, "はい" * 30, []),
        ("loop", {"max_repeats": 29.5}, "はい" * 30, ["loop"]),
    ],
)
def test_options(use: str, options: dict[str, Any], text: str, words: list[str]) -> None:
    assert grounds(use, [text], **options) == [words]
