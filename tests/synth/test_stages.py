"""Methods in several rounds over a server, to published data: kinds, licences, resume, judge."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

import polars as pl
import pytest

from tests.road.help import digests

from .server import Reply, says, serving
from .test_answers import recipe, served, synth

KANA = "あいうえおかきくけこさしすせそたちつてとなにぬねのはひふへほまみむめもやゆよらりるれろわ"
GOOD = "{}ですね。まず、必要なものを紙に書き出しましょう。次に、期限の早いものから順に片づけます。"


def nonsense(seed: int) -> str:
    """Make thirty characters that resemble no others."""
    return "".join(Random(seed).choices(KANA, k=30))


def script(body: dict[str, Any], call: int) -> Reply:
    """Play a model: tasks in JSON, requests of people, answers, judgements."""
    asked = body["messages"][-1]["content"] if "messages" in body else body["prompt"]
    seed = int(body["seed"])
    if "見本" in asked and "tasks" in asked:
        texts = [f"{nonsense(seed + i)}について教えてください。" for i in range(5)]
        tasks = [{"instruction": text, "input": ""} for text in texts]
        return says(json.dumps({"tasks": tasks}, ensure_ascii=False))
    if "この人物が実際に送りそうな" in asked:
        return says(f"{nonsense(seed)}で困っています。")
    if "どちらが良いか" in asked:
        first = asked.partition("答え一\n")[2].partition("\n\n答え二")[0]
        second = asked.partition("答え二\n")[2].partition("\n\n比べる順序")[0]
        better = "first" if first > second else "second"
        return says(
            json.dumps({"reason": "こちらが詳しい。", "better": better}, ensure_ascii=False)
        )
    if "1点から5点" in asked:
        good = len(asked) % 3
        return says(json.dumps({"reason": "よい。", "score": 5 if good else 2}, ensure_ascii=False))
    return says(GOOD.format(f"{asked[:12]}（{seed % 1000}）"))


def rows(run: Path, kind: str) -> list[dict[str, Any]]:
    files = sorted((run / "dataset").glob(f"{kind}*/train-*.parquet"))
    return pl.concat([pl.read_parquet(f) for f in files]).to_dicts()


METHODS = [
    {"use": "self_instruct", "share": 0.4},
    {"use": "persona", "share": 0.3},
    {"use": "preference", "share": 0.3},
]


def test_three_methods_to_one_data_set(folder: Path) -> None:
    path_of = lambda url: recipe(  # noqa: E731
        folder, served(url), methods=METHODS, count=20, screen=[{"dedup": "exact"}]
    )
    with serving(script) as (url, calls):
        assert synth(path_of(url), folder / "run") == 0
        asked = sum(calls.by_text.values())
        assert synth(path_of(url), folder / "run") == 0
        assert sum(calls.by_text.values()) == asked, "nothing is asked twice"
        first = digests(folder / "run" / "dataset")
        (folder / "run/store/synth/made.json").unlink()
        assert synth(path_of(url), folder / "run") == 0
        assert sum(calls.by_text.values()) == asked, "played again from the ledger"
        assert digests(folder / "run" / "dataset") == first
    pairs, preferences = rows(folder / "run", "instruction"), rows(folder / "run", "preference")
    methods = [json.loads(row["meta"])["method"] for row in pairs]
    assert set(methods) == {"self_instruct", "persona"}
    assert methods.count("self_instruct") == 8
    for row in pairs:
        assert (row["license"], row["parents"], row["adaptation"]) == ("CC0-1.0", [], "generated")
        assert row["generator"] == "qwen2.5-32b"
    assert preferences
    for row in preferences:
        assert (row["license"], len(row["parents"])) == ("CC-BY-SA-4.0", 1)
        assert row["messages"][:-1] == row["rejected"][:-1]
        assert row["messages"][-1]["content"] > row["rejected"][-1]["content"]
    facts = json.loads((folder / "run/store/synth/made/synthesis.json").read_text("utf-8"))
    assert facts["methods"]["preference"]["requests"] == 6 * 2 + 6 * 2
    assert {p["id"] for p in facts["prompts"]} >= {
        "self_instruct-v1",
        "persona-v1",
        "judge_pair-v1",
    }
    assert facts["tokens_out"] == sum(m["tokens_out"] for m in facts["methods"].values())


def test_a_judge_keeps_what_is_good_enough(folder: Path) -> None:
    with serving(script) as (url, calls):
        judge = served(url) | {"model": "qwen3-32b", "min_score": 4}
        judge["endpoint"] = judge["endpoint"] | {"served_as": "judge"}
        path = recipe(folder, served(url), judge=judge, samples=2, screen=[])
        assert synth(path, folder / "run") == 0
        models = {body["model"] for body in calls.bodies}
        assert models == {"tiny", "judge"}
    kept = rows(folder / "run", "instruction")
    rejected = [json.loads(line) for line in
                (folder / "run/store/synth/rejected.jsonl").read_text("utf-8").splitlines()]  # fmt: skip
    assert {row["reason"] for row in rejected} <= {"not_best", "low_score"}
    assert len(kept) + len(rejected) == 24
    assert kept
    assert all(row["text"] for row in rejected)


# judge, method -> exit code: a judge that only filters is noted, one whose choice goes out binds
JUDGES = [
    ("llama-3", "answer", 0),
    ("llama-3", "preference", 5),
    ("qwen3-32b", "preference", 0),
]


@pytest.mark.parametrize(("model", "method", "code"), JUDGES)
def test_the_judges_terms_are_judged_too(folder: Path, model: str, method: str, code: int) -> None:
    with serving(script) as (url, calls):
        judge = served(url) | {"model": model, "min_score": 1}
        changes = {"judge": judge, "purpose": "publish-model", "screen": [],
                   "methods": [{"use": method}]}  # fmt: skip
        found = synth(recipe(folder, served(url), **changes), folder / "run")
    assert (found, bool(calls.bodies)) == (code, code == 0)


def test_replay_gives_the_same_data_set(folder: Path) -> None:
    with serving(script) as (url, _):
        assert synth(recipe(folder, served(url)), folder / "run") == 0
    ledger = str(folder / "run/store/synth/ledger")
    again = recipe(folder, {"model": "qwen2.5-32b", "engine": "replay", "ledger": ledger})
    assert synth(again, folder / "again") == 0
    told = [digests(folder / name / "dataset") for name in ("run", "again")]
    same = {name for name in told[0] if told[0][name] == told[1].get(name)}
    assert {name for name in same if name.endswith(".parquet")}


def test_plan_tells_rounds_memory_and_hours(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = recipe(folder, {"model": "qwen2.5-32b"}, methods=METHODS, count=20)
    assert synth(path, folder / "run", "--plan") == 0
    page = capsys.readouterr().out
    for told in ("licences: ALLOW", "first round", "instruct", "judge", "arithmetic, not measured",
                 "80 GiB", "24 GiB", "H100", "ways out"):  # fmt: skip
        assert told in page, told
    assert not (folder / "run/store/synth/ledger").exists()
    assert synth(path, folder / "run", "--plan", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["by_role"] == {"instruct": 2 + 6, "answer": 8 + 6 + 12, "judge": 12}


MISTAKES: list[tuple[dict[str, Any], str]] = [
    ({"methods": [{"use": "persona", "rouge": 0.5}]}, "unknown key 'rouge'"),
    ({"methods": [{"use": "persona", "share": 0.7}, {"use": "answer", "share": 0.6}]}, "add up"),
    ({"judge": {"model": "rules"}}, "a judge is a language model"),
    ({"sampling": {"answer": {"temperatur": 1.0}}}, "unknown key 'temperatur'"),
    ({"generator": {"model": "qwen2.5-32b", "engine": "replay"}}, "needs ledger"),
    (
        {"generator": {"model": "qwen2.5-32b", "engine": "batch_file"}, "methods": [{"use": "magpie"}]},
        "batch files cannot",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("change", "problem"), MISTAKES, ids=[p for _, p in MISTAKES])
def test_mistakes(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    change: dict[str, Any],
    problem: str,
) -> None:
    given = {"generator": {"model": "qwen2.5-32b"}} | change
    generator = given.pop("generator")
    assert synth(recipe(folder, generator, **given), folder / "run") == 2
    assert problem in capsys.readouterr().err
