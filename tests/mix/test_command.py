"""`llmx mix` as it is typed: what it prints, how it ends, and which runs it makes first."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from llmx_data.cli import main
from tests.mix.help import chats, go_mix, make_run, mix_recipe, split
from tests.road.help import digests, go, write_recipe

WEB = {"use": "sample", "part": "web"}


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """Give a mix recipe of a curate recipe and a synth recipe, none of which was run."""
    write_recipe(tmp_path, name="pages", sources=[WEB, {"use": "sample", "part": "ichikara"}])
    (tmp_path / "recipe.yaml").rename(tmp_path / "pages.yaml")
    tasks = {
        "name": "tasks", "purpose": "publish-data", "date": "2026-11-21", "count": 12,
        "documents": {"run": "runs/pages"}, "methods": [{"use": "rules"}],
    }  # fmt: skip
    (tmp_path / "tasks.yaml").write_text(json.dumps(tasks), encoding="utf-8")
    return mix_recipe(tmp_path, [{"recipe": "pages.yaml"}, {"recipe": "tasks.yaml"}])


def run(*words: str) -> int:
    """Type a command with one worker."""
    return main(["mix", *words, "--workers", "1"])


def said(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


def test_runs_are_made_first_and_found_again(made: Path, tmp_path: Path) -> None:
    """What `llmx curate` left in runs/pages is used; what nobody made is made in the mix."""
    runs = tmp_path / "runs"
    go(tmp_path / "pages.yaml", runs / "pages")
    before = digests(runs / "pages")
    assert go_mix(made, runs / "m")["kept"]["records"] > 12
    assert [p.name for p in (runs / "m" / "runs").iterdir()] == ["tasks"]
    assert digests(runs / "pages") == before
    (runs / "m" / "runs" / "tasks").rename(runs / "tasks")
    first = digests(runs / "m" / "dataset")
    assert go_mix(made, runs / "m")["changed"] is False
    assert not list((runs / "m" / "runs").iterdir()), "runs/tasks is whole and was made again"
    assert digests(runs / "m" / "dataset") == first


def test_a_run_of_another_recipe_is_left_alone(made: Path, tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    go(tmp_path / "pages.yaml", runs / "pages", "date=2020-01-01")
    before = digests(runs / "pages")
    recipe = mix_recipe(tmp_path, [{"recipe": "pages.yaml"}])
    go_mix(recipe, runs / "m")
    assert [p.name for p in (runs / "m" / "runs").iterdir()] == ["pages"]
    assert digests(runs / "pages") == before


def test_what_it_prints(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_run(tmp_path, "one", chats(30, 1))
    recipe = mix_recipe(tmp_path, [{"run": "one", "upsample": 2}], dev={"rows": 3})
    assert run(str(recipe), "--out", str(tmp_path / "m"), "--plan") == 0
    assert "27 records to train on" in capsys.readouterr().out
    assert run(str(recipe), "--out", str(tmp_path / "m")) == 0
    told = capsys.readouterr().out
    assert "3 held out" in told
    assert "licences: ALLOW" in told
    assert run(str(recipe), "--out", str(tmp_path / "m"), "--json") == 0
    found = said(capsys)
    assert found["mix"]["runs"][0]["train"]["records"] == 27
    assert found["mix"]["epoch"]["records"] == 54
    assert found["configs"] == {"instruction": 30}


def test_how_it_ends(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, license in (("nc", "CC-BY-NC-4.0"), ("odd", "LicenseRef-unknown")):
        make_run(tmp_path, name, chats(3, 1, license_declared=license), purpose="research",
                 on_denied="split")  # fmt: skip
    out = str(tmp_path / "m")
    recipe = str(mix_recipe(tmp_path, [{"run": "nc"}], purpose="commercial"))
    assert run(recipe, "--out", out, "--json") == 5
    assert said(capsys)["exit_code"] == 5
    assert run(recipe, "--out", out, "--plan", "--json") == 5
    assert said(capsys)["verdict"] == "DENY"
    assert run(recipe, "--out", out, "--set", "runs[0].weight=2") == 2


def test_preferences_are_published_in_their_shape(tmp_path: Path) -> None:
    """A run of preference pairs becomes a configuration of its own, in TRL's shape too."""
    worse = {"role": "assistant", "content": "わかりません。"}
    rows = [r | {"rejected": [r["messages"][0], worse]} for r in chats(20, 1)]
    source = {"use": "generated", "of": "preference", "path": "rows.jsonl", "name": "pairs"}
    make_run(tmp_path, "pairs", rows, sources=[source])
    recipe = mix_recipe(tmp_path, [{"run": "pairs"}], dev={"rows": 4},
                        output={"shapes": ["dpo"]})  # fmt: skip
    go_mix(recipe, tmp_path / "m")
    assert split(tmp_path / "m", "dev").height == 4
    card = (tmp_path / "m" / "dataset" / "README.md").read_text(encoding="utf-8")
    for name in ("train", "dev"):
        assert (
            tmp_path / "m" / f"dataset/trl/dpo-preference/{name}-00000-of-00001.parquet"
        ).exists()
        assert f"path: trl/dpo-preference/{name}-*.parquet" in card
