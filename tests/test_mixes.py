"""`llmx audit` without data: mixes of names, and cases from a file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from llmx_data.cli import main

CASE = """\
- id: T31
  act: release_weights
  mode: unified
  inputs:
    - {model: llm-jp-3-13b, role: base}
    - {license: CC-BY-SA-4.0, role: train, adaptation: verbatim}
    - {model: gemma-2-27b-it, role: generator, accepted_by: self, channel: weights}
  actor: {kind: company, jurisdiction: JP, training_location: JP, mau: 0}
  request: {license: null, name: my-model-ja}
  expect:
    strict: {verdict: DENY}
    standard: {verdict: ALLOW_WITH, disputed: true}
    permissive_jp: {verdict: ALLOW_WITH}
"""


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANG", "C")


def ask(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = main(["audit", *words])
    printed = capsys.readouterr()
    return code, printed.out, printed.err


MIXES = [
    (["llm-jp-3-13b", "train:CC-BY-SA-4.0"], 0, "-> Apache-2.0"),
    (["llm-jp-3-13b", "CC-BY-NC-4.0", "--purpose", "commercial"], 5, "DENY  CC-BY-NC-4.0 train"),
    (["content:CC-BY-4.0", "--purpose", "publish-data"], 0, "-> CC-BY-4.0"),
    (["base:gemma-2-9b", "ichikara-instruction", "--policy", "strict"], 5, "DENY"),
    (["base:llama-3.1-8b", "generator:llama-2"], 5, "LicenseRef-llama-2"),
    (["base:gemma-2-9b", "--purpose", "competition-llm-2024"], 0, "ALLOW_WITH  gemma-2-9b base"),
    (["base:qwen2.5-32b", "--purpose", "competition-llm-2024"], 5,
     "do not admit qwen2.5-32b in this role (asked; admitted: base; generator, translator)"),
    (["generator:qwen2.5-32b", "--purpose", "competition-llm-2024"], 0, "ALLOW"),
    (["base:mistral-7b", "--purpose", "competition-llm-2024"], 5, "admitted: base; -)"),
    (["base:llm-jp-3-13b", "--lang", "ja"], 0, "重みの公開"),
    (["base:llm-jp-3-13b", "train:CC-BY-NC-SA-4.0"], 0, "-> Apache-2.0 (non-commercial use only)"),
    (["base:llm-jp-3-13b", "train:CC-BY-NC-4.0", "--purpose", "commercial"], 5,
     "smallest fix: leave out CC-BY-NC-4.0; the rest is ALLOW"),
    (["base:llm-jp-3-13b", "train:CC-BY-NC-4.0", "--purpose", "commercial", "--lang", "ja"], 5,
     "最小の対処: CC-BY-NC-4.0 を外す"),
    (["base:qwen2.5-3b", "--purpose", "commercial"], 5, "smallest fix: none, the models themselves"),
    (["base:llm-jp-3-13b", "train:CC-BY-NC-4.0", "--purpose", "commercial",
      "--what-if", "drop:CC-BY-NC-4.0"], 0, "ALLOW"),
    (["base:llm-jp-3-13b", "train:magpie-sft-v1.0", "--purpose", "competition-llm-2024"], 4,
     "do not admit calm3-22b in this role"),
]  # fmt: skip


@pytest.mark.parametrize(("words", "code", "shown"), MIXES, ids=[" ".join(w) for w, _, _ in MIXES])
def test_mix(capsys: pytest.CaptureFixture[str], words: list[str], code: int, shown: str) -> None:
    found, out, _ = ask(capsys, *words)
    assert found == code
    assert shown in out


def test_mix_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = ask(capsys, "llm-jp-3-13b", "train:CC-BY-SA-4.0", "--json")
    facts = json.loads(out)
    assert (code, facts["result"]) == (0, "ALLOW_WITH")
    assert [a["act"] for a in facts["acts"]] == ["train_internal", "release_weights"]


MISTAKES = [
    (["teacher:gpt-4", "base:gemma-2-9b"], "'teacher' is no role"),
    (["train:no-such-set"], "no model, data set or licence"),
    (["base:gemma-2", "--what-if", "drop:gemma-3"], "not in the mix"),
    (["train:tengentoppa"], "did you mean 'Tengentoppa-sft-v1.0'"),
    ([], "audit what?"),
]


@pytest.mark.parametrize(("words", "problem"), MISTAKES)
def test_mistakes(capsys: pytest.CaptureFixture[str], words: list[str], problem: str) -> None:
    code, _, err = ask(capsys, *words)
    assert code == 2
    assert problem in err


def test_a_case_file(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "case.yaml"
    path.write_text(CASE, encoding="utf-8")
    code, out, _ = ask(capsys, "--case", str(path))
    assert code == 0
    assert "T31: strict DENY, standard ALLOW_WITH, permissive_jp ALLOW_WITH" in out
    code, out, _ = ask(capsys, "--case", str(path), "--json")
    (case,) = json.loads(out)["cases"]
    assert case["id"] == "T31"
    for answer in case["policies"].values():
        assert {"verdict", "outgoing", "obligations", "disputed", "reasons"} <= set(answer)
    path.write_text(CASE.replace("{verdict: DENY}", "{verdict: ALLOW}"), encoding="utf-8")
    code, out, _ = ask(capsys, "--case", str(path))
    assert code == 3
    assert "not as expected: strict: DENY, not ALLOW" in out
