"""The hub source against a loopback hub, from the cache without one, and on a local folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from llmx_data.core.storage import shipped
from llmx_data.ingest.hub import Hub
from llmx_data.license.facts import load as load_facts
from tests.ingest.help import as_bytes
from tests.ingest.hub_server import COMMIT, ID, serving

ROWS = [{"instruction": f"問{n}", "input": "", "output": f"答{n}"} for n in range(5)]
CARD = b"---\nconfigs:\n- config_name: default\n  data_files: data/*\n---\n"

CHILD = """
import json, sys
from pathlib import Path
from llmx_data.core.errors import LlmxError
from llmx_data.ingest.hub import Hub
for options in json.loads(sys.argv[1]):
    try:
        hub = Hub(**options)
        [block] = hub.blocks(Path("."))
        rows = list(hub.rows(block))
        told = {"rows": [[r.place, r.key, hub.record(r.data)] for r in rows]}
        told |= {"snapshot": hub.snapshot(Path("."))}
    except LlmxError as error:
        told = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(told))
"""


def ask(home: Path, *asked: dict[str, Any], **environment: str) -> list[dict[str, Any]]:
    """Ask in a fresh process: the packages read their environment when they are imported."""
    keep = {k: v for k, v in os.environ.items() if not k.startswith("HF_")}
    done = subprocess.run(
        [sys.executable, "-c", CHILD, json.dumps(asked)],
        env=keep | {"HF_HOME": str(home), "POLARS_MAX_THREADS": "1"} | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def asking(revision: str | None, **more: Any) -> dict[str, Any]:
    return {"id": ID, "revision": revision, "form": "alpaca"} | more


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Cache folder into which one revision was downloaded, as `hf download` does."""
    home = tmp_path_factory.mktemp("home")
    folder = home / f"hub/datasets--{ID.replace('/', '--')}"
    snapshot = folder / f"snapshots/{COMMIT}"
    (snapshot / "data").mkdir(parents=True)
    (snapshot / "README.md").write_bytes(CARD)
    (snapshot / "data/train.jsonl").write_bytes(as_bytes(ROWS, "jsonl"))
    (folder / "refs").mkdir()
    (folder / "refs/main").write_text(COMMIT)
    (folder / "snapshots/0000000").mkdir()
    (folder / "snapshots/0000000/README.md").write_bytes(CARD)
    return home


def check_rows(told: dict[str, Any], name: str = f"{ID}@{COMMIT}/train") -> None:
    assert "error" not in told, told
    assert [row[:2] for row in told["rows"]] == [[f"{name}:{n}", f"train#{n}"] for n in range(1, 6)]
    contents = [[turn["content"] for turn in row[2]["messages"]] for row in told["rows"]]
    assert contents == [[row["instruction"], row["output"]] for row in ROWS]


@pytest.mark.slow
@pytest.mark.parametrize("form", ["parquet", "jsonl"])
def test_streams_from_a_hub(tmp_path: Path, form: str) -> None:
    files = {f"data/train.{form}": as_bytes(ROWS, form), "README.md": CARD}
    wrong = [
        asking("f" * 40),
        asking(COMMIT, split="test"),
        asking(COMMIT, config="big"),
        asking("main", id="someone/else"),
    ]
    with serving(files) as (address, calls):
        found = ask(tmp_path, asking(COMMIT), asking("main"), *wrong, HF_ENDPOINT=address)
    for told, revision in zip(found[:2], (COMMIT, "main"), strict=True):
        check_rows(told)
        assert told["snapshot"] == {
            "hub": ID,
            "revision": revision,
            "commit": COMMIT,
            "config": None,
            "split": "train",
        }
    errors = [told["error"] for told in found[2:]]
    assert [error.partition(":")[0] for error in errors] == [
        "DataError",
        "RecipeError",
        "RecipeError",
        "DataError",
    ]
    assert "test" in errors[1]
    assert "big" in errors[2]
    assert {call.split()[0] for call in calls} <= {"GET", "HEAD"}
    assert all("/api/datasets/" in call or "/resolve/" in call for call in calls)


@pytest.mark.slow
def test_offline_reads_the_cache(home: Path) -> None:
    asked = [asking(r) for r in (COMMIT, "main", COMMIT[:7], "f" * 40, "0000000")]
    found = ask(home, *asked, HF_HUB_OFFLINE="1", HF_ENDPOINT="http://127.0.0.1:9")
    for told in found[:3]:
        check_rows(told)
    for told in found[3:]:
        assert told["error"].startswith("EnvironmentTrouble: someone/talks: revision ")
        assert "hf download --repo-type dataset someone/talks" in told["error"]


