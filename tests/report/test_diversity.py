"""Figures of generated records: chosen by id alone, the same however records are cut into shards."""

from __future__ import annotations

import random

import polars as pl
import pytest

from llmx_data.report import diversity
from llmx_data.report.diversity import Pile, figures, opening, piles, sides, wheel
from llmx_data.report.wheel import HOLE, MIDDLE, RIM, Sector, sectors
from tests.report.generated import frame


def many(count: int) -> pl.DataFrame:
    """Make records (id, method, prompt, answer) with ids out of order."""
    rng = random.Random(3)
    rows = [
        {
            "id": f"{rng.getrandbits(64):016x}",
            "method": "ab"[n % 2],
            "prompt": f"{n % 7}番の話を{'短く' * (n % 5)}まとめてください。",
            "answer": "はい、" + "そうです。" * (n % 11),
        }
        for n in range(count)
    ]
    return pl.DataFrame(rows)


def test_the_cut_into_shards_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diversity, "SAMPLE", 40)
    whole = many(150)
    shuffled = whole.sample(fraction=1, shuffle=True, seed=5)
    cut = [shuffled[a : a + 37] for a in range(0, 150, 37)]
    one = diversity.diversity(piles([whole]))
    assert diversity.diversity(piles(cut)) == one
    assert diversity.diversity(piles(cut[:-1])) != one
    assert one["all"]["records"] == 150
    assert one["all"]["sample"] == one["methods"]["a"]["sample"] == 40


def test_counts_are_of_all_records_and_texts_of_the_smallest_ids(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(diversity, "SAMPLE", 3)
    pile = Pile()
    for ids in (["f", "b"], ["a", "e"], ["c", "d"]):
        pile.add(pl.DataFrame({"id": ids, "prompt": [f"{i}か" for i in ids], "answer": ids}))
    assert pile.sample is not None
    assert pile.sample["id"].to_list() == ["a", "b", "c"]
    assert figures(pile)["records"] == 6


def test_sides_of_every_kind() -> None:
    turns = [
        ("system", "丁寧に。"),
        ("user", "問い一"),
        ("assistant", "答え一"),
        ("user", "問い二"),
    ]
    records = pl.DataFrame(
        {
            "id": ["a", "b"],
            "text": ["", "文書の本文"],
            "messages": [[{"role": r, "content": c} for r, c in turns], None],
            "meta": ['{"method": "follow_up"}', None],
        }
    )
    assert sides(records).rows() == [
        ("a", "follow_up", "問い一", "答え一"),
        ("b", "unknown", None, "文書の本文"),
    ]


def test_documents_have_figures_of_their_texts_alone() -> None:
    found = piles(
        [pl.DataFrame({"id": ["a"], "method": ["rewrite"], "prompt": [None], "answer": ["本文。"]},
                      schema_overrides={"prompt": pl.String})]
    )  # fmt: skip
    whole = diversity.diversity(found)
    assert whole["all"]["prompt_chars"] is None
    assert whole["all"]["prompt"] is None
    assert whole["all"]["nearest"] is None
    assert whole["all"]["answer_chars"] == [3, 3, 3]
    assert whole["wheel"]["verbs"] == []


def test_figures_of_a_known_pile() -> None:
    pile = Pile()
    pile.add(
        pl.DataFrame(
            {
                "id": ["1", "2", "3", "4"],
                "prompt": ["ああああ", "ああああ", "いいいい", "漢字漢字"],
                "answer": ["あ", "いい", "ううう", "ええええ"],
            }
        )
    )
    found = figures(pile)
    assert found["repeated_prompts_share"] == 0.25
    assert found["answer_chars"] == [1, 2, 3]
    assert found["nearest"] == {"texts": 4, "quartiles": [0.0, 0.5, 1.0], "near_share": 0.5}
    assert found["prompt"]["chars"][0] == pytest.approx(4 / 16)
    assert found["kana_share"] == round(22 / 26, 4)


def test_the_wheel_counts_verbs_and_objects() -> None:
    prompts = ["詩を書いて。"] * 3 + ["文を書いて。", "文を直してください。", "ありがとう。"]
    found = wheel(pl.Series(prompts))
    assert (found["read"], found["found"], found["verbs_count"]) == (6, 5, 2)
    assert found["verbs"] == [
        {"verb": "書く", "records": 4, "objects": [["詩", 3], ["文", 1]]},
        {"verb": "直す", "records": 1, "objects": [["文", 1]]},
    ]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("次の文章を要約して", "次の"),
        ("はい、わかりました。", "はい"),
        ("「富士山」は高い", "富士山"),
        ("東京都では昨日", "東京都では"),
        ("", ""),
        ("🎉", ""),
    ],
)
def test_openings(text: str, wanted: str) -> None:
    assert opening(text) == wanted


def ring(kind: str) -> list[Sector]:
    verbs = [{"verb": "書く", "records": 6, "objects": [["文", 3], ["とても長い名前のもの", 2]]},
             {"verb": "直す", "records": 2, "objects": []}]  # fmt: skip
    return [one for one in sectors({"verbs": verbs}) if one.kind == kind]


def test_sectors_of_both_rings() -> None:
    inner, outer = ring("verb"), ring("object")
    assert [(s.word, s.records, s.tone) for s in inner] == [("書く", 6, 0), ("直す", 2, 1)]
    assert [(s.word, s.verb, s.label) for s in outer] == [
        ("文", "書く", "文"),
        ("とても長い名前のもの", "書く", "とても長い名前の…"),
    ]
    assert f"A{MIDDLE:g} {MIDDLE:g} 0 1 1" in inner[0].path
    assert f"A{MIDDLE:g} {MIDDLE:g} 0 0 1" in inner[1].path
    assert all(f"A{RIM:g}" in s.path for s in outer)
    assert HOLE < MIDDLE < RIM


def test_no_label_stands_on_its_head_and_thin_sectors_have_none() -> None:
    verbs = [{"verb": "v", "records": 1, "objects": []} for _ in range(100)]
    thin = list(sectors({"verbs": verbs}))
    assert {s.label for s in thin} == {None}
    few = list(sectors({"verbs": verbs[:12]}))
    turned = [float(s.transform.partition("rotate(")[2].rstrip(")")) for s in few]
    assert {s.label for s in few} == {"v"}
    assert all(angle <= 90 or angle >= 270 for angle in turned)


def test_one_verb_alone_is_a_whole_ring() -> None:
    (one,) = sectors({"verbs": [{"verb": "書く", "records": 1, "objects": []}]})
    assert "nan" not in one.path


def test_records_of_a_source() -> None:
    found = piles([sides(frame())])
    assert {name: pile.records for name, pile in found.items()} == {"answer": 3, "persona": 9}
