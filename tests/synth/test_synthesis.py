"""`llmx synth` by rules, from documents to a published data set: gate, resume, bytes, provenance."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from llmx_data.cli import main
from llmx_data.core.storage import shipped
from llmx_data.synth.rules import verify
from llmx_data.synth.rules.task import Document, Task
from llmx_data.synth_plan import read_synth
from tests.road.help import digests, write_recipe

TEXTS = [
    "北の町の図書館は、二〇二四年四月に新しい建物へ移った。蔵書は五万冊から八万冊に増え、開館時間も一時間延びた。"
    "館長の話では、利用者の三割が二十代である。\n\n移転の費用は十二億円だった。市は「本を借りるだけの場所にしない」と説明する。"
    "読み聞かせの部屋、学習室、小さな喫茶店が同じ階に並ぶ。",
    "味噌汁の作り方を説明します。まず、鍋に水を六百ミリリットル入れて火にかけます。次に、煮干しを十五匹入れて十分ほど煮ます。"
    "豆腐とわかめを加え、最後に味噌を大さじ三杯溶きます。沸騰させないことが大切です。\n\n具は季節によって変えられます。"
    "春は筍、夏は茄子、秋は茸、冬は大根がよく合います。",
    "この川は全長八十二キロメートルで、三つの県を流れる。上流には七つのダムがあり、毎年およそ四万人が訪れる。"
    "下流の橋は一九三一年に架けられ、二〇一八年に架け替えられた。\n\n魚は鮎、山女魚、鰻が知られている。"
    "鮎の解禁は六月一日である。釣り券は一日券が二千円、年券が一万円だ。",
]  # fmt: skip


def documents(folder: Path, license: str = "CC-BY-4.0", **more: Any) -> Path:
    """Write a curate recipe over some documents, each a few times with other numbers."""
    rows = [
        {"k": f"{n}-{i}", "title": f"記事{n}-{i}", "text": text.replace("三", "三四五六"[i])}
        for n, text in enumerate(TEXTS)
        for i in range(4)
    ]
    path = folder / "pages.jsonl"
    path.write_text("\n".join(json.dumps(r, ensure_ascii=False) for r in rows), encoding="utf-8")
    source = {"use": "files", "path": "pages.jsonl", "key": "k", "license": license}
    return write_recipe(folder, sources=[source], steps=[{"dedup": "exact"}], **more)


def synth_recipe(folder: Path, **changes: Any) -> Path:
    """Write a synth recipe over them."""
    recipe = {
        "name": "made", "purpose": "publish-data", "date": "2026-11-21",
        "documents": {"recipe": "recipe.yaml"}, "count": 60, "seed": 3,
        "methods": [{"use": "rules"}], "screen": [{"dedup": "exact"}],
    } | changes  # fmt: skip
    path = folder / "synth.yaml"
    path.write_text(json.dumps(recipe, ensure_ascii=False), encoding="utf-8")
    return path


def go(folder: Path, out: str = "run", *words: str) -> int:
    recipe = str(folder / "synth.yaml")
    return main(["synth", recipe, "--out", str(folder / out), "--workers", "1", *words])


def rows_of(run: Path) -> list[dict[str, Any]]:
    files = sorted((run / "dataset").glob("instruction*/train-*.parquet"))
    return pl.concat([pl.read_parquet(f) for f in files]).to_dicts()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    documents(folder)
    synth_recipe(folder)
    assert go(folder) == 0
    return folder


def test_every_answer_holds_and_knows_where_it_comes_from(made: Path) -> None:
    rows = rows_of(made / "run")
    known = {
        row["id"]: row
        for row in pl.read_parquet(
            next((made / "run/documents/dataset/document").glob("*.parquet"))
        ).to_dicts()
    }
    requests = {
        json.loads(line)["request_id"]: json.loads(line)
        for line in (made / "run/store/synth/requests-00.jsonl").read_text("utf-8").splitlines()
    }
    assert len(rows) == 60
    for row in rows:
        (parent,) = row["parents"]
        source, asked = known[parent], requests[row["source_key"]]
        prompt, answer = (turn["content"] for turn in row["messages"])
        facts = {k: v for k, v in asked["facts"].items() if k not in ("answer", "kind", "phrasing")}
        meta = json.loads(row["meta"])
        task = Task(meta["kind"], parent, prompt, answer, meta["phrasing"], facts)
        given = Document(parent, source["text"], source["title"], source["date"])
        assert verify(task, given) is None
        assert (row["license"], row["adaptation"], row["generator"]) == (
            "CC-BY-4.0",
            "merged",
            None,
        )
        assert row["license_basis"] == "row"
        assert row["attribution"] == "pages"
        assert meta["made_by"].startswith("llmx-rules@")


def test_the_same_bytes_whatever_the_run(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(made)
    assert main(["synth", "synth.yaml", "--out", "again", "--workers", "2"]) == 0
    assert digests(made / "again" / "dataset") == digests(made / "run" / "dataset")
    before = (made / "run/store/synth/ledger/responses-00000.jsonl").read_bytes()
    assert go(made) == 0
    assert (made / "run/store/synth/ledger/responses-00000.jsonl").read_bytes() == before


def test_killed_and_run_again(made: Path) -> None:
    command = [sys.executable, "-m", "llmx_data.cli", "synth", str(made / "synth.yaml"),
               "--out", str(made / "killed"), "--workers", "1"]  # fmt: skip
    for wait in (1.5, 3.0, 4.5):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(wait)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0
    assert digests(made / "killed" / "dataset") == digests(made / "run" / "dataset")


# licence of the documents, purpose -> exit code
GATES = [
    ("CC-BY-SA-4.0", "publish-data", 0),
    ("CC-BY-ND-4.0", "publish-data", 5),
    ("CC-BY-NC-4.0", "commercial", 5),
]


@pytest.mark.parametrize(("license", "purpose", "code"), GATES)
def test_the_gate_stands_before_generating(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], license: str, purpose: str, code: int
) -> None:
    documents(tmp_path, license, purpose={"act": ["evaluate_only"]}, on_denied="stop")
    synth_recipe(tmp_path, purpose=purpose, count=10)
    assert go(tmp_path) == code
    err = capsys.readouterr().err
    assert (tmp_path / "run/store/synth/ledger").exists() == (code == 0)
    if code:
        assert f"pages ({license})" in err


CHAINS: list[tuple[dict[str, Any], int, str]] = [
    ({"generator": "llama-3"}, 5, "LicenseRef-llama-3"),
    ({"name": "guanaco_ja"}, 4, "guanaco_ja"),
]


@pytest.mark.parametrize(("source", "code", "told"), CHAINS)
def test_terms_of_the_documents_go_on_to_bind(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], source: dict[str, Any], code: int, told: str
) -> None:
    """Who wrote a document, and what its card says, is not lost in tasks made of it."""
    path = documents(tmp_path, purpose={"act": ["evaluate_only"]}, on_denied="stop")
    recipe = json.loads(path.read_text(encoding="utf-8"))
    recipe["sources"][0] |= source
    path.write_text(json.dumps(recipe, ensure_ascii=False), encoding="utf-8")
    synth_recipe(tmp_path, count=10, purpose="publish-model")
    assert go(tmp_path) == code
    assert told in capsys.readouterr().err


def test_plan_and_status(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert go(made, "run", "--plan", "--json") == 0
    plan = json.loads(capsys.readouterr().out)
    assert (plan["requests"], plan["verdict"], plan["documents"]) == (60, "ALLOW_WITH", 12)
    assert sum(plan["kinds"].values()) == 60
    assert go(made, "run", "--status", "--json") == 0
    status = json.loads(capsys.readouterr().out)
    assert (status["done"], status["left"], status["failed"]) == (60, 0, 0)


MISTAKES: list[tuple[dict[str, Any], str]] = [
    ({"methods": [{"use": "ruls"}]}, "unknown part 'ruls'"),
    ({"methods": []}, "at least one method"),
    ({"documents": {}}, "say run: or recipe:"),
    ({"generator": {"model": "qwen2.5-32bb"}}, "no model 'qwen2.5-32bb'"),
    ({"screen": [{"filtr": "length"}]}, "unknown step 'filtr'"),
    ({"count": 0}, "count"),
    ({"purpose": "publish-date"}, "did you mean 'publish-data'"),
]


@pytest.mark.parametrize(("change", "problem"), MISTAKES, ids=[p for _, p in MISTAKES])
def test_mistakes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], change: dict[str, Any], problem: str
) -> None:
    synth_recipe(tmp_path, **change)
    assert go(tmp_path) == 2
    assert problem in capsys.readouterr().err


def test_a_model_without_an_engine_stops_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    documents(tmp_path)
    synth_recipe(tmp_path, generator={"model": "qwen2.5-32b"}, methods=[{"use": "answer"}])
    assert go(tmp_path) == 6
    assert "rules, which need no language model" in capsys.readouterr().err
    assert not (tmp_path / "run" / "documents").exists()


@pytest.mark.parametrize(
    "path", sorted((shipped("recipes") / "synth").glob("*.yaml")), ids=lambda p: p.stem
)
def test_bundled_recipes_are_read_without_mistakes(path: Path) -> None:
    plan = read_synth(path)
    where = plan.top.documents
    assert where.run or plan.beside(str(where.recipe)).is_file()