@pytest.mark.slow
def test_a_silent_hub_never_means_another_commit(tmp_path: Path) -> None:
    """`datasets` alone would take the copy it prepared last, whatever its commit."""
    files = {"data/train.jsonl": as_bytes(ROWS, "jsonl"), "README.md": CARD}
    prepare = f"import datasets; datasets.load_dataset({ID!r}, revision={COMMIT!r})"
    with serving(files) as (address, _):
        keep = {k: v for k, v in os.environ.items() if not k.startswith("HF_")}
        environment = keep | {"HF_HOME": str(tmp_path), "HF_ENDPOINT": address}
        subprocess.run(
            [sys.executable, "-c", prepare], env=environment, check=True, capture_output=True
        )
    other = """
from llmx_data.ingest.hubward import Copy, stream
from llmx_data.core.errors import EnvironmentTrouble
try:
    print(list(stream(Copy("someone/talks", "f" * 40), None, "train")))
except EnvironmentTrouble as error:
    print("refused", error)
"""
    environment |= {"HF_HUB_OFFLINE": "1"}  # fails at once; a dead address is tried five times
    done = subprocess.run(
        [sys.executable, "-c", other], env=environment, check=True, capture_output=True, text=True
    )
    assert done.stdout.startswith(f"refused someone/talks: got commit {COMMIT}")
    [told] = ask(tmp_path, asking(COMMIT), HF_ENDPOINT="http://127.0.0.1:9")
    assert told["error"].startswith("EnvironmentTrouble: someone/talks: the hub does not answer")


@pytest.mark.slow
def test_incomplete_copy(home: Path, tmp_path: Path) -> None:
    promise = b"""---
dataset_info:
  features:
  - {name: instruction, dtype: string}
  - {name: input, dtype: string}
  - {name: output, dtype: string}
  splits:
  - {name: train, num_bytes: 1, num_examples: 9}
configs:
- config_name: default
  data_files: data/*
---
"""
    files = {"data/train.jsonl": as_bytes(ROWS, "jsonl"), "README.md": promise}
    with serving(files) as (address, _):
        [told] = ask(tmp_path, asking(COMMIT), HF_ENDPOINT=address)
    assert "gave 5 of the 9 rows that its card promises" in told["error"]


@pytest.mark.slow
def test_local_folder(tmp_path: Path) -> None:
    folder = tmp_path / "talks"
    (folder / "data").mkdir(parents=True)
    (folder / "data/train.jsonl").write_bytes(as_bytes(ROWS, "jsonl"))
    hub = Hub(id="./talks", form="alpaca")
    assert hub.source_name == "talks"
    assert [path.name for path in hub.inputs(tmp_path)] == ["train.jsonl"]
    found = ask(
        tmp_path,
        {"id": str(folder), "form": "alpaca"},
        {"id": str(tmp_path / "no"), "form": "alpaca"},
        HF_HUB_OFFLINE="1",
    )
    check_rows(found[0], f"{folder}/train")
    assert found[0]["snapshot"] is None
    assert found[1]["error"].startswith("RecipeError: hub: no folder")


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"id": ID, "form": "alpaca"}, "pin the commit of someone/talks"),
    ({"id": ID, "revision": "main"}, "form is missing"),
    ({"id": "./talks", "revision": "main", "form": "alpaca"}, "a local folder has no revision"),
    ({"id": ID, "revision": "main", "form": "alpaca", "columns": {"q": "x"}}, "no field 'q'"),
]


@pytest.mark.parametrize(("options", "message"), WRONG)
def test_wrong_options(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Hub(**options)


def test_the_card_tells_form_columns_and_key() -> None:
    cards = [c for c in load_facts(shipped("licenses")).datasets.values() if c.hub and c.form]
    assert cards
    for card in cards:
        hub = Hub(id=str(card.hub), revision="main")
        assert hub.card_name() == card.id
        assert hub.record_kind() in ("document", "instruction", "conversation")
        assert hub.mapping[2] == card.key
    dolly = Hub(id="kunishou/databricks-dolly-15k-ja", revision="main")
    row = {"index": "7", "instruction": "問", "input": "文脈", "output": "答", "category": "c"}
    assert dolly.own_key(row) == "7"
    assert dolly.record(row)["messages"][0]["content"] == "問\n\n文脈"
    assert dolly.record(row)["meta"] == '{"category":"c"}'
    assert Hub(id="kunishou/databricks-dolly-15k-ja", revision="main", key="x").mapping[2] == "x"
