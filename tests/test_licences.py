"""`llmx license`: what it shows, lists, compares, combines, names and lints."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from llmx_data.cli import main


def ask(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = main(["license", *words])
    printed = capsys.readouterr()
    return code, printed.out, printed.err


SHOWN = [
    (["show", "cc-by-sa-4.0"], 0, 'id: "CC-BY-SA-4.0"'),
    (["show", "gemma-2"], 0, "LicenseRef-gemma-2024-04-01"),
    (["show", "ichikara-instruction"], 0, 'id: "ichikara-instruction"'),
    (["list"], 0, "CC-BY-SA-4.0\n"),
    (["list", "models"], 0, "gemma-2\n"),
    (["list", "datasets"], 0, "ichikara-instruction\n"),
    (["diff", "CC-BY-SA-3.0", "CC-BY-SA-4.0"], 0, "share_alike: CC-BY-SA-3.0, CC-BY-SA-4.0 [§4(b)]"),
    (["diff", "MIT", "mit"], 0, "no difference"),
    (["combine", "CC-BY-SA-3.0", "CC-BY-SA-4.0"], 0, "-> CC-BY-SA-4.0"),
    (["combine", "CC-BY-SA-4.0", "CC-BY-NC-SA-4.0"], 5, "DENY"),
    (["combine", "CC-BY-SA-4.0", "CC-BY-NC-SA-4.0", "--mode", "collection"], 0,
     "-> CC-BY-NC-SA-4.0, CC-BY-SA-4.0 (non-commercial use only; per record)"),
    (["combine", "MIT", "--lang", "ja"], 0, "加工・収録したデータセットの公開"),
    (["check-name", "Llama-3-ja", "llama-3.1-8b"], 0, "show 'Built with Llama'"),
    (["check-name", "My-Model", "llama-3.1-8b"], 5, "must begin with 'Llama'"),
    (["check-name", "lab/My-Model", "llama-3.1-8b"], 5, "a name that fits: lab/Llama-My-Model"),
    (["check-name", "My-Model", "hyperclovax-seed", "llama-3.3"], 5, "no name fits"),
    (["check-name", "Mine", "llama-3", "llama-3.3"], 5, "a name that fits: Llama-3-Mine"),
    (["lint", "Tengentoppa-sft-v1.0"], 3, "Tengentoppa-sft-v1.0: "),
    (["lint", "ichikara-instruction"], 0, "0 problems"),
]  # fmt: skip


@pytest.mark.parametrize(("words", "code", "shown"), SHOWN, ids=[" ".join(w) for w, _, _ in SHOWN])
def test_shown(capsys: pytest.CaptureFixture[str], words: list[str], code: int, shown: str) -> None:
    found, out, _ = ask(capsys, *words)
    assert found == code
    assert shown in out


@pytest.mark.parametrize("words", [w for w, _, _ in SHOWN], ids=[" ".join(w) for w, _, _ in SHOWN])
def test_json_is_one_value(capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    assert json.loads(ask(capsys, *words, "--json")[1]) is not None


MISTAKES = [
    (["show", "CC-BY-SA-9"], "no facts about 'CC-BY-SA-9'", "did you mean 'CC-BY-SA"),
    (["diff", "MIT", "MITT"], "no facts about 'MITT'", "llmx license list"),
    (["lint", "no-such-thing"], "neither a file nor a data set", ""),
    (["combine", "not a licence ("], "not a licence (", ""),
]


@pytest.mark.parametrize(("words", "problem", "remedy"), MISTAKES)
def test_mistakes(
    capsys: pytest.CaptureFixture[str], words: list[str], problem: str, remedy: str
) -> None:
    code, _, err = ask(capsys, *words)
    assert code == 2
    assert problem in err
    assert remedy in err


def test_declarations_in_a_file(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "declared.jsonl"
    row = {"name": "owner/set", "tag": "mit", "files": {"LICENSE": "CC-BY-NC-4.0"}}
    path.write_text(json.dumps(row) + "\n" + json.dumps({"nam": "x"}) + "\n")
    code, _, err = ask(capsys, "lint", str(path))
    assert code == 3
    assert "declared.jsonl:" in err
