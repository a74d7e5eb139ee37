"""The command as a process: quick to start, light to import, quiet when its reader leaves."""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from llmx_data.cli import _parser, main
from llmx_data.core.storage import shipped

HEAVY = ["numba", "polars", "datasets", "torch", "numpy", "pyarrow", "pydantic", "rich", "yaml"]
PROBE = """
import json, sys, time
{what}
found = [name for name in {heavy} if name in sys.modules]
sys.stderr.write(json.dumps({{"cpu": time.process_time(), "heavy": found}}))
"""
HELP = "from llmx_data.cli import main\ntry:\n    main(['--help'])\nexcept SystemExit:\n    pass"


@pytest.mark.parametrize("what", ["import llmx_data", "import llmx_train", HELP])
def test_starting_costs_little_and_loads_nothing_heavy(what: str) -> None:
    code = PROBE.format(what=what, heavy=HEAVY)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    facts = json.loads(done.stderr)
    assert facts["heavy"] == []
    assert facts["cpu"] < 0.5


def commands() -> list[list[str]]:
    """Every command and every action of one, as the parser knows them."""
    found: list[list[str]] = []

    def walk(parser: argparse.ArgumentParser, above: list[str]) -> None:
        for action in parser._actions:
            if isinstance(action, argparse._SubParsersAction):
                for name, below in action.choices.items():
                    found.append([*above, name])
                    walk(below, found[-1])

    walk(_parser(), [])
    return found


COMMANDS = commands()


def test_the_commands_are_there() -> None:
    wanted = {"curate", "audit", "check", "list", "show", "license", "why", "verify", "classifier"}
    assert wanted <= {command[0] for command in COMMANDS}


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_helps(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main([*command, "--help"])
    assert caught.value.code == 0
    page = capsys.readouterr().out
    assert page.startswith(f"usage: llmx {' '.join(command)}")
    assert "--json" in page or "ACTION" in page


WRONG = [
    [],
    ["curat"],
    ["curate"],
    ["curate", "r.yaml", "--workers", "0"],
    ["curate", "r.yaml", "--limit", "few"],
    ["check", "r.yaml", "--plan"],
    ["license", "burn"],
]


@pytest.mark.parametrize("argv", WRONG, ids=" ".join)
def test_a_wrong_command_line_ends_with_2(
    argv: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(argv)
    assert caught.value.code == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("usage: llmx")


ANSWERS = [
    (["list"], "filter"),
    (["show", "filter/length"], "options"),
    (["license", "show", "CC-BY-4.0"], "id"),
    (["license", "list"], "result"),
]


@pytest.mark.parametrize(("argv", "key"), ANSWERS, ids=lambda a: " ".join(a))
def test_json_is_one_object_and_a_page_is_none(
    argv: list[str], key: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*argv, "--json"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert key in json.loads(line)
    assert main(argv) == 0
    page = capsys.readouterr()
    assert len(page.out.splitlines()) > 1
    assert not page.out.startswith(("{", "["))
    assert page.err == ""


def test_a_reader_who_leaves_is_no_error() -> None:
    command = [sys.executable, "-m", "llmx_data.cli", "show", "filter/length"]
    buffered = {k: v for k, v in os.environ.items() if k != "PYTHONUNBUFFERED"}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, env=buffered) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("sent", "workers"), [(signal.SIGINT, "2"), (signal.SIGTERM, "1")], ids=lambda v: str(v)
)
def test_an_interrupted_run_says_so_and_ends_with_130(
    tmp_path: Path, sent: signal.Signals, workers: str
) -> None:
    recipe = str(shipped("recipes") / "curate" / "sample.yaml")
    command = [sys.executable, "-m", "llmx_data.cli", "curate", recipe, "--json"]
    command += ["--out", str(tmp_path / "run"), "--workers", workers]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, text=True, **pipes) as process:  # type: ignore[call-overload]
        assert json.loads(process.stderr.readline())["name"] == "ingest"
        process.send_signal(sent)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert json.loads(out)["exit_code"] == 130
    assert err.splitlines()[-1].startswith("llmx: interrupted; the same command goes on")
    assert "Traceback" not in err
    assert not (tmp_path / "run" / "manifest.json").exists()
