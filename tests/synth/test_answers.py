"""The method `answer`, over a server and by batch file: gate, screening, provenance, rejects."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from llmx_data.cli import main
from tests.road.help import digests, drops

from .server import Reply, says, serving
from .test_batch_file import answered, rows_of, write

GOOD = "図書館では、まず席を選びましょう。窓ぎわは明るく、奥の席は静かです。{}つ目の工夫として、持ち物を少なくすると落ち着きます。"
BAD = {
    3: "在图书馆里安静地度过的方法有很多，首先请选择合适的座位，然后把手机调成静音模式。",
    5: "申し訳ありませんが、そのご依頼にはお答えできません。",
    7: "私はAlibaba Cloudが開発したQwenです。図書館の利用についてお手伝いします。",
    9: "静かに過ごすには席を選びます。" * 12,
}  # fmt: skip


def recipe(folder: Path, generator: dict[str, Any], **changes: Any) -> Path:
    made = {
        "name": "answers", "purpose": "publish-data", "date": "2026-11-21",
        "documents": {"run": "asked"}, "count": 12, "generator": generator,
        "methods": [{"use": "answer"}],
        "screen": [{"filter": {"preset": "synthetic-ja"}}],
    } | changes  # fmt: skip
    path = folder / "answers.yaml"
    path.write_text(json.dumps(made, ensure_ascii=False), encoding="utf-8")
    return path


def served(url: str) -> dict[str, Any]:
    endpoint = {"base_url": url, "served_as": "tiny", "concurrency": 4}
    return {"model": "qwen2.5-32b", "engine": "openai", "endpoint": endpoint}


def number(body: dict[str, Any]) -> int:
    return int(body["messages"][-1]["content"].partition("番目")[0])


def script(body: dict[str, Any], call: int) -> Reply:
    n = number(body)
    if n == 11:
        return {"status": 400}
    return says(BAD.get(n, GOOD.format(n)))


def synth(path: Path, out: Path, *words: str) -> int:
    return main(["synth", str(path), "--out", str(out), "--workers", "1", *words])


def published(run: Path) -> list[dict[str, Any]]:
    files = sorted((run / "dataset").glob("instruction*/train-*.parquet"))
    return pl.concat([pl.read_parquet(f) for f in files]).to_dicts()


def test_over_a_server(folder: Path) -> None:
    with serving(script) as (url, calls):
        assert synth(recipe(folder, served(url)), folder / "run") == 0
        before = sum(calls.by_text.values())
        assert synth(recipe(folder, served(url)), folder / "run") == 0
        assert sum(calls.by_text.values()) == before
    rows = published(folder / "run")
    kept = {int(r["messages"][0]["content"].partition("番目")[0]) for r in rows}
    assert kept == {1, 2, 4, 6, 8, 10, 12}
    assert {d for d in drops(folder / "run")["reason"]} >= {
        "chinese",
        "refusal",
        "assistant_identity",
    }
    for row in rows:
        assert [turn["role"] for turn in row["messages"]] == ["user", "assistant"]
        assert (row["license"], row["generator"]) == ("CC-BY-SA-4.0", "qwen2.5-32b")
        assert (row["adaptation"], len(row["parents"])) == ("merged", 1)
    assert calls.bodies[0]["messages"][0]["role"] == "system"
    assert "11番目" in (folder / "run/store/synth/failed.jsonl").read_text("utf-8")


def test_by_batch_file(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = recipe(folder, {"model": "qwen2.5-32b", "engine": "batch_file"})
    assert synth(path, folder / "batch") == 0
    assert "12 of 12 requests wait" in capsys.readouterr().out
    batch = folder / "batch/store/synth/batch"
    asked = rows_of(batch / "requests.jsonl")
    write(
        batch / "answers-1.jsonl",
        [answered(r, text=GOOD.format(number(r["body"]))) for r in asked[:5]],
    )
    assert synth(path, folder / "batch") == 0
    assert "7 of 12 requests wait" in capsys.readouterr().out
    left = rows_of(batch / "requests.jsonl")
    assert {r["custom_id"] for r in left} == {r["custom_id"] for r in asked[5:]}
    write(
        batch / "answers-2.jsonl", [answered(r, text=GOOD.format(number(r["body"]))) for r in left]
    )
    assert synth(path, folder / "batch") == 0
    assert len(published(folder / "batch")) == 12
    first = digests(folder / "batch" / "dataset")
    assert synth(path, folder / "batch") == 0
    assert digests(folder / "batch" / "dataset") == first


# model, purpose -> exit code, and what is told; nobody is asked anything
GATES = [
    ("llama-3", "publish-model", 5, "LicenseRef-llama-3"),
    ("qwen-chat", "publish-model", 5, "qwen-chat"),
    ("openai-api", "publish-model", 4, "openai"),
]


@pytest.mark.parametrize(("model", "purpose", "code", "told"), GATES)
def test_generators_that_a_public_model_may_not_learn_from(
    folder: Path, capsys: pytest.CaptureFixture[str], model: str, purpose: str, code: int, told: str
) -> None:
    with serving(script) as (url, calls):
        generator = served(url) | {"model": model}
        assert synth(recipe(folder, generator, purpose=purpose), folder / "run") == code
    err = capsys.readouterr().err
    assert told.lower() in err.lower()
    assert "§" in err or "Art." in err
    assert not calls.bodies


def test_a_model_needs_a_method_that_asks_it(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = recipe(folder, {"model": "rules"})
    assert synth(wrong, folder / "run") == 2
    assert "needs a language model" in capsys.readouterr().err
    wrong = recipe(folder, {"model": "qwen2.5-32b", "engine": "openai"})
    assert synth(wrong, folder / "run") == 2
    assert "needs endpoint" in capsys.readouterr().err
