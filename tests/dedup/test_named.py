"""Records near to a text of a named data set go, and the named set is never published."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from pydantic import ValidationError

from llmx_data.core.errors import RecipeError
from llmx_data.dedup.minhash import Minhash
from llmx_data.plan import read_plan
from llmx_data.why import story_page
from tests.dedup.help import jaccard, source
from tests.road.help import drops, go, published, write_recipe


def made(rng: random.Random, size: int) -> str:
    return "".join(chr(0x4E00 + rng.randrange(3000)) for _ in range(size))


def changed(text: str, rng: random.Random, count: int) -> str:
    """Replace characters far apart from each other."""
    for at in range(3, len(text), len(text) // count):
        text = text[:at] + chr(0x4E00 + rng.randrange(3000)) + text[at + 1 :]
    return text


RNG = random.Random(5)
TEXTS = {name: made(RNG, 400) for name in ("one", "two", "three", "four", "five")}
SHORT = "明日の会議は三時からですのでよろしく"
LIVING = [
    {"k": "same", "text": TEXTS["one"]},
    {"k": "near", "text": changed(TEXTS["two"], RNG, 5)},
    {"k": "far", "text": changed(TEXTS["three"], RNG, 30)},
    {"k": "own", "text": TEXTS["four"]},
    {"k": "own near", "text": changed(TEXTS["four"], RNG, 3)},
    {"k": "short", "text": SHORT + "。"},
    {"k": "empty", "text": ""},
]
KNOWN = [TEXTS["one"], TEXTS["two"], TEXTS["three"], SHORT, "", TEXTS["five"], TEXTS["five"]]


def write(path: Path, texts: list[str]) -> None:
    lines = (json.dumps({"text": text}, ensure_ascii=False) for text in texts)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def recipe(folder: Path, *, named: list[str] = ("known",), **options: Any) -> Path:  # type: ignore[assignment]
    """Write living records, known ones in a folder of two files, and the recipe."""
    (folder / "known").mkdir(exist_ok=True)
    write(folder / "known" / "a.jsonl", KNOWN[:2])
    write(folder / "known" / "b.jsonl", KNOWN[2:])
    (folder / "other").mkdir(exist_ok=True)
    write(folder / "other" / "c.jsonl", [TEXTS["two"], "関係のない文章です。"])
    against = [{"name": name, "path": name} for name in named]
    step = {"dedup": {"use": "minhash", "against": against} | options}
    return write_recipe(folder, sources=[source(folder / "s.jsonl", LIVING)], steps=[step])


def gone(run: Path) -> dict[str, tuple[str, str]]:
    """Who went: key of the record, to reason and the one it went for."""
    shards = json.loads((run / "manifest.json").read_text("utf-8"))["shards"]
    files = [run / shard["path"] for shard in shards]
    keys = dict(
        pl.concat([pl.read_parquet(f, columns=["id", "source_key"]) for f in files]).iter_rows()
    )
    rows = drops(run).filter(pl.col("step") == "01-dedup-minhash")
    known = {**keys, **{k: k for k in rows["kept_id"] if k not in keys}}
    return {
        keys[i]: (reason, known[kept])
        for i, reason, kept in rows.select("id", "reason", "kept_id").iter_rows()
    }


NAMED = "near_duplicate_of_named"


def test_what_is_near_to_a_named_text_goes_before_the_others_are_settled(tmp_path: Path) -> None:
    go(recipe(tmp_path), tmp_path / "run")
    found = gone(tmp_path / "run")
    assert found.pop("own near", None) or found.pop("own")
    assert found == {
        "same": (NAMED, "known#a.jsonl#1"),
        "near": (NAMED, "known#a.jsonl#2"),
        "short": (NAMED, "known#b.jsonl#2"),
    }
    assert published(tmp_path / "run")["source"].unique().to_list() == ["s"]
    rows = drops(tmp_path / "run").filter(reason=NAMED)
    assert rows["threshold"].to_list() == [0.8] * 3
    near = next(row["text"] for row in LIVING if row["k"] == "near")
    assert jaccard(near, TEXTS["two"]) == pytest.approx(
        rows.filter(kept_id="known#a.jsonl#2")["value"].item()
    )
    twins = [pl.read_parquet(f) for f in (tmp_path / "run/store/twins").glob("*.parquet")]
    assert pl.concat(twins)["records"].sum() == 1  # only what was near to one of our own
    (record,) = rows.filter(kept_id="known#a.jsonl#2")["id"]
    page = story_page(tmp_path / "run", record)
    assert "similar  known#a.jsonl#2  Jaccard" in page
    assert "known#a.jsonl#2 stays" in page


def test_every_named_set_counts_and_the_first_of_equals_is_told(tmp_path: Path) -> None:
    go(recipe(tmp_path, named=["other"]), tmp_path / "1")
    assert gone(tmp_path / "1")["near"] == (NAMED, "other#c.jsonl#1")
    assert "same" not in gone(tmp_path / "1")
    go(recipe(tmp_path, named=["other", "known"]), tmp_path / "2")
    assert gone(tmp_path / "2")["near"] == (NAMED, "other#c.jsonl#1")
    assert gone(tmp_path / "2")["same"] == (NAMED, "known#a.jsonl#1")


def test_without_named_sets_nothing_of_the_kind_goes(tmp_path: Path) -> None:
    go(recipe(tmp_path, named=[]), tmp_path / "run")
    assert [reason for reason, _ in gone(tmp_path / "run").values()] == ["near_duplicate"]


def test_a_higher_threshold_and_a_changed_file_run_again(tmp_path: Path) -> None:
    go(recipe(tmp_path, threshold=0.999), tmp_path / "run")
    assert {k for k, (reason, _) in gone(tmp_path / "run").items() if reason == NAMED} == {"same"}
    again = recipe(tmp_path)
    go(again, tmp_path / "run")
    assert "near" in gone(tmp_path / "run")
    write(tmp_path / "known" / "a.jsonl", ["もう何もない。"])
    go(again, tmp_path / "run")
    assert {k for k, (reason, _) in gone(tmp_path / "run").items() if reason == NAMED} == {"short"}


def test_answers_must_be_alike_too(tmp_path: Path) -> None:
    passage = made(random.Random(1), 600)
    chats = [
        ("a", passage + "問いは何か。", made(RNG, 40)),
        ("b", passage + "問いは何か。", "答えです。" * 9),
    ]
    rows = [{"k": k, "instruction": p, "output": a} for k, p, a in chats]
    known = [{"instruction": chats[1][1], "input": "", "output": chats[1][2]}]
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in known)
    (tmp_path / "known.jsonl").write_text(lines, encoding="utf-8")
    living = source(tmp_path / "s.jsonl", rows, form="alpaca")
    against = [{"name": "known", "path": "known.jsonl"}]
    step = {"dedup": {"use": "minhash", "against": against}}
    go(write_recipe(tmp_path, sources=[living], steps=[step]), tmp_path / "run")
    assert gone(tmp_path / "run") == {"b": (NAMED, "known#known.jsonl#1")}


def test_equal_pairs_find_each_other_in_a_crowd(tmp_path: Path) -> None:
    """Sixty questions about one passage: all share every band, and their answers differ."""
    passage = made(random.Random(2), 3000)
    pairs = [(passage + f"問い{n}。", made(RNG, 40)) for n in range(60)]
    known = [{"instruction": p, "input": "", "output": a} for p, a in pairs]
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in known)
    (tmp_path / "known.jsonl").write_text(lines, encoding="utf-8")
    others = [(p, made(RNG, 40)) for p, _ in pairs[:20]]
    rows = [
        {"k": f"{kind}{n:02d}", "instruction": p, "output": a}
        for kind, some in (("known ", pairs[::-1]), ("other ", others))
        for n, (p, a) in enumerate(some)
    ]
    living = source(tmp_path / "s.jsonl", rows, form="alpaca")
    step = {"dedup": {"use": "minhash", "against": [{"name": "known", "path": "known.jsonl"}]}}
    go(write_recipe(tmp_path, sources=[living], steps=[step]), tmp_path / "run")
    found = gone(tmp_path / "run")
    assert {k: v for k, v in found.items() if v[0] == NAMED} == {
        f"known {n:02d}": (NAMED, f"known#known.jsonl#{60 - n}") for n in range(60)
    }
    assert not any(k.startswith("other") for k in found)


def test_every_copy_of_a_short_text_goes(tmp_path: Path) -> None:
    texts = [SHORT + end for end in ("", "。", "。", "", "！", "。。")] + ["明後日は休みです。"] * 3
    rows = [{"k": f"{i}", "text": text} for i, text in enumerate(texts)]
    write(tmp_path / "known.jsonl", ["無関係な文", SHORT + "。", SHORT + "。"])
    step = {"dedup": {"use": "minhash", "against": [{"name": "known", "path": "known.jsonl"}]}}
    living = source(tmp_path / "s.jsonl", rows)
    go(write_recipe(tmp_path, sources=[living], steps=[step]), tmp_path / "run")
    found = gone(tmp_path / "run")
    assert {k for k, v in found.items() if v[0] == NAMED} == {str(i) for i in range(6)}
    assert {v[1] for v in found.values() if v[0] == NAMED} == {"known#known.jsonl#2"}
    assert sum(v[0] == "near_duplicate" for v in found.values()) == 2


def test_who_goes_is_whoever_is_near_and_for_the_nearest(tmp_path: Path) -> None:
    """A few texts in families, against every pair compared the slow way."""
    rng = random.Random(8)
    families = [made(rng, 300) for _ in range(6)]
    texts = [changed(rng.choice(families), rng, rng.randint(1, 6)) for _ in range(60)]
    known = [changed(family, rng, rng.randint(1, 4)) for family in families[:4]]
    rows = [{"k": f"{i:02d}", "text": text} for i, text in enumerate(texts)]
    write(tmp_path / "known.jsonl", known)
    step = {"use": "minhash", "against": [{"name": "known", "path": "known.jsonl"}]}
    step |= {"bands": 40, "rows": 3}  # finds a pair at 0.8 with all but one in 10^12
    living = source(tmp_path / "s.jsonl", rows)
    go(write_recipe(tmp_path, sources=[living], steps=[{"dedup": step}]), tmp_path / "run")
    near = {
        f"{i:02d}": max((jaccard(text, other), -n) for n, other in enumerate(known, 1))
        for i, text in enumerate(texts)
    }
    wanted = {k: (NAMED, f"known#known.jsonl#{-n}") for k, (j, n) in near.items() if j >= 0.8}
    assert 10 < len(wanted) < 50
    assert {k: v for k, v in gone(tmp_path / "run").items() if v[0] == NAMED} == wanted


def test_mistakes(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="'x' stands twice"):
        Minhash.model_validate(
            {"against": [{"name": "x", "path": "a"}, {"name": "x", "path": "b"}]}
        )
    with pytest.raises(RecipeError, match="file 'nowhere' does not exist"):
        read_plan(recipe(tmp_path, named=["nowhere"]))
    (tmp_path / "odd").mkdir()
    (tmp_path / "odd" / "a.jsonl").write_text('{"strange": 1}\n', encoding="utf-8")
    with pytest.raises(RecipeError, match="no form fits the columns strange"):
        go(recipe(tmp_path, named=["odd"]), tmp_path / "run")
