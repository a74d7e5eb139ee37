"""The whole road of training, with a tiny model: gates, plan, package, kill and resume."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from hashlib import sha256
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from llmx_data.core.storage import shipped
from llmx_train.recipe import read_sft
from tests.train.road import go, make_mix, make_preferences, make_recipe


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run the road once."""
    folder = tmp_path_factory.mktemp("road")
    make_mix(folder)
    assert go("sft", make_recipe(folder), folder / "run") == 0
    return folder


def test_the_package_tells_what_was_made(done: Path) -> None:
    package = done / "run" / "package"
    card = (package / "README.md").read_text("utf-8")
    assert "licence: license" not in card
    assert "CC-BY-4.0" in card
    for name in ("adapter_model.safetensors", "ATTRIBUTION.md", "audit.json", "provenance.parquet"):
        assert (package / name).is_file(), name
    seen = pl.read_parquet(package / "provenance.parquet")
    trained = pl.read_parquet(done / "run/tokens/train.parquet")
    assert set(seen["record_id"]) == set(trained["record_id"])
    published = pl.concat(
        pl.read_parquet(p) for p in sorted((done / "run/mix/dataset").glob("*/train-*.parquet"))
    )
    assert set(trained["record_id"]) <= set(published["id"]), "ids are those of the mix"
    assert (done / "run/report.html").is_file()
    compared = json.loads((done / "run/eval/comparison.json").read_text("utf-8"))
    assert {row["verdict"] for row in compared["tasks"]} <= {"better", "worse", "undecided"}
    assert all("low" in row and "high" in row for row in compared["tasks"])


def test_again_does_nothing_and_changes_nothing(done: Path) -> None:
    before = _digests(done / "run/package") | _digests(done / "run/tokens")
    steps = (done / "run/log.jsonl").read_bytes()
    assert go("sft", done / "sft.yaml", done / "run") == 0
    assert (done / "run/log.jsonl").read_bytes() == steps
    assert _digests(done / "run/package") | _digests(done / "run/tokens") == before


def test_killed_anywhere_it_goes_on_to_the_same_weights(done: Path) -> None:
    out = done / "killed"
    command = [sys.executable, "-m", "llmx_data.cli", "sft", str(done / "sft.yaml"), "--out",
               str(out), "--workers", "1"]  # fmt: skip
    first = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 180
    while not list(out.glob("checkpoints/checkpoint-*")):
        assert first.poll() is None, "it ended before a checkpoint"
        assert time.monotonic() < deadline
        time.sleep(0.05)
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    again = subprocess.run(command, capture_output=True, text=True, check=False)
    assert again.returncode == 0, again.stderr[-2000:]
    weights = "model/adapter_model.safetensors"
    assert (out / weights).read_bytes() == (done / "run" / weights).read_bytes()
    assert _digests(out / "tokens") == _digests(done / "run/tokens")


