"""Select over many shards: same bytes whatever the workers, the order of shards, and kills."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from llmx_data.core.execute import Executor
from llmx_data.core.progress import Talk
from llmx_data.core.store import Shard
from llmx_data.select.quota import Quota
from llmx_data.select.stage import select
from tests.road.help import digests, go, write_recipe

ROOT = Path(__file__).parents[2]
QUOTA: dict[str, Any] = {"cap": {"method": 90, "group": 3}, "count": 150, "prefer": "zlib_ratio"}


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write three files of records of three methods and many small groups."""
    folder, rng = tmp_path_factory.mktemp("select"), random.Random(0)
    sources = []
    for name, size in (("a", 300), ("b", 200), ("c", 1)):
        lines = [
            {"text": f"{name}{i}、" + "".join(rng.choices("あいうえお今日は雨", k=rng.randint(20, 90))),
             "method": rng.choice("xyz"), "group": f"g{rng.randrange(60)}"}
            for i in range(size)
        ]  # fmt: skip
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        (folder / f"{name}.jsonl").write_text(text, encoding="utf-8")
        sources.append(
            {"use": "files", "path": f"{name}.jsonl", "name": name, "license": "CC0-1.0"}
        )
    steps = [{"filter": {"use": "length", "min_chars": 30}}, {"select": QUOTA}, {"pii": {}}]
    return write_recipe(folder, sources=sources, steps=steps)


@pytest.fixture(scope="module")
def finished(recipe: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("finished") / "run"
    assert go(recipe, out)["kept"]["records"] == 150
    return out


def test_the_caps_hold_over_all_shards(finished: Path) -> None:
    metas = pl.read_parquet(finished / "dataset" / "document" / "*.parquet")["meta"]
    for key, most in QUOTA["cap"].items():
        assert max(Counter(metas.str.json_path_match(f"$.{key}")).values()) <= most
    entry = json.loads((finished / "steps" / "02-select.json").read_text())
    gone = {reason: counts["records"] for reason, counts in entry["dropped"].items()}
    assert set(gone) == {"over_cap", "over_count"}
    assert entry["came"]["records"] == 150 + sum(gone.values())
    drops = pl.read_parquet(finished / "drops" / "02-select.parquet")
    assert Counter(drops["reason"]) == gone
    assert len(json.loads((finished / "manifest.json").read_text())["shards"]) == 3


def test_two_workers_give_the_same_bytes(recipe: Path, finished: Path, tmp_path: Path) -> None:
    go(recipe, tmp_path / "run", workers=2)
    for part in ("dataset", "drops", "audit"):
        assert digests(tmp_path / "run" / part) == digests(finished / part)


def test_the_order_of_shards_does_not_matter(finished: Path, tmp_path: Path) -> None:
    known = json.loads((finished / "manifest.json").read_text())["shards"]
    shards = [Shard(**s | {"path": str(finished / s["path"])}) for s in known]
    rows = [np.arange(shard.records) for shard in shards]
    part, talk = Quota.model_validate(QUOTA), Talk(quiet=True)
    kept = []
    with Executor(1) as pool:
        for order in ([0, 1, 2], [2, 1, 0]):
            asked = [shards[i] for i in order], [rows[i] for i in order]
            store = tmp_path / str(order[0])
            found = select(part, "01-select", *asked, store, pool, talk)
            gone = pl.concat([drops for drops, _ in found]).drop("row").sort("id")
            kept.append(gone)
    assert kept[0].equals(kept[1])
    assert kept[0].height == 501 - 150


def test_another_count_measures_nothing_again(recipe: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    go(recipe, out)
    before = digests(out / "store" / "features")
    done = {path.name for path in (out / "store" / "steps").rglob("*.json")}
    assert go(recipe, out, "steps[1].select.count=40")["kept"]["records"] == 40
    assert digests(out / "store" / "features") == before
    assert done < {path.name for path in (out / "store" / "steps").rglob("*.json")}


@pytest.mark.slow
def test_killed_again_and_again(recipe: Path, finished: Path, tmp_path: Path) -> None:
    """The k-th attempt dies at its write number 5 k + 4, which is further on the road each time."""
    torn: list[str] = []
    command = [sys.executable, "-m", "tests.road.killed", str(recipe), str(tmp_path / "run")]
    for attempt in range(40):
        done = subprocess.run(
            [*command, str(5 * attempt + 4)],
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
    assert any("caps.parquet" in line or "drops.parquet" in line for line in torn), torn
    for part in ("dataset", "drops"):
        assert digests(tmp_path / "run" / part) == digests(finished / part)
