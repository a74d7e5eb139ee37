"""A mix from end to end: what goes in, what comes out, and that every record can be followed."""

from __future__ import annotations

import json
import random
from pathlib import Path

import datasets
import polars as pl
import pytest

from llmx_data.core.errors import DataError, LicenseDenied
from llmx_data.core.storage import read_json
from llmx_data.core.tables import RECORDS
from llmx_data.verify import verify
from llmx_data.why import story_page
from tests.mix.help import chat, chats, go_mix, look_mix, make_run, mix_recipe, split, text
from tests.road.help import drops

GREEN, BLUE = 120, 60
PARENT = "d" * 32


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs: `green`, of people; `blue`, generated, with parents and a conversation each."""
    folder = tmp_path_factory.mktemp("runs")
    make_run(folder, "green", chats(GREEN, 1, attribution="みどり"))
    blue = chats(BLUE, 2, license_declared="CC-BY-4.0", generator="qwen2.5-32b@1")
    family = [row | {"parents": [PARENT]} for row in blue[:20]]
    make_run(folder, "blue", family + blue[20:])
    return folder


RUNS = [{"run": "green"}, {"run": "blue"}]


def test_records_are_those_of_the_runs(folder: Path) -> None:
    out = folder / "plain"
    summary = go_mix(mix_recipe(folder, RUNS, dev={"share": 0.1}), out)
    assert summary["kept"]["records"] == GREEN + BLUE
    both = pl.concat([split(out, "train"), split(out, "dev")])
    came = pl.concat([split(folder / name, "train") for name in ("green", "blue")])
    columns = [c for c in RECORDS if c in came.columns]
    assert both.select(columns).sort("id").equals(came.select(columns).sort("id"))
    assert set(both["license"]) == {"CC0-1.0", "CC-BY-4.0"}
    assert both["weight"].to_list() == [1] * (GREEN + BLUE)
    assert "holds" not in verify(out)
    credit = (out / "dataset" / "ATTRIBUTION.md").read_text(encoding="utf-8")
    assert "みどり" in credit


def test_splits_are_loaded_by_name(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "m"
    go_mix(mix_recipe(folder, RUNS, dev={"rows": 18}), out)
    found = datasets.load_dataset(
        str(out / "dataset"), "instruction", cache_dir=str(tmp_path / "c")
    )
    assert {name: len(rows) for name, rows in found.items()} == {"train": 162, "dev": 18}
    assert {"weight", "cluster", "license"} <= set(found["dev"].column_names)
    croissant = read_json(out / "dataset" / "croissant.json")
    fields = [field["name"] for field in croissant["recordSet"][0]["field"]]
    assert fields == found["train"].column_names
    assert "instruction/*.parquet" in json.dumps(croissant)


def test_relatives_stay_on_one_side(folder: Path, tmp_path: Path) -> None:
    """Twenty records have one parent; dev takes all of them or none."""
    sides = set()
    for seed in range(6):
        recipe = mix_recipe(folder, RUNS, dev={"rows": 90}, seed=seed)
        go_mix(recipe, tmp_path / "m")
        train, dev = split(tmp_path / "m", "train"), split(tmp_path / "m", "dev")
        assert not set(train["cluster"]) & set(dev["cluster"])
        of_dev = dev.filter(pl.col("parents").list.len() > 0).height
        assert of_dev in (0, 20)
        sides.add(of_dev)
        assert dev.height == 90
    assert sides == {0, 20}, "six seeds never drew the family, or never left it"


def test_likeness_binds(tmp_path: Path) -> None:
    """Near texts, a child and its parent, and two answers to one question share a cluster."""
    rng = random.Random(5)
    long, asked = text(rng, 60), text(rng)
    near = [
        chat("これを直してください。", long, "a"),
        chat("これを直して。", long + text(rng, 4), "b"),
    ]
    same = [chat(asked, text(rng), "c"), chat(asked, text(rng), "d")]
    make_run(tmp_path, "one", [*near, *same, *chats(12, 6)])
    parent = split(tmp_path / "one", "train")["id"][-1]
    make_run(tmp_path, "two", chats(1, 7, parents=[parent], adaptation="generated"))
    recipe = mix_recipe(tmp_path, [{"run": "one"}, {"run": "two"}], dedup=[])
    go_mix(recipe, tmp_path / "m")
    rows = split(tmp_path / "m", "train")
    sizes = rows.group_by("cluster").agg(pl.col("source_key").sort())
    together = sorted(sizes.filter(pl.col("source_key").list.len() > 1)["source_key"].to_list())
    assert together == [["6-11", "7-0"], ["a", "b"], ["c", "d"]]


def test_weights_are_reached(folder: Path, tmp_path: Path) -> None:
    runs = [{"run": "green", "weight": 0.25}, {"run": "blue", "weight": 0.75, "upsample": 3}]
    recipe = mix_recipe(folder, runs, budget={"chars": 6000}, dev={"rows": 9})
    found = go_mix(recipe, tmp_path / "m")["mix"]
    longest = 2 * split(folder / "green", "train")["text"].str.len_chars().max()
    assert 6000 - 4 * longest < found["epoch"]["chars"] <= 6000
    for run, wanted in zip(found["runs"], (0.25, 0.75), strict=True):
        assert run["asked"] == wanted
        assert abs(run["reached"] - wanted) < 0.03
    train, dev = split(tmp_path / "m", "train"), split(tmp_path / "m", "dev")
    weighted = train.select((pl.col("weight") * pl.col("text").str.len_chars()).sum()).item()
    assert weighted == found["epoch"]["chars"]
    by_source = dict(train.group_by("source").agg(pl.col("weight").unique().first()).iter_rows())
    assert by_source == {"green": 1, "blue": 3}
    assert set(dev["weight"]) == {1}
    gone = drops(tmp_path / "m")
    assert set(gone["reason"]) == {"over_budget"}
    assert train.height + dev.height + gone.height == GREEN + BLUE
    assert (gone["value"] > gone["threshold"]).all()


def test_a_prefix_is_a_fair_sample(folder: Path, tmp_path: Path) -> None:
    """A run of which a quarter is taken stands everywhere, not at the head."""
    runs = [{"run": "green", "cap": {"rows": 30}}, {"run": "blue"}]
    go_mix(mix_recipe(folder, runs), tmp_path / "m")
    sources = split(tmp_path / "m", "train")["source"].to_list()
    assert (sources.count("green"), sources.count("blue")) == (30, BLUE)
    assert 8 <= sources[:45].count("green") <= 22


def test_another_seed_takes_other_records(folder: Path, tmp_path: Path) -> None:
    runs = [{"run": "green", "cap": {"rows": 30}}]
    taken = []
    for seed in (1, 2):
        go_mix(mix_recipe(folder, runs, seed=seed), tmp_path / str(seed))
        taken.append(set(split(tmp_path / str(seed), "train")["id"]))
    assert 0 < len(taken[0] & taken[1]) < 30


def test_the_best_are_taken_first(folder: Path, tmp_path: Path) -> None:
    select = {"prefer": "chars_count", "on": "answer"}
    go_mix(mix_recipe(folder, [{"run": "green", "cap": {"rows": 30}, "select": select}]),
           tmp_path / "m")  # fmt: skip
    answer = pl.col("messages").list.last().struct.field("content").str.len_chars()
    every = split(folder / "green", "train").select(answer.alias("n"))["n"]
    taken = split(tmp_path / "m", "train").select(answer.alias("n"))["n"]
    assert taken.sort().to_list() == every.sort().tail(30).to_list()


def test_a_score_in_meta_can_be_preferred(tmp_path: Path) -> None:
    rows = [row | {"meta": {"judge": i}} for i, row in enumerate(chats(9, 3))]
    make_run(tmp_path, "scored", rows)
    run = {"run": "scored", "cap": {"rows": 3}, "select": {"prefer": "meta.judge"}}
    go_mix(mix_recipe(tmp_path, [run]), tmp_path / "m")
    assert sorted(split(tmp_path / "m", "train")["source_key"]) == ["3-6", "3-7", "3-8"]


def test_kinds_and_sources_are_chosen(folder: Path, tmp_path: Path) -> None:
    two = [{"use": "sample", "part": p} for p in ("web", "ichikara", "tengentoppa")]
    make_run(tmp_path, "sample", [], sources=two)
    everything = set(split(tmp_path / "sample", "train")["source"])
    assert everything == {"sample_web", "sample_ichikara", "sample_tengentoppa"}
    plain = {"run": "sample"}
    for run, wanted in (
        (plain, {"sample_ichikara", "sample_tengentoppa"}),
        (plain | {"only": ["sample_ichikara"]}, {"sample_ichikara"}),
        (plain | {"kinds": ["document"]}, {"sample_web"}),
    ):
        go_mix(mix_recipe(tmp_path, [run]), tmp_path / "m")
        assert set(split(tmp_path / "m", "train")["source"]) == wanted


def test_evaluation_questions_are_kept_out(tmp_path: Path) -> None:
    rows = chats(8, 4)
    question = rows[3]["messages"][0]["content"]
    make_run(tmp_path, "leaky", rows)
    line = json.dumps({"question": question}, ensure_ascii=False)
    (tmp_path / "eval.jsonl").write_text(line + "\n", encoding="utf-8")
    against = {"against": [{"name": "task", "path": "eval.jsonl"}]}
    go_mix(mix_recipe(tmp_path, [{"run": "leaky"}], decontaminate=against), tmp_path / "m")
    gone = drops(tmp_path / "m")
    assert gone["reason"].to_list() == ["contaminated"]
    assert "task#0" in story_page(tmp_path / "m", gone["id"][0])
    assert "4-3" not in split(tmp_path / "m", "train")["source_key"]


def test_one_record_of_two_runs_is_one(folder: Path, tmp_path: Path) -> None:
    """The same source curated twice, the second time with fewer rows."""
    make_run(tmp_path, "part", chats(GREEN, 1, attribution="みどり")[:50],
             source="green")  # fmt: skip
    (tmp_path / "green").symlink_to(folder / "green")
    runs = [{"run": "part", "upsample": 2}, {"run": "green"}]
    summary = go_mix(mix_recipe(tmp_path, runs), tmp_path / "m")
    assert summary["kept"]["records"] == GREEN
    train = split(tmp_path / "m", "train")
    assert train["id"].n_unique() == GREEN
    assert train["weight"].value_counts().sort("weight").rows() == [(1, GREEN - 50), (2, 50)]


def test_runs_that_disagree_about_a_record_are_named(folder: Path, tmp_path: Path) -> None:
    rows = chats(GREEN, 1, attribution="みどり")
    rows[0]["messages"][0]["content"] = "電話は 03-1234-5678 です。" + text(random.Random(1))
    for name, steps in (("plain", []), ("masked", [{"pii": {"mode": "mask"}}])):
        make_run(tmp_path, name, rows, source="green", steps=steps)
    recipe = mix_recipe(tmp_path, [{"run": "plain"}, {"run": "masked"}])
    with pytest.raises(DataError, match=r"plain and .*masked: record \w{32} has another 'text'"):
        go_mix(recipe, tmp_path / "m")


def test_copies_across_runs_go(folder: Path, tmp_path: Path) -> None:
    """A copy under another source is another record: dedup keeps the one under the freer terms."""
    rows = [row | {"license_declared": "CC-BY-4.0"} for row in chats(GREEN, 1)[:5]]
    make_run(tmp_path, "copy", [*rows, *chats(3, 9)])
    (tmp_path / "green").symlink_to(folder / "green")
    runs = [{"run": "copy"}, {"run": "green"}]
    go_mix(mix_recipe(tmp_path, runs), tmp_path / "m")
    gone = drops(tmp_path / "m")
    assert gone.select("source", "reason").rows() == [("copy", "exact_duplicate")] * 5
    assert "from green into train, seen 1 time an epoch" in story_page(
        tmp_path / "m", gone["kept_id"][0]
    )


def test_a_run_for_dev_is_never_trained_on(folder: Path, tmp_path: Path) -> None:
    runs = [{"run": "green", "use": "train"}, {"run": "blue", "use": "dev"}]
    go_mix(mix_recipe(folder, runs), tmp_path / "m")
    assert set(split(tmp_path / "m", "train")["source"]) == {"green"}
    assert set(split(tmp_path / "m", "dev")["source"]) == {"blue"}


def test_the_licence_gate_closes(tmp_path: Path) -> None:
    """A run may be fit for research; a mix of it for publishing is not."""
    make_run(tmp_path, "nc", chats(4, 8, license_declared="CC-BY-NC-4.0"), purpose="research")
    make_run(tmp_path, "free", chats(4, 9))
    recipe = mix_recipe(tmp_path, [{"run": "nc"}, {"run": "free"}], purpose="commercial")
    with pytest.raises(LicenseDenied, match="leave out nc"):
        go_mix(recipe, tmp_path / "m")
    assert not (tmp_path / "m" / "dataset").exists()
    found = look_mix(recipe, tmp_path / "plan")
    assert (found["verdict"], found["exit_code"]) == ("DENY", 5)
    assert go_mix(recipe, tmp_path / "m", sets=["on_denied=drop"])["kept"] == {
        "records": 4, "chars": split(tmp_path / "free", "train")["text"].str.len_chars().sum()
    }  # fmt: skip
    assert set(drops(tmp_path / "m")["reason"]) == {"licence_denied"}


def test_the_plan_writes_no_data_set(folder: Path, tmp_path: Path) -> None:
    recipe = mix_recipe(folder, RUNS, budget={"chars": 5000}, dev={"rows": 9})
    found = look_mix(recipe, tmp_path / "m")
    assert found["verdict"] == "ALLOW_WITH"
    assert not (tmp_path / "m" / "dataset").exists()
    assert go_mix(recipe, tmp_path / "m")["mix"] == found["mix"]
