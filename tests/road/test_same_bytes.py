"""Same recipe and inputs, same bytes: whatever the workers, and however often it was killed."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from llmx_data.core.run import Run
from tests.road.help import SAMPLE, digests, go, write_recipe

ROOT = Path(__file__).parents[2]
ENDS = ["を見た。", "へ行った。", "が好きだ。", "について書いた。", "を直した。", "で待った。"]


def text(rng: random.Random) -> str:
    """Sentences about nothing: random kanji and the same few endings."""
    kanji = "".join(chr(0x4E00 + rng.randrange(4000)) for _ in range(700))
    return "".join(kanji[i : i + 2] + rng.choice(ENDS) for i in range(0, rng.randint(400, 700), 2))


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a file of several blocks, with copies far apart from each other."""
    folder = tmp_path_factory.mktemp("blocks")
    rng = random.Random(0)
    texts: list[str] = []
    for i in range(8_000):
        texts.append(rng.choice(texts) if i % 10 == 9 else text(rng))
    lines = (json.dumps({"text": t}, ensure_ascii=False) for t in texts)
    (folder / "many.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    source = {"use": "files", "path": "many.jsonl", "license": "CC0-1.0"}
    steps = [
        {"filter": {"use": "length", "min_chars": 1500}},
        {"dedup": ["exact", {"use": "minhash"}]},
        {"filter": {"use": "characters", "max_latin_share": 0.1}},
    ]
    return write_recipe(folder, sources=[source], steps=steps)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["sample", "blocks"])
def test_one_and_two_workers(name: str, recipe: Path, tmp_path: Path) -> None:
    path = SAMPLE if name == "sample" else recipe
    for workers in (1, 2):
        summary = go(path, tmp_path / str(workers), workers=workers)
        assert summary["kept"]["records"] > 100
    for part in ("dataset", "drops", "audit", "steps"):
        left, right = (digests(tmp_path / str(n) / part) for n in (1, 2))
        if part == "steps":  # ledgers hold CPU seconds
            left, right = (dict.fromkeys(names, "") for names in (left, right))
        assert left == right
    if name == "blocks":
        shards = json.loads((tmp_path / "2" / "manifest.json").read_text())["shards"]
        assert len(shards) > 1


@pytest.mark.slow
def test_killed_again_and_again(sample_run: Path, tmp_path: Path) -> None:
    """The k-th attempt dies at its write number 4 k + 5, which is further on the road each time."""
    torn: list[str] = []
    command = [sys.executable, "-m", "tests.road.killed", str(SAMPLE), str(tmp_path / "run")]
    for attempt in range(40):
        done = subprocess.run(
            [*command, str(4 * attempt + 5)],
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
    assert len(torn) >= 5
    assert len(set(torn)) > 3
    assert digests(tmp_path / "run" / "dataset") == digests(sample_run / "dataset")
    assert digests(tmp_path / "run" / "drops") == digests(sample_run / "drops")
    assert not list((tmp_path / "run").rglob(".*.tmp*"))


@pytest.mark.slow
@pytest.mark.parametrize("last", ["manifest.json", "report.html", "98-audit.parquet", "run.json"])
def test_a_run_without_its_last_files_is_finished(
    sample_run: Path, tmp_path: Path, last: str
) -> None:
    out = tmp_path / "run"
    go(SAMPLE, out)
    next(out.rglob(last)).unlink()
    (out / "manifest.json").unlink(missing_ok=True)
    assert go(SAMPLE, out)["changed"] is True
    assert digests(out / "dataset") == digests(sample_run / "dataset")
    assert next(out.rglob(last)).is_file()


def test_two_processes_do_not_share_a_run(tmp_path: Path) -> None:
    with Run(tmp_path).locked(), pytest.raises(Exception, match="another llmx process"):
        go(SAMPLE, tmp_path)
