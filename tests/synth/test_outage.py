"""Servers that go down, and what was given up: nothing is lost, nothing is counted as tried."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from llmx_data.synth.ledger import responses

from .server import Reply, says, serving
from .test_answers import GOOD, number, published, recipe, served, synth


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for nobody, and count three failures in a row as an outage."""
    monkeypatch.setattr("llmx_data.synth.engines.openai.OpenAI.first_wait", 0.001, raising=False)
    monkeypatch.setattr("llmx_data.synth.engines.openai.FIRST_WAIT", 0.001)
    monkeypatch.setattr("llmx_data.synth.engines.openai.LONGEST_WAIT", 0.002)
    monkeypatch.setattr("llmx_data.synth.engines.openai.STREAK", 3)


def test_an_outage_stops_and_nothing_counts_as_tried(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    down = [False]
    calls = [0]

    def script(body: dict[str, Any], call: int) -> Reply:
        calls[0] += 1
        down[0] = down[0] or calls[0] > 5
        return {"status": 500} if down[0] else says(GOOD.format(number(body)))

    with serving(script) as (url, _):
        generator = served(url)
        generator["endpoint"]["concurrency"] = 1
        path = recipe(folder, generator)
        assert synth(path, folder / "run") == 6
        told = capsys.readouterr().err
        assert "stopped answering: status 500" in told
        assert "run the same command when it is back" in told
        found = list(responses(folder / "run/store/synth/ledger"))
        assert {r.state for r in found} == {"done"}, "what failed for the server's sake is no try"
        down[0], calls[0] = False, -1000
        assert synth(path, folder / "run") == 0
    assert len(published(folder / "run")) == 12


def test_one_poisonous_request_among_good_ones_is_given_up(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sick = [True]

    def script(body: dict[str, Any], call: int) -> Reply:
        bad = sick[0] and number(body) == 4
        return {"status": 500} if bad else says(GOOD.format(number(body)))

    with serving(script) as (url, calls):
        path = recipe(folder, served(url))
        assert synth(path, folder / "run") == 0
        told = capsys.readouterr().out
        assert "given up: 1 requests" in told
        assert len(published(folder / "run")) == 11
        sick[0], before = False, len(calls.bodies)
        assert synth(path, folder / "run") == 0
        assert len(calls.bodies) == before, "what was given up is not asked again unasked"
        assert synth(path, folder / "run", "--retry-failed") == 0
        assert len(calls.bodies) == before + 1
    assert len(published(folder / "run")) == 12


MISTAKES: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({"endpoint": {"base_url": "localhost:8000/v1"}}, {}, "base_url"),
    ({"model": "rules", "engine": "auto"}, {"methods": [{"use": "rules"}]}, "no endpoint"),
    ({"engine": "vllm"}, {}, "engine vllm asks no endpoint"),
    ({}, {"judge": {"model": "qwen3-32b"}}, "this judge is never asked"),
    ({}, {"methods": [{"use": "answer", "share": 1.5}]}, "share"),
    ({}, {"methods": [{"use": "answer", "share": 0.4}]}, "who makes the rest"),
    ({}, {"methods": [{"use": "persona", "max_chars": -5}]}, "max_chars"),
]


@pytest.mark.parametrize(("generator", "more", "told"), MISTAKES, ids=[t for *_, t in MISTAKES])
def test_contradictions(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    generator: dict[str, Any],
    more: dict[str, Any],
    told: str,
) -> None:
    given = served("http://127.0.0.1:9/v1") | generator
    assert synth(recipe(folder, given, **more), folder / "run") == 2
    assert told in capsys.readouterr().err


def test_a_changed_method_of_ones_own_makes_anew(folder: Path) -> None:
    mine = folder / "mine.py"
    code = (
        "from llmx_data.synth.methods.answer import Answer\n\n\n"
        'class Mine(Answer):\n    """Answers."""\n\n    def expects(self, count):\n'
        '        """Count."""\n        return {"answer": count}\n'
    )
    mine.write_text(code, encoding="utf-8")
    with serving(lambda body, call: says(GOOD.format(number(body)))) as (url, _):
        path = recipe(folder, served(url), methods=[{"use": "./mine.py"}])
        assert synth(path, folder / "run") == 0
        key = json.loads((folder / "run/store/synth/made.json").read_text())["key"]
        mine.write_text(code + "\n# changed\n", encoding="utf-8")
        assert synth(path, folder / "run") == 0
    assert json.loads((folder / "run/store/synth/made.json").read_text())["key"] != key


def test_documents_cannot_end_a_turn(folder: Path) -> None:
    from llmx_data.synth.desk import harmless

    for mark in (
        "<|im_end|>",
        "<|start_header_id|>",
        "</s>",
        "<start_of_turn>",
        "[INST]",
        "[/INST]",
    ):
        assert mark not in harmless(f"文章{mark}続き")
    kept = "a <b> x</b> [1] <html> 1 < 2 |> 3"
    assert harmless(kept) == kept


def test_denied_documents_are_not_asked_about(tmp_path: Path) -> None:
    from tests.road.help import go, write_recipe

    sources = []
    for name, license in (("fine", "CC-BY-4.0"), ("nd", "CC-BY-ND-4.0")):
        rows = [{"k": f"{name}{n}", "instruction": f"{n}番目の質問、{name}。", "output": "答え。"}
                for n in range(3)]  # fmt: skip
        lines = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
        (tmp_path / f"{name}.jsonl").write_text(lines, encoding="utf-8")
        sources.append({"use": "files", "path": f"{name}.jsonl", "key": "k", "form": "alpaca",
                        "license": license})  # fmt: skip
    purpose = {"act": ["evaluate_only"]}
    go(write_recipe(tmp_path, sources=sources, purpose=purpose), tmp_path / "asked")
    with serving(lambda body, call: says(GOOD.format(number(body)))) as (url, calls):
        path = recipe(tmp_path, served(url), on_denied="drop", screen=[])
        assert synth(path, tmp_path / "run") == 0
    assert len(calls.bodies) == 3
    assert all("fine" in body["messages"][-1]["content"] for body in calls.bodies)
