"""Records with keys through the road: how many stay of each kind, and what the run tells."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from llmx_data.core.errors import RecipeError
from llmx_data.explain import plan_page
from llmx_data.plan import read_plan
from llmx_data.select.quota import Quota
from llmx_data.verify import verify
from llmx_data.why import story_page
from tests.road.help import write_recipe
from tests.selection.help import dropped, published, run, source, texts


def test_caps_and_count(tmp_path: Path) -> None:
    rows = texts(40, method=lambda i: ["a", "b", "c", None][i % 4])
    step = {"select": {"cap": {"method": 3}, "count": 12}}
    out = run(tmp_path, [source(tmp_path / "t.jsonl", rows)], step)
    stay, gone = published(out), dropped(out)
    methods = Counter(stay["meta"].str.json_path_match("$.method"))
    assert stay.height == 12
    assert max(methods[m] for m in "abc") <= 3
    assert methods[None] >= 3  # who has no method is capped by the count only
    assert Counter(gone["reason"])["over_cap"] + Counter(gone["reason"])["over_count"] == 28
    capped = gone.filter(reason="over_cap")
    assert capped["threshold"].unique().to_list() == [3]
    assert capped["value"].min() == 4
    late = gone.filter(reason="over_count")
    assert late["value"].sort().to_list() == list(range(13, 13 + late.height))
    assert verify(out).endswith("records hold")


def test_columns_are_keys_too(tmp_path: Path) -> None:
    sources = [source(tmp_path / f"{n}.jsonl", texts(9, of=n)) for n in "xy"]
    sources[1]["license"] = "CC-BY-4.0"
    for key in ("source", "license"):
        out = run(tmp_path, sources, {"select": {"cap": {key: 4}}}, out=key)
        assert Counter(published(out)["source"]) == {"x": 4, "y": 4}
    out = run(tmp_path, sources, {"select": {"cap": {"kind": 4}}}, out="kind")
    assert published(out).height == 4
    out = run(tmp_path, sources, {"select": {"cap": {"generator": 4, "parent": 1}}}, out="none")
    assert published(out).height == 18


def test_the_order_of_rows_does_not_matter(tmp_path: Path) -> None:
    rows = texts(60, method=lambda i: "ab"[i % 2])
    kept = []
    for name, order in (("as_is", rows), ("turned", rows[::-1])):
        (tmp_path / name).mkdir()
        given = [source(tmp_path / name / "t.jsonl", order)]
        out = run(tmp_path / name, given, {"select": {"cap": {"method": 5}}})
        kept.append(set(published(out)["source_key"]))
    assert kept[0] == kept[1]
    assert len(kept[0]) == 10


def test_another_seed_keeps_others(tmp_path: Path) -> None:
    given = [source(tmp_path / "t.jsonl", texts(60))]
    kept = [
        set(published(run(tmp_path, given, {"select": {"count": 20, "seed": s}}, out=str(s)))["id"])
        for s in (1, 2)
    ]
    assert len(kept[0]) == len(kept[1]) == 20
    assert kept[0] != kept[1]


def test_the_preferred_stay(tmp_path: Path) -> None:
    given = [source(tmp_path / "t.jsonl", texts(30, method=lambda i: "ab"[i % 2]))]
    step = {"select": {"cap": {"method": 2}, "prefer": "chars_count"}}
    out = run(tmp_path, given, step)
    assert set(published(out)["source_key"]) == {"r26", "r27", "r28", "r29"}
    assert dropped(out).filter(source_key="r0")["value"].to_list() == [15]


def test_the_preferred_side_and_no_answer_at_all(tmp_path: Path) -> None:
    asked = [
        {"k": f"q{i}", "instruction": "問い" * (9 - i), "output": "答え" * (i + 1)}
        for i in range(8)
    ]
    sources = [
        source(tmp_path / "qa.jsonl", asked, form="alpaca"),
        source(tmp_path / "doc.jsonl", texts(3)),
    ]
    step = {"select": {"count": 4, "prefer": "chars_count", "on": "answer"}}
    out = run(tmp_path, sources, step)
    assert set(published(out)["source_key"]) == {"q4", "q5", "q6", "q7"}


def test_only_some_are_meant(tmp_path: Path) -> None:
    sources = [source(tmp_path / f"{n}.jsonl", texts(9, of=n)) for n in "xy"]
    out = run(tmp_path, sources, {"select": {"count": 2}, "only": "x"})
    assert Counter(published(out)["source"]) == {"x": 2, "y": 9}


def test_what_a_step_before_dropped_takes_no_place(tmp_path: Path) -> None:
    given = [source(tmp_path / "t.jsonl", texts(40))]
    first = {"filter": {"use": "length", "max_chars": 29}}
    out = run(tmp_path, given, first, {"select": {"count": 15}})
    assert published(out).height == 15
    came = dropped(out, "02-select").height + 15
    assert came == 40 - dropped(out, "01-filter-length").height < 40


def test_who_was_dropped_before_changes_nothing_for_the_others(tmp_path: Path) -> None:
    rows, kept = texts(40, method=lambda i: "ab"[i % 2]), []
    select = {"select": {"cap": {"method": 4}}}
    for name, some, steps in (
        ("filtered", rows, [{"filter": {"use": "length", "min_chars": 30}}, select]),
        ("given", [row for row in rows if len(row["text"]) >= 30], [select]),
    ):
        (tmp_path / name).mkdir()
        out = run(tmp_path / name, [source(tmp_path / name / "t.jsonl", some)], *steps)
        kept.append(published(out)["id"].sort().to_list())
    assert kept[0] == kept[1]
    assert len(kept[0]) == 8


def test_another_source_changes_what_stays_of_a_source_that_did_not_change(
    tmp_path: Path,
) -> None:
    given = [source(tmp_path / "x.jsonl", texts(20, of="x"))]
    select = {"select": {"count": 15}}
    assert published(run(tmp_path, given, select)).height == 15
    given.append(source(tmp_path / "y.jsonl", texts(20, of="y")))
    again = published(run(tmp_path, given, select))
    assert again.height == 15
    assert (
        again["id"].to_list() == published(run(tmp_path, given, select, out="new"))["id"].to_list()
    )


def test_another_version_of_the_measure_is_another_quota(monkeypatch: pytest.MonkeyPatch) -> None:
    preferring, plain = Quota(count=3, prefer="zlib_ratio"), Quota(count=3)
    before = preferring.digest(), plain.digest()
    monkeypatch.setattr(type(preferring.measure()), "version", 99)
    assert preferring.digest() != before[0]
    assert plain.digest() == before[1]


def test_a_key_that_nobody_has_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr("llmx_data.core.progress.Talk.note", lambda _, text: told.append(text))
    given = [source(tmp_path / "t.jsonl", texts(4, method="a"))]
    run(tmp_path, given, {"select": {"cap": {"methd": 1, "method": 2}}})
    assert "01-select: no record has the key 'methd', so it caps nothing" in told
    assert not any("'method'" in note for note in told)


def test_why_tells_which_cap_held_a_record_back(tmp_path: Path) -> None:
    given = [source(tmp_path / "t.jsonl", texts(6, method="要約"))]
    out = run(tmp_path, given, {"select": {"cap": {"method": 5}}})
    (gone,) = dropped(out)["id"]
    lines = story_page(out, gone).splitlines()
    assert lines[-2:] == [
        "capped   at 01-select: method is 要約",
        "dropped  at 01-select: over_cap (6, threshold 5)",
    ]
    assert not any("capped" in story_page(out, i) for i in published(out)["id"])


WRONG: list[tuple[Any, str]] = [
    ({}, "nothing is limited: say cap, count or both"),
    ("quota", "nothing is limited"),
    ({"cap": {"method": 0}}, "'cap.method' is 0: input should be greater than or equal to 1"),
    ({"cap": {"method": "3"}}, "'cap.method' is \"3\""),
    ({"count": 0}, "'count' is 0"),
    ({"count": 3, "prefer": "chars_coun"}, "no measure gives 'chars_coun': did you mean 'chars_c"),
    ({"count": 3, "prefer": "language"}, "'language' is no number"),
    ({"caps": {"method": 3}}, "unknown key 'caps'"),
]


@pytest.mark.parametrize(("options", "said"), WRONG)
def test_mistakes(tmp_path: Path, options: Any, said: str) -> None:
    path = recipe(tmp_path, {"select": options})
    with pytest.raises(RecipeError) as caught:
        read_plan(path)
    assert said in str(caught.value)


def recipe(folder: Path, *steps: Any) -> Path:
    given = source(folder / "t.jsonl", texts(3))
    return write_recipe(folder, sources=[given], steps=list(steps))


def test_check_shows_it_and_does_not_call_it_too_late(tmp_path: Path) -> None:
    dear = {"filter": {"use": "morphology", "max_noun_share": 0.8}}
    select = {"select": {"cap": {"method": 2}, "prefer": "zlib_ratio"}}
    page = plan_page(read_plan(recipe(tmp_path, dear, select)))
    assert "02-select" in page
    assert "warning" not in page
    for line in ('use: "quota"', "method: 2", 'prefer: "zlib_ratio"', "seed: 1"):
        assert line in page


def test_the_report_has_words_for_the_reasons(tmp_path: Path) -> None:
    rows = texts(9, method=lambda i: "a" if i < 4 else None)
    step = {"select": {"cap": {"method": 1}, "count": 3}}
    out = run(tmp_path, [source(tmp_path / "t.jsonl", rows)], step)
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "同類が多い" in page
    assert "定数を超える" in page
    assert pl.read_parquet(out / "drops" / "01-select.parquet").height == 6
