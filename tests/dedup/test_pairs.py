"""Which pairs are duplicates: the verified ones and no others."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.dedup.help import dedup, jaccard, source

NEWS = (
    "青葉町の図書館は{year}年{month}月から、毎週金曜日の閉館を午後九時まで延ばす。仕事帰りの人にも"
    "使ってもらうためで、昨年の調べでは四割の人が夜の利用を望んでいた。館長は「静かな夜の読書を"
    "楽しんでほしい」と話す。開館時間の変更は{reason}ためで、町は来年度の予算に人件費を盛り込む。"
)
A = NEWS.format(year=2024, month=4, reason="利用者の声にこたえる")

PAIRS = [
    ("dakuten", "バッハの平均律を弾く", "ハッパの平均律を弾く", False),
    ("other year, else the same", A, NEWS.format(year=2025, month=4, reason="利用者の声にこたえる"), True),
    ("other facts in one template", A, NEWS.format(year=2025, month=10, reason="職員の勤務時間を見直し、節電にもつなげる"), False),
    ("line ends and width", A, A.replace("。", "。\n").replace("2024", "２０２４"), True),
    ("one letter of a short one", "明日の会議は三時からです", "明日の会議は五時からです", False),
    ("short and equal but for a stop", "明日の会議は三時からですのでよろしく", "明日の会議は三時からですのでよろしく。", True),
    ("empty", "", "", False),
    ("no shingle", "はい", "いいえ", False),
]  # fmt: skip


@pytest.mark.parametrize(("a", "b", "same"), [p[1:] for p in PAIRS], ids=[p[0] for p in PAIRS])
def test_pair(tmp_path: Path, a: str, b: str, same: bool) -> None:
    rows = [{"k": "a", "text": a}, {"k": "b", "text": b}]
    found = dedup(tmp_path, [source(tmp_path / "s.jsonl", rows)])
    assert len(found.kept) == (1 if same else 2)
    if same:
        assert [v for _, _, v in found.gone] == [pytest.approx(found.edges[frozenset("ab")])]


def variants(rng: random.Random, count: int) -> list[str]:
    """Texts in families: each member is its family's text with some sentences replaced."""
    sentence = lambda: "".join(chr(0x4E00 + rng.randrange(3000)) for _ in range(25)) + "。"  # noqa: E731
    texts: list[str] = []
    while len(texts) < count:
        base = [sentence() for _ in range(30)]
        for _ in range(rng.randint(1, 6)):
            changed = set(rng.sample(range(30), rng.randint(0, 6)))
            texts.append("".join(sentence() if i in changed else s for i, s in enumerate(base)))
    rng.shuffle(texts)
    return texts


def test_every_drop_was_compared_with_the_one_who_stays(tmp_path: Path) -> None:
    texts = variants(random.Random(3), 600)
    rows = [{"k": f"{i:04d}", "text": text} for i, text in enumerate(texts)]
    half = len(rows) // 2
    sources = [source(tmp_path / "a.jsonl", rows[:half]), source(tmp_path / "b.jsonl", rows[half:])]
    found = dedup(tmp_path, sources)
    text = {row["k"]: row["text"] for row in rows}
    assert len(found.gone) > 80
    for gone, kept, value in found.gone:
        assert kept in found.kept
        assert value == pytest.approx(jaccard(text[gone], text[kept])) and value >= 0.8  # noqa: PT018
        assert found.edges[frozenset((gone, kept))] == pytest.approx(value)
    assert len(found.kept) + len(found.gone) == len(rows)


def test_a_chain_is_not_a_copy(tmp_path: Path) -> None:
    """A~B and B~C, but A and C are far apart: only one who was compared goes."""
    rng = random.Random(5)
    sentences = ["".join(chr(0x4E00 + rng.randrange(3000)) for _ in range(30)) for _ in range(40)]
    texts = {"a": sentences[0:30], "b": sentences[3:33], "c": sentences[6:36], "d": sentences[9:39]}
    rows = [{"k": k, "text": "。".join(part)} for k, part in texts.items()]
    found = dedup(tmp_path, [source(tmp_path / "s.jsonl", rows)])
    joined = {row["k"]: row["text"] for row in rows}
    assert jaccard(joined["a"], joined["b"]) > 0.8 > jaccard(joined["a"], joined["c"])
    assert len(found.kept) == 2
    assert all(jaccard(joined[a], joined[b]) >= 0.8 for a, b, _ in found.gone)


def test_containment_takes_the_part_and_keeps_the_whole(tmp_path: Path) -> None:
    rng = random.Random(1)
    whole = "".join(chr(0x4E00 + rng.randrange(3000)) for _ in range(3000))
    rows = [{"k": "part", "text": whole[:2000]}, {"k": "whole", "text": whole}]
    sources = [source(tmp_path / "s.jsonl", rows)]
    assert dedup(tmp_path, sources).kept == {"part", "whole"}
    options = {"containment": 0.95, "threshold": 0.8, "bands": 40, "rows": 3}
    assert dedup(tmp_path, sources, **options).kept == {"whole"}
