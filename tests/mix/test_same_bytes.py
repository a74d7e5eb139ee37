"""The same mix gives the same bytes: whatever the workers, the place, and however often killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import llmx_data.publish.mixture as mixture
from tests.mix.help import chats, go_mix, make_run, mix_recipe, split
from tests.road.help import digests

ROOT = Path(__file__).parents[2]
PARTS = ("dataset", "drops")


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("two")
    make_run(folder, "one", chats(90, 1))
    make_run(folder, "two", [r | {"license_declared": "CC-BY-4.0"} for r in chats(60, 2)])
    runs = [{"run": "one", "weight": 0.5}, {"run": "two", "weight": 0.5, "upsample": 2}]
    return mix_recipe(folder, runs, budget={"chars": 8000}, dev={"share": 0.2})


@pytest.fixture(scope="module")
def plain(recipe: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Mix once, by one worker, undisturbed."""
    out = tmp_path_factory.mktemp("plain") / "m"
    go_mix(recipe, out)
    return out


@pytest.mark.slow
def test_two_workers(recipe: Path, plain: Path, tmp_path: Path) -> None:
    go_mix(recipe, tmp_path / "other", workers=2)
    for part in PARTS:
        assert digests(tmp_path / "other" / part) == digests(plain / part)


@pytest.mark.slow
def test_killed_again_and_again(recipe: Path, plain: Path, tmp_path: Path) -> None:
    """The k-th attempt dies at its write number 3 k + 1, which is further on the road each time."""
    torn: list[str] = []
    command = [sys.executable, "-m", "tests.mix.killed", str(recipe), str(tmp_path / "m")]
    for attempt in range(30):
        done = subprocess.run(
            [*command, str(3 * attempt + 1)],
            cwd=ROOT,
            env=os.environ | {"OMP_NUM_THREADS": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode == 0:
            break
        assert done.returncode == -signal.SIGKILL, done.stderr
        torn.append(done.stderr.strip().splitlines()[-1])
    assert done.returncode == 0
    assert len(set(torn)) > 3
    for part in PARTS:
        assert digests(tmp_path / "m" / part) == digests(plain / part)


def test_parts_of_the_order_make_the_whole(
    recipe: Path, plain: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is brought into order a few records at a time is in the same order."""
    monkeypatch.setattr(mixture, "PART_CHARS", 500)
    go_mix(recipe, tmp_path / "m")
    assert digests(tmp_path / "m" / "dataset") == digests(plain / "dataset")
    assert split(plain, "train").height > 30


def test_nothing_to_do(recipe: Path, plain: Path) -> None:
    before = digests(plain / "dataset")
    assert go_mix(recipe, plain)["changed"] is False
    assert digests(plain / "dataset") == before


def test_another_budget_measures_nothing_again(recipe: Path, plain: Path, tmp_path: Path) -> None:
    go_mix(recipe, tmp_path / "m")
    features = digests(tmp_path / "m" / "store" / "features")
    records = digests(tmp_path / "m" / "store" / "records")
    summary = go_mix(recipe, tmp_path / "m", sets=["budget.chars=2000"])
    assert summary["mix"]["epoch"]["chars"] <= 2000
    assert digests(tmp_path / "m" / "store" / "features") == features
    assert digests(tmp_path / "m" / "store" / "records") == records
