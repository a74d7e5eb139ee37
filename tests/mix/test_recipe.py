"""Mistakes of a mix recipe come together, each with its line and a way on."""

from __future__ import annotations

from pathlib import Path

import pytest

from llmx_data.core.errors import DataError, RecipeError
from llmx_data.core.storage import shipped
from llmx_data.mix_plan import read_mix
from tests.mix.help import chats, go_mix, make_run, mix_recipe

WRONG = """name: wrong
purpose: publish-modle
runs:
  - {run: nowhere, weight: 0.6}
  - {recipe: missing.yaml, weight: 0.6}
  - {weight: 0.1}
budget: {tokens: 100}
dev: {rows: 5}
dedup: [exakt]
decontaminate: {against: [{name: a, path: none.jsonl}]}
tokenizer: none.model
"""

SAID = [
    ("2", "unknown purpose"),
    ("3", "weights add up to 1.3: more than the whole"),
    ("4", "'nowhere' is no finished run"),
    ("5", "recipe 'missing.yaml' does not exist"),
    ("6", "say run: or recipe:, one of them"),
    ("9", "unknown part 'exakt'"),
    ("10", "file 'none.jsonl' does not exist"),
    ("11", "tokenizer 'none.model' does not exist"),
]


def test_all_mistakes_come_at_once(tmp_path: Path) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text(WRONG, encoding="utf-8")
    with pytest.raises(RecipeError) as raised:
        read_mix(path)
    found = [(m.where.rpartition(":")[2], m.problem) for m in raised.value.mistakes]
    assert [line for line, _ in found] == [line for line, _ in SAID]
    for (_, told), (_, wanted) in zip(found, SAID, strict=True):
        assert wanted in told


SHAPES = [
    ({"upsampel": 2}, "unknown key 'upsampel'"),
    ({"upsample": 0}, "greater than or equal to 1"),
    ({"upsample": 1.5}, "valid integer"),
    ({"weight": 1.5}, "less than or equal to 1"),
    ({"cap": {}}, "say one of rows, chars and tokens"),
    ({"cap": {"rows": 5, "chars": 9}}, "say one of rows, chars and tokens"),
    ({"cap": {"tokens": 5}}, "tokens need a tokenizer"),
    ({"select": {"prefer": "kana_shar"}}, "no measure gives 'kana_shar'"),
    ({"use": "dev"}, "every run is held out"),
    ({"kinds": ["talk"]}, "document"),
    ({"kinds": []}, "at least 1"),
]


@pytest.mark.parametrize(("entry", "problem"), SHAPES, ids=[str(e) for e, _ in SHAPES])
def test_a_wrong_entry(tmp_path: Path, entry: dict[str, object], problem: str) -> None:
    (tmp_path / "r").mkdir()
    (tmp_path / "r" / "manifest.json").write_text("{}", encoding="utf-8")
    with pytest.raises(RecipeError) as raised:
        read_mix(mix_recipe(tmp_path, [{"run": "r"} | entry]))
    assert problem in str(raised.value)


DEVS = [
    ([{"use": "train"}], {"dev": {"rows": 5}}, "no run may give to dev"),
    ([{}], {"dev": {"rows": 5, "share": 0.1}}, "say rows or share, not both"),
    ([{}, {"use": "dev", "upsample": 2}], {}, "never trained on"),
    ([{}, {"use": "dev", "weight": 0.5}], {}, "never trained on"),
]


@pytest.mark.parametrize(("entries", "more", "problem"), DEVS)
def test_a_wrong_split(
    tmp_path: Path, entries: list[dict[str, object]], more: dict[str, object], problem: str
) -> None:
    (tmp_path / "r").mkdir()
    (tmp_path / "r" / "manifest.json").write_text("{}", encoding="utf-8")
    with pytest.raises(RecipeError) as raised:
        read_mix(mix_recipe(tmp_path, [{"run": "r"} | e for e in entries], **more))
    assert problem in str(raised.value)


def test_what_only_the_runs_can_tell(tmp_path: Path) -> None:
    make_run(tmp_path, "one", chats(3, 1))
    runs = [{"run": "one", "only": ["two"]}, {"run": "one", "kinds": ["preference"]}]
    with pytest.raises(RecipeError) as raised:
        go_mix(mix_recipe(tmp_path, runs), tmp_path / "m")
    assert [m.problem for m in raised.value.mistakes] == [
        "the run 'one' has no source 'two'",
        "the run 'one' brings no record of preference",
    ]
    assert "it has 3 instruction of one" in str(raised.value)


def test_a_run_that_is_not_what_was_published(tmp_path: Path) -> None:
    file = next((make_run(tmp_path, "one", chats(3, 1)) / "dataset").glob("instruction/*.parquet"))
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(DataError, match="is not what was published"):
        go_mix(mix_recipe(tmp_path, [{"run": "one"}]), tmp_path / "m")


def test_a_mix_is_not_mixed(tmp_path: Path) -> None:
    make_run(tmp_path, "one", chats(3, 1))
    go_mix(mix_recipe(tmp_path, [{"run": "one"}]), tmp_path / "m")
    with pytest.raises(DataError, match="is a mix itself"):
        go_mix(mix_recipe(tmp_path, [{"run": "m"}], name="again.yaml"), tmp_path / "again")


def test_two_things_under_one_name(tmp_path: Path) -> None:
    make_run(tmp_path, "one", chats(3, 1), source="s")
    make_run(tmp_path, "two", chats(3, 2), source="s")
    titled = tmp_path / "two" / "manifest.json"
    titled.write_text(titled.read_text().replace('"title": null', '"title": "別"'))
    with pytest.raises(DataError, match="say different things of source 's'"):
        go_mix(mix_recipe(tmp_path, [{"run": "one"}, {"run": "two"}]), tmp_path / "m")


def test_a_tokenizer_may_be_a_folder(tmp_path: Path) -> None:
    (tmp_path / "tok").mkdir()
    (tmp_path / "tok" / "tokenizer.json").write_text("{}", encoding="utf-8")
    (tmp_path / "r").mkdir()
    (tmp_path / "r" / "manifest.json").write_text("{}", encoding="utf-8")
    plan = read_mix(mix_recipe(tmp_path, [{"run": "r"}], tokenizer="tok", budget={"tokens": 9}))
    assert plan.frame.tokenizer == str(tmp_path / "tok" / "tokenizer.json")


def test_bundled_recipes_are_read() -> None:
    found = sorted((shipped("recipes") / "mix").glob("*.yaml"))
    assert found
    for path in found:
        assert read_mix(path).first
