"""A run directory: one process at a time, a clock, and nothing half-written."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from llmx_data.core.errors import DataError, EnvironmentTrouble, RecipeError
from llmx_data.core.run import Run, open_run, peak_mb
from llmx_data.core.storage import read_json, write_json

HOLD = """
import sys
import time
from pathlib import Path
from llmx_data.core.run import Run
with Run(Path(sys.argv[1])).locked():
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_process_is_kept_out_until_the_first_is_gone(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(tmp_path / "run")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        with (
            pytest.raises(EnvironmentTrouble, match=r"another llmx process.*\n.*--out"),
            Run(tmp_path / "run").locked(),
        ):
            pytest.fail("two processes in one run")
        other.kill()
    with Run(tmp_path / "run").locked():
        pass


def test_the_lock_is_free_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="torn"), Run(tmp_path).locked():
        raise ValueError("torn")
    with Run(tmp_path).locked():
        pass


def test_what_a_killed_process_left_is_cleared(tmp_path: Path) -> None:
    half = tmp_path / "run" / "store" / ".a.parquet.7.part"
    half.parent.mkdir(parents=True)
    half.write_text("half")
    with Run(tmp_path / "run").locked():
        assert not half.exists()


def test_a_run_cannot_stand_where_a_file_is(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("a file")
    with (
        pytest.raises(EnvironmentTrouble, match=r"run: a file stands where a folder is wanted"),
        Run(tmp_path / "run").locked(),
    ):
        pytest.fail("locked a file")


def test_the_clock_adds_up_and_counts_failed_work_too(tmp_path: Path) -> None:
    run = Run(tmp_path)
    for _ in range(2):
        with run.timed("filter"):
            time.sleep(0.02)
    first = run.timings["filter"]["seconds"]
    with pytest.raises(ValueError, match="torn"), run.timed("publish"):
        raise ValueError("torn")
    run.save_timings()
    saved = read_json(tmp_path / "run.json")
    assert sorted(saved["timings"]) == ["filter", "publish"]
    assert saved["timings"]["filter"]["seconds"] == first >= 0.04
    assert 10 < saved["peak_mb"] == pytest.approx(peak_mb(), rel=0.5)


def test_folders_of_a_run(tmp_path: Path) -> None:
    assert Run(tmp_path).store == tmp_path / "store"
    assert Run(tmp_path).features.folder == tmp_path / "store" / "features"


def test_opening_a_run_tells_shards_from_where_it_lies_now(tmp_path: Path) -> None:
    write_json(tmp_path / "manifest.json", {"shards": [{"path": "store/a.parquet"}], "key": "k"})
    run, manifest = open_run(tmp_path)
    assert run.path == tmp_path
    assert manifest["shards"][0]["path"] == str(tmp_path / "store" / "a.parquet")


def test_what_is_no_finished_run(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"not a finished run \(no manifest\.json\)"):
        open_run(tmp_path)
    (tmp_path / "manifest.json").write_text('{"shards": [')
    with pytest.raises(DataError, match=r"manifest\.json: not readable as JSON"):
        open_run(tmp_path)
