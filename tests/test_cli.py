"""The door: exit codes, what stands on stdout and stderr, and what is not imported."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from llmx_data import road
from llmx_data.cli import main
from llmx_data.core.run import Run

TEXT = "東京都では昨日、新しい図書館が開館した。初日から多くの人が訪れ、本を借りていった。"
ROWS = [json.dumps({"text": f"{TEXT}{n}"}, ensure_ascii=False) for n in range(4)]
RECIPE = """\
name: small
purpose: {purpose}
on_bad_row: {bad}
sources:
  - {{use: files, path: {file}{license}}}
steps:
  - filter: {{use: length, min_chars: 10}}
"""

Write = Callable[..., list[str]]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Write a recipe and its input; give the arguments that run it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "good.jsonl").write_text("\n".join(ROWS), encoding="utf-8")
    (tmp_path / "bad.jsonl").write_text("\n".join([*ROWS, '{"text": ']), encoding="utf-8")

    def written(command: str = "curate", **changed: str) -> list[str]:
        values = {"purpose": "publish-data", "bad": "quarantine", "file": "good.jsonl"}
        text = RECIPE.format(**(values | {"license": ", license: CC0-1.0"} | changed))
        (tmp_path / "small.yaml").write_text(text, encoding="utf-8")
        some = [] if command == "check" else ["--workers", "1"]
        return [command, str(tmp_path / "small.yaml"), *some]

    return written


def failing(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Let the road fail once the run is begun."""

    def harvest(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(road, "harvest", harvest)


NO_LICENCE = {"license": ""}
TRAIN = {"license": "", "purpose": "{act: [train_internal]}"}
DISK = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "store/x.bin")

CODES: list[tuple[int, dict[str, str], BaseException | None, str]] = [
    (0, {}, None, ""),
    (0, {"file": "bad.jsonl"}, None, ""),
    (1, {}, ZeroDivisionError("a slip"), "ZeroDivisionError: a slip\n    a bug in llmx"),
    (2, {"purpose": "publish-date"}, None, "did you mean 'publish-data'?"),
    (2, {"file": "gone.jsonl"}, None, "no file matches gone.jsonl"),
    (3, {"file": "bad.jsonl", "bad": "stop"}, None, "bad.jsonl:5"),
    (4, TRAIN, None, "good"),
    (5, NO_LICENCE, None, "good"),
    (6, {}, DISK, "store/x.bin: no space left on the device\n    free some space"),
    (130, {}, KeyboardInterrupt(), "interrupted; the same command goes on"),
]


@pytest.mark.parametrize(("code", "changed", "error", "said"), CODES)
def test_exit_codes(
    write: Write,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    code: int,
    changed: dict[str, str],
    error: BaseException | None,
    said: str,
) -> None:
    if error is not None:
        failing(monkeypatch, error)
    argv = write(**changed)
    assert main(argv) == code
    plain = capsys.readouterr()
    assert said in plain.err
    assert ("kept 4 records" in plain.out) == (code == 0)
    assert main([*argv, "--json"]) == code
    told = capsys.readouterr()
    (line,) = told.out.splitlines()
    facts = json.loads(line)
    assert facts.get("exit_code", 0) == code
    assert said in facts.get("error", "")
    events = [line for line in told.err.splitlines() if line.startswith("{")]
    assert all("event" in json.loads(line) for line in events)


def test_a_bug_saves_its_traceback_in_the_run(
    write: Write, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    failing(monkeypatch, ZeroDivisionError("a slip"))
    assert main([*write(), "--out", "out"]) == 1
    text = Path("out/traceback.txt").read_text(encoding="utf-8")
    assert text.startswith("Traceback (most recent call last)")
    assert text.rstrip().endswith("ZeroDivisionError: a slip")
    assert "test_cli.py" in text
    assert "please report it with out/traceback.txt" in capsys.readouterr().err


def test_all_mistakes_stand_in_the_json(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    argv = write("check", purpose="publish-date", license=", license: CC-BY-4")
    assert main([*argv, "--json"]) == 2
    found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)["mistakes"]
    assert [Path(m["where"]).name for m in found] == ["small.yaml:2", "small.yaml:5"]
    assert [m["place"] for m in found] == ["purpose", "sources[0].license"]
    assert all(m["problem"] and m["remedy"] for m in found)


def test_a_second_process_in_a_run_is_told_so(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    argv = write()
    with Run(Path("runs/small")).locked():
        assert main(argv) == 6
    assert "another llmx process works in this run" in capsys.readouterr().err


def test_a_changed_data_set_does_not_verify(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(write()) == 0
    capsys.readouterr()
    assert main(["verify", "runs/small", "--json"]) == 0
    assert "4 records hold" in json.loads(capsys.readouterr().out)["result"]
    Path("runs/small/dataset/README.md").write_text("mine", encoding="utf-8")
    assert main(["verify", "runs/small"]) == 3
    assert "dataset/README.md: content changed" in capsys.readouterr().err


def test_options_reach_the_road(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    more = ["--out", "elsewhere", "--limit", "2", "--set", "name=other", "--json"]
    assert main([*write(), *more]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["name"], facts["kept"]["records"], facts["run"]) == ("other", 2, "elsewhere")
    assert Path("elsewhere/dataset").is_dir()
    assert not Path("runs").exists()


def test_plan_and_check_do_no_work(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*write(), "--plan"]) == 0
    plan = capsys.readouterr().out
    assert main(write("check")) == 0
    assert capsys.readouterr().out == plan
    assert plan.rstrip().endswith("small.yaml: no mistakes")
    assert sorted(p.name for p in Path().iterdir()) == ["bad.jsonl", "good.jsonl", "small.yaml"]


def test_audit_judges_and_publishes_nothing(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*write("audit"), "--json"]) == 0
    json.loads(capsys.readouterr().out)
    assert Path("runs/small/audit/audit.json").is_file()
    assert not Path("runs/small/dataset").exists()


NOTHING = [
    ("", "no source gave a record\n    none: 0 rows, 0 of them unreadable"),
    ('{"text"\n{"text": \n', "none: 2 rows, 2 of them unreadable; the first: "),
]


@pytest.mark.parametrize(("content", "said"), NOTHING)
def test_nothing_to_read(
    write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str, said: str
) -> None:
    (tmp_path / "none.jsonl").write_text(content, encoding="utf-8")
    assert main(write(file="none.jsonl")) == 3
    assert said in capsys.readouterr().err
