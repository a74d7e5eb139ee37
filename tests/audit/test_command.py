"""`llmx audit`: what it judges, what it prints, how it ends."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from llmx_data.cli import main
from tests.road.help import go, write_recipe, write_rows


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LANG", "C")
    for name, license in (("nc", "CC-BY-NC-4.0"), ("by", "CC-BY-4.0"), ("free", "CC0-1.0")):
        source = write_rows(tmp_path / f"{name}.jsonl", [f"{name}の文章{n}。" for n in range(3)])
        SOURCES[name] = source | {"license": license}
    return tmp_path


SOURCES: dict[str, dict[str, Any]] = {}


def ask(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = main(["audit", *words])
    printed = capsys.readouterr()
    return code, printed.out, printed.err


CASES: list[tuple[str, list[str], list[str], int, str]] = [
    ("fine", ["by", "free"], [], 0, "ALLOW_WITH"),
    ("no commercial use of one source", ["nc", "by"], ["--purpose", "commercial"], 5, "DENY nc"),
    ("the smallest fix", ["nc", "by", "free"], ["--purpose", "commercial"], 5,
     "smallest fix: leave out nc (21 / 69 chars); the rest is ALLOW"),
    ("nothing is left", ["nc"], ["--purpose", "commercial"], 5,
     "no source may be used for this purpose: nc"),
    ("in Japanese", ["nc", "by"], ["--purpose", "commercial", "--lang", "ja"], 5,
     "最小の対処: nc を外す（21 / 42 文字）。残りは ALLOW"),
    ("without it", ["nc", "by"], ["--purpose", "commercial", "--what-if", "drop:nc"], 0, "by"),
    ("an act alone", ["nc"], ["--act", "annotate_only"], 0, "annotate_only"),
    ("a company asks", ["nc"], ["--act", "train_internal", "--actor", "kind=company"], 4, "REVIEW"),
    ("only denials fail", ["nc"], ["--act", "train_internal", "--actor", "kind=company",
                                   "--fail-on", "deny"], 0, "REVIEW"),
    ("duties in Japanese", ["by"], ["--lang", "ja"], 0, "守ること"),
    ("every reason", ["free"], ["--explain"], 0, "[permitted, CC0-1.0"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("names", "words", "code", "shown"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_recipe(
    folder: Path, capsys: pytest.CaptureFixture[str], names: list[str], words: list[str], code: int,
    shown: str,
) -> None:  # fmt: skip
    path = write_recipe(folder, sources=[SOURCES[n] for n in names])
    found, out, _ = ask(capsys, str(path), *words)
    assert found == code
    assert shown in out
    assert not (folder / "runs" / "r" / "dataset").exists()
    assert "legal advice" in out or "法的助言" in out


def test_a_denial_names_source_clause_and_licence(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_recipe(folder, sources=[SOURCES["nc"], SOURCES["free"]])
    _, out, _ = ask(capsys, str(path), "--purpose", "commercial")
    why = out.partition("Why")[2]
    assert "nc: " in why
    assert "CC-BY-NC-4.0 §" in why


def test_json_is_one_object(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_recipe(folder, sources=[SOURCES["nc"], SOURCES["by"]])
    code, out, _ = ask(capsys, str(path), "--json", "--purpose", "commercial")
    facts = json.loads(out)
    assert (code, facts["result"], len(facts["groups"])) == (5, "DENY", 2)


def test_a_finished_run(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_recipe(folder, sources=[SOURCES["by"], SOURCES["free"]])
    go(path, folder / "run")
    code, out, _ = ask(capsys, "run")
    assert code == 0
    assert "no verdict changed" in out
    code, out, _ = ask(capsys, "run", "--act", "commercial_service", "--what-if", "drop:by")
    assert "not asked ->" in out
    assert "CC-BY-4.0" not in out.partition("\n\n")[2]


MISTAKES = [
    (["--what-if", "nc"], "wanted drop:SOURCE"),
    (["--what-if", "drop:nd"], "did you mean 'nc'"),
    (["--purpose", "comercial"], "did you mean 'commercial'"),
    (["--policy", "loose"], "unknown policy 'loose'"),
    (["--actor", "company"], "wanted NAME=VALUE"),
    (["--act", "sell"], "act"),
]


@pytest.mark.parametrize(("words", "problem"), MISTAKES)
def test_mistakes(
    folder: Path, capsys: pytest.CaptureFixture[str], words: list[str], problem: str
) -> None:
    path = write_recipe(folder, sources=[SOURCES["nc"]])
    code, _, err = ask(capsys, str(path), *words)
    assert code == 2
    assert problem in err


def test_no_colour_away_from_terminals(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_recipe(folder, sources=[SOURCES["by"]])
    assert "\x1b[" not in ask(capsys, str(path))[1]
