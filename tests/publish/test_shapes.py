"""The shapes of trainers: what a row holds, who has none, and that the library loads them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import datasets
import polars as pl
import pytest
import yaml

from llmx_data.core.errors import DataError, RecipeError
from llmx_data.core.tables import MESSAGES
from llmx_data.plan import read_plan
from llmx_data.publish.trl import SHAPES, dpo, prompt_completion
from llmx_data.verify import verify
from llmx_data.why import story
from tests.docs.pages import section
from tests.publish.mixed import PHONE, rows
from tests.road.help import digests, go, write_recipe

U, A, S = "user", "assistant", "system"


def turns(*said: tuple[str, str]) -> list[dict[str, str]]:
    return [{"role": role, "content": content} for role, content in said]


Q, GOOD, BAD = (U, "首都は？"), (A, "東京です。"), (A, "大阪です。")
MORE = [(U, "人口は？"), (A, "約1400万人です。")]

ONE_ANSWER: list[tuple[list[tuple[str, str]], list[tuple[str, str]] | str]] = [
    ([Q, GOOD], [Q]),
    ([(S, "短く。"), Q, GOOD], [(S, "短く。"), Q]),
    ([Q, GOOD, *MORE], [Q, GOOD, MORE[0]]),
    ([Q, GOOD, MORE[0]], "ends_without_answer"),
    ([Q], "ends_without_answer"),
    ([], "ends_without_answer"),
    ([GOOD], "no_prompt"),
    ([(S, "短く。"), GOOD], "no_prompt"),
]


@pytest.mark.parametrize(("said", "prompt"), ONE_ANSWER)
def test_the_last_answer_and_all_before_it(
    said: list[tuple[str, str]], prompt: list[tuple[str, str]] | str
) -> None:
    frame = pl.DataFrame({"messages": [turns(*said)]}, schema={"messages": MESSAGES})
    (row,) = prompt_completion(frame).to_dicts()
    if isinstance(prompt, str):
        assert row["fault"] == prompt
    else:
        assert row["fault"] is None
        assert (row["prompt"], row["completion"]) == (turns(*prompt), turns(said[-1]))


def test_no_messages_at_all_is_no_answer() -> None:
    frame = pl.DataFrame({"messages": [None]}, schema={"messages": MESSAGES})
    assert prompt_completion(frame)["fault"].to_list() == ["ends_without_answer"]


PAIRS: list[tuple[list[Any], list[Any], tuple[int, int, int] | str]] = [
    ([Q, GOOD], [Q, BAD], (1, 1, 1)),
    ([Q, GOOD], [BAD], (1, 1, 1)),
    ([(S, "短く。"), Q, GOOD], [BAD], (2, 1, 1)),
    ([Q, GOOD, *MORE], [(A, "分かりません。")], (3, 1, 1)),
    ([Q, GOOD, *MORE], [Q, GOOD, MORE[0], BAD], (3, 1, 1)),
    ([Q, GOOD, *MORE], [Q, BAD, *MORE], (1, 3, 3)),
    ([Q, GOOD], [Q, GOOD], "same_answers"),
    ([Q, GOOD], [GOOD], "same_answers"),
    ([Q, GOOD], [(U, "別の問い"), BAD], "different_prompts"),
    ([Q, GOOD], [Q, GOOD, *MORE], "different_prompts"),
    ([Q, GOOD, *MORE], [Q, GOOD], "different_prompts"),
    ([GOOD], [BAD], "no_prompt"),
    ([Q], [Q, BAD], "ends_without_answer"),
    ([Q, GOOD], [Q], "ends_without_answer"),
    ([Q, GOOD], [], "ends_without_answer"),
]


@pytest.mark.parametrize(("chosen", "rejected", "expected"), PAIRS)
def test_pairs_part_at_an_answer(chosen: Any, rejected: Any, expected: Any) -> None:
    frame = pl.DataFrame(
        {"messages": [turns(*chosen)], "rejected": [turns(*rejected)]},
        schema={"messages": MESSAGES, "rejected": MESSAGES},
    )
    (row,) = dpo(frame).to_dicts()
    if isinstance(expected, str):
        assert row["fault"] == expected
        return
    prompt, ours, theirs = expected
    assert row["fault"] is None
    assert row["prompt"] == turns(*chosen[:prompt])
    assert row["chosen"] == turns(*chosen[-ours:])
    assert row["rejected"] == turns(*rejected[-theirs:])


def publish(folder: Path, on_denied: str = "drop", **output: Any) -> Path:
    """Instructions, conversations (one ends with the user), preference pairs, a document."""
    folder.mkdir(exist_ok=True)
    asked = [{"instruction": f"問い{n}は？", "output": f"答え{n}。{PHONE}"} for n in range(3)]
    talks = [
        {"messages": turns((U, f"話{n}"), (A, "はい。"), *MORE[: 2 - n % 2])} for n in range(5)
    ]
    pairs = [
        {"prompt": f"どちら{n}？", "chosen": f"良い答え{n}。", "rejected": f"悪い答え{n}。"}
        for n in range(4)
    ] + [{"prompt": "同じ？", "chosen": "同じ。", "rejected": "同じ。"}]
    plain = {"use": "files", "license": "CC-BY-4.0"}
    sources = [
        plain | {"path": rows(folder / "asked.jsonl", asked), "form": "alpaca"},
        plain | {"path": rows(folder / "talks.jsonl", talks), "form": "openai", "license": "MIT"},
        plain | {"path": rows(folder / "pairs.jsonl", pairs), "form": "preference"},
        plain | {"path": rows(folder / "notes.jsonl", [{"text": "随筆である。"}])},
    ]
    recipe = write_recipe(
        folder, sources=sources, steps=[{"pii": {"mode": "mask"}}], on_denied=on_denied,
        output={"formats": ["parquet"], "shapes": ["prompt_completion", "dpo"]} | output,
    )  # fmt: skip
    go(recipe, folder / "run")
    return folder / "run" / "dataset"


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return publish(tmp_path_factory.mktemp("shapes") / "r")


def load(dataset: Path, name: str | None, cache: Path) -> Any:
    return datasets.load_dataset(str(dataset), name, split="train", cache_dir=str(cache))


LOADED = [
    ("prompt_completion-instruction", ["prompt", "completion"], 3),
    ("prompt_completion-conversation", ["prompt", "completion"], 3),
    ("dpo-preference", ["prompt", "chosen", "rejected"], 4),
]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "columns", "count"), LOADED)
def test_the_library_loads_them(
    dataset: Path, tmp_path: Path, name: str, columns: list[str], count: int
) -> None:
    found = load(dataset, name, tmp_path)
    assert found.column_names == ["id", "license", *columns]
    assert found.num_rows == count
    main = load(dataset, name.partition("-")[2], tmp_path)
    known = dict(zip(main["id"], main["license"], strict=True))
    whole = dict(zip(main["id"], main["messages"], strict=True))
    for row in found:
        assert row["license"] == known[row["id"]]
        assert row["prompt"] + row[columns[1]] == whole[row["id"]]
        assert row["prompt"][-1]["role"] == "user"
        assert [turn["role"] for turn in row[columns[-1]]] == ["assistant"]
    assert not any(PHONE in str(row) for row in found)


@pytest.mark.slow
def test_the_data_set_itself_loads_as_without_them(dataset: Path, tmp_path: Path) -> None:
    names = datasets.get_dataset_config_names(str(dataset))
    assert sorted(names) == sorted(
        ["conversation", "document", "instruction", "preference", *(n for n, _, _ in LOADED)]
    )
    default = load(dataset, None, tmp_path)
    assert "text" in default.column_names
    plain = publish(tmp_path / "plain", shapes=[])
    for path in plain.glob("*/train-*.parquet"):
        assert path.read_bytes() == (dataset / path.relative_to(plain)).read_bytes()
    assert not (plain / "trl").exists()
    assert "shapes of trainers" not in (plain / "README.md").read_text(encoding="utf-8")


def test_who_has_no_row_is_counted_and_still_published(dataset: Path) -> None:
    counts = json.loads((dataset / "trl" / "shapes.json").read_text(encoding="utf-8"))
    assert counts == {
        "prompt_completion-instruction": {"rows": 3, "left_out": {}},
        "prompt_completion-conversation": {"rows": 3, "left_out": {"ends_without_answer": 2}},
        "dpo-preference": {"rows": 4, "left_out": {"same_answers": 1}},
    }
    card = (dataset / "README.md").read_text(encoding="utf-8")
    line = '| `load_dataset(path, "prompt_completion-conversation")` | `prompt`, `completion` |'
    assert f"{line} supervised fine-tuning on the last answer | 3 | ends_without_answer 2 |" in card
    assert pl.read_parquet(dataset / "conversation" / "*.parquet").height == 5


def test_they_are_part_of_the_run(dataset: Path, tmp_path: Path) -> None:
    run = dataset.parent
    outputs = json.loads((run / "manifest.json").read_text())["outputs"]
    files = [path for path in (dataset / "trl").rglob("*") if path.is_file()]
    assert len(files) == 4
    assert {path.relative_to(run).as_posix() for path in files} <= set(outputs)
    assert "14 records hold" in verify(run)
    page = json.loads((dataset / "croissant.json").read_text(encoding="utf-8"))
    listed = {node["@id"] for node in page["distribution"]}
    assert "trl/dpo-preference/train-00000-of-00001.parquet" in listed
    assert len(page["recordSet"]) == 4
    moved = tmp_path / "moved"
    shutil.copytree(run, moved)
    path = moved / "dataset" / "trl" / "dpo-preference" / "train-00000-of-00001.parquet"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(DataError, match=r"dpo-preference.*content changed"):
        verify(moved)


def test_same_bytes_again(dataset: Path, tmp_path: Path) -> None:
    assert digests(publish(tmp_path / "again")) == digests(dataset)


def test_without_parquet_they_are_the_only_configurations(tmp_path: Path) -> None:
    out = publish(tmp_path / "r", formats=["jsonl.zst"], shapes=["dpo"])
    front = yaml.safe_load((out / "README.md").read_text(encoding="utf-8").split("---")[1])
    assert [config["config_name"] for config in front["configs"]] == ["dpo-preference"]
    assert [p.parent.name for p in out.rglob("*.parquet")] == ["dpo-preference"]
    assert verify(out.parent)
    (first, *_) = pl.read_parquet(out / "trl" / "dpo-preference" / "*.parquet")["id"]
    assert story(out.parent, first)["published"] is None


def test_split_by_licence(tmp_path: Path) -> None:
    out = publish(tmp_path / "r", "split")
    names = {path.name for path in (out / "trl").iterdir() if path.is_dir()}
    assert names == {
        "prompt_completion-conversation-mit",
        "prompt_completion-instruction-cc-by-4.0",
        "dpo-preference-cc-by-4.0",
    }


def test_a_shape_without_rows_has_no_files(tmp_path: Path) -> None:
    talks = [{"messages": turns(Q, GOOD, MORE[0])}]
    source = {"use": "files", "path": rows(tmp_path / "t.jsonl", talks), "form": "openai"}
    output = {"shapes": ["prompt_completion"]}
    recipe = write_recipe(tmp_path, sources=[source | {"license": "MIT"}], output=output)
    go(recipe, tmp_path / "run")
    out = tmp_path / "run" / "dataset"
    assert [path.name for path in (out / "trl").iterdir()] == ["shapes.json"]
    front = yaml.safe_load((out / "README.md").read_text(encoding="utf-8").split("---")[1])
    assert [config["config_name"] for config in front["configs"]] == ["conversation"]


def test_an_unknown_shape_is_a_mistake(tmp_path: Path) -> None:
    source = {"use": "sample", "part": "web"}
    path = write_recipe(tmp_path, sources=[source], output={"shapes": ["ppo"]})
    with pytest.raises(RecipeError, match="'prompt_completion' or 'dpo'"):
        read_plan(path)
    assert set(SHAPES) == {"prompt_completion", "dpo"}


def test_the_page_tells_shapes_columns_and_reasons() -> None:
    told = section("publish", "Shapes of trainers")
    words = {shape.gives for shape in SHAPES.values()} | {tuple(SHAPES)}
    faults = {expected for _, _, expected in PAIRS if isinstance(expected, str)}
    assert len(faults) == 4
    assert [w for group in words for w in group if f"`{w}`" not in told] == []
    assert [w for w in faults if f"| `{w}` |" not in told] == []
