"""Who stays of several copies, and what counts as a copy of a dialogue."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.dedup.help import dedup, source

TEXT = "吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。何でも薄暗いじめじめした所で泣いていた。"
LONGER = TEXT + "ニャーと。"

CASES: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    ("freer licence", {"license": "CC0-1.0"}, {"license": "CC-BY-SA-4.0"}, "a"),
    ("freer licence of the second", {"license": "CC-BY-SA-4.0"}, {"license": "CC-BY-4.0"}, "b"),
    ("a known licence before a priority", {"priority": 9, "license": "CC-BY-SA-4.0"}, {"license": "CC0-1.0"}, "b"),
    ("priority", {}, {"priority": 1}, "b"),
    ("human before generated", {"generator": "qwen@1"}, {}, "b"),
]  # fmt: skip


@pytest.mark.parametrize("use", ["exact", "minhash"])
@pytest.mark.parametrize(("a", "b", "stays"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_rule(tmp_path: Path, use: str, a: dict[str, Any], b: dict[str, Any], stays: str) -> None:
    sources = [
        source(tmp_path / f"{k}.jsonl", [{"k": k, "text": TEXT}], **options)
        for k, options in (("a", a), ("b", b))
    ]
    assert dedup(tmp_path, sources, use=use).kept == {stays}
    assert dedup(tmp_path, sources[::-1], use=use).kept == {stays}


def test_the_longer_of_two_near_copies(tmp_path: Path) -> None:
    rows = [{"k": "short", "text": TEXT}, {"k": "long", "text": LONGER}]
    assert dedup(tmp_path, [source(tmp_path / "s.jsonl", rows)]).kept == {"long"}


PASSAGE = (
    "青葉川は、北の山地に発し、町の中央を流れて海に注ぐ。長さは四十二キロで、流域には水田が広がる。"
    * 2
)
DIALOGUES = [
    ("one copy", ("川の長さは？" + PASSAGE, "四十二キロです。"), ("川の長さは？" + PASSAGE, "四十二キロです。"), True),
    ("another question, one passage", ("川の長さは？" + PASSAGE, "四十二キロです。"), ("源はどこか？" + PASSAGE, "北の山地です。"), False),
    ("another answer", ("俳句を一つ。", "古池や蛙飛びこむ水の音。"), ("俳句を一つ。", "閑さや岩にしみ入る蝉の声。"), False),
    ("one answer, other words around it", (PASSAGE + "要約して。", "青葉川は四十二キロの川。"), (PASSAGE + "要約してね。", "青葉川は四十二キロの川。"), True),
]  # fmt: skip


@pytest.mark.parametrize("on", ["all", "prompt"])
@pytest.mark.parametrize(
    ("a", "b", "same"), [d[1:] for d in DIALOGUES], ids=[d[0] for d in DIALOGUES]
)
def test_dialogues(
    tmp_path: Path, on: str, a: tuple[str, str], b: tuple[str, str], same: bool
) -> None:
    rows = [{"k": k, "instruction": q, "output": o} for k, (q, o) in (("a", a), ("b", b))]
    found = dedup(tmp_path, [source(tmp_path / "s.jsonl", rows, form="alpaca")], on=on)
    assert len(found.kept) == (1 if same else 2)


def test_prompts_alone_if_asked(tmp_path: Path) -> None:
    rows = [
        {"k": k, "instruction": "次の文を英語に訳してください。猫が庭で寝ている。", "output": o}
        for k, o in (("a", "A cat sleeps in the garden."), ("b", "The cat is asleep."))
    ]
    sources = [source(tmp_path / "s.jsonl", rows, form="alpaca")]
    assert len(dedup(tmp_path, sources, on="prompt").kept) == 2
    assert len(dedup(tmp_path, sources, on="prompt", answer_threshold=None).kept) == 1