def test_eval_measures_again(done: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert go("eval", done / "sft.yaml", done / "run") == 0
    assert "dev/fit" in capsys.readouterr().out


def test_a_plan_tells_everything_and_trains_nothing(
    done: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert go("sft", done / "sft.yaml", done / "planned", "--plan") == 0
    page = capsys.readouterr().out
    for told in ("licence verdict", "rows without an end", "memory", "steps", "LoraConfig"):
        assert told in page, told
    assert not (done / "planned/model").exists()


def test_a_gate_stands_before_everything(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_mix(tmp_path, license="CC-BY-NC-4.0", purpose="research")
    recipe = make_recipe(tmp_path, purpose="commercial")
    assert go("sft", recipe, tmp_path / "run") == 5
    told = capsys.readouterr().err
    assert "CC-BY-NC-4.0" in told
    assert "§" in told
    assert "smallest fix: leave out pairs" in told
    for made in ("tiny", "tokens", "model", "package", "checkpoints"):
        assert not (tmp_path / "run" / made).exists(), made


def test_preflight_fails_the_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_mix(tmp_path)
    recipe = make_recipe(tmp_path, budget={"gpu_gb": 0.001})
    assert go("sft", recipe, tmp_path / "run") == 6
    assert "memory:" in capsys.readouterr().err
    assert not (tmp_path / "run/model").exists()


LADDER = sorted(
    path for path in (shipped("recipes") / "sft").glob("*.yaml")
    if not path.stem.startswith(("_", "accelerate"))
)  # fmt: skip


def test_the_ladder_is_there() -> None:
    assert len(LADDER) >= 7


@pytest.mark.parametrize("path", LADDER, ids=lambda path: path.stem)
def test_every_recipe_plans(
    done: Path, path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    mix = f"data.mix={done / 'run' / 'mix'}"
    assert go("sft", path, done / path.stem, "--plan", "--json", "--set", mix) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert found["arguments"]["trainer"]["class"] in ("SFTConfig", "DPOConfig")
    if path.stem != "tiny":
        assert any("no GPU" in text for text in found["missing"])


def test_a_recipe_for_a_gpu_says_what_is_missing(
    done: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = shipped("recipes") / "sft" / "llm-jp-3-1.8b-lora.yaml"
    assert go("sft", path, done / "gpu", "--set", f"data.mix={done / 'run' / 'mix'}") == 6
    assert "no GPU here" in capsys.readouterr().err
    assert read_sft(path).top.train.precision == "bf16"


def _digests(folder: Path) -> dict[str, str]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {
        path.relative_to(folder).as_posix(): sha256(path.read_bytes()).hexdigest()
        for path in files
        if path.name != "measured.json"
    }


def test_preference_pairs_by_dpo(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_preferences(tmp_path)
    (tmp_path / "tasks.jsonl").write_text(
        '{"task_id": 7, "input": "挨拶を書いて。"}\n{"task_id": 3, "input": "数を数えて。"}\n',
        "utf-8",
    )
    train = {"max_steps": 6, "lr": 5e-3, "global_batch": 4, "micro_batch": 4, "max_length": 256,
             "precision": "fp32", "packing": "none", "gradient_checkpointing": False,
             "evaluate_every": 3, "save_every": 3, "log_every": 1}  # fmt: skip
    measured = {"samples": 0, "generate": {"max_new_tokens": 4}, "output": {"tasks": "tasks.jsonl"}}
    recipe = make_recipe(tmp_path, train=train, eval=measured)
    assert go("dpo", recipe, tmp_path / "run", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["train"]["last_loss"] < found["train"]["first_loss"]
    assert abs(found["train"]["first_loss"] - 0.6931) < 0.01, "log 2 before anything is learned"
    lines = (tmp_path / "run/output.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["task_id"] for line in lines] == [7, 3]


CHANGES = [
    {"seed": 7},
    {"peft": {"method": "lora", "r": 8, "alpha": 8, "dropout": 0.0}},
    {"template": {"use": "llama3"}},
]


@pytest.mark.parametrize("change", CHANGES, ids=[next(iter(change)) for change in CHANGES])
def test_weights_are_never_told_to_be_of_another_recipe(
    done: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], change: dict[str, Any]
) -> None:
    before = _digests(done / "run/package") | _digests(done / "run/tokens")
    recipe = make_recipe(tmp_path, data={"mix": str(done / "run" / "mix")}, **change)
    for words in ((), ("--plan",)):
        assert go("sft", recipe, done / "run", *words) == 3
        assert "weights of another recipe or another mix" in capsys.readouterr().err
    assert _digests(done / "run/package") | _digests(done / "run/tokens") == before


def test_nothing_to_evaluate_yet(done: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert go("eval", done / "sft.yaml", done / "planned", "--who", "tuned") == 3
    assert "nothing was trained here yet" in capsys.readouterr().err


MISTAKES: list[tuple[dict[str, Any], str]] = [
    ({"model": {"base": "meta-llama/Llama-3.1-8B", "catalogue": "qwen2.5-0.5b"}}, "its own terms"),
    ({"eval": {"output": {"tasks": "nope.jsonl"}}}, "'nope.jsonl' does not exist"),
    ({"eval": {"tasks": [{"use": "jcommonsenseqaa", "path": "x"}]}}, "jcommonsenseqaa"),
    ({"peft": {"method": "lora", "rank": 8}}, "unknown key 'rank'"),
    ({"template": {"use": "chatml", "path": "x.jinja"}}, "not both"),
    ({"train": {"global_batch": 5, "micro_batch": 4}}, "no multiple"),
]


@pytest.mark.parametrize(("change", "told"), MISTAKES, ids=[told for _, told in MISTAKES])
def test_mistakes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], change: dict[str, Any], told: str
) -> None:
    assert go("sft", make_recipe(tmp_path, **change), tmp_path / "run") == 2
    assert told in capsys.readouterr().err


def test_layers_that_are_not_there(
    done: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    peft = {"method": "lora", "r": 4, "alpha": 8, "dropout": 0.0, "targets": ["qq_proj"]}
    recipe = make_recipe(tmp_path, data={"mix": str(done / "run" / "mix")}, peft=peft)
    assert go("sft", recipe, tmp_path / "run") == 3
    told = capsys.readouterr().err
    assert "no layer qq_proj" in told
    assert "q_proj" in told
    assert not (tmp_path / "run" / "eval").exists()


def test_a_plan_ends_as_the_run_would(tmp_path: Path, done: Path) -> None:
    mix = {"mix": str(done / "run" / "mix")}
    recipe = make_recipe(tmp_path, data=mix, budget={"gpu_gb": 0.001})
    assert go("sft", recipe, tmp_path / "run", "--plan") == 6
