"""Training on token files: it learns, it stops where told, and a killed run goes on bit-exactly."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from llmx_data.core.errors import DataError
from llmx_train.checkpoint import WHOLE
from llmx_train.recipe import Sft
from llmx_train.train import train
from tests.train.training import (
    encoded,
    log_rows,
    losses,
    recipe,
    token_rows,
    write_rows,
)

GOES_ON: dict[str, Any] = {
    "peft": {"method": "lora", "r": 4, "dropout": 0.2},
    "train": {
        "max_steps": 9, "packing": "bfd", "global_batch": 2, "micro_batch": 1, "max_length": 128,
        "save_every": 3, "log_every": 2, "scheduler": "cosine", "warmup": 0.2, "neftune": 5.0,
    },
}  # fmt: skip
"""Everything that draws random numbers or keeps a state: order, packs, dropout, noise, schedule."""


class Signaller:
    """A progress that sends this process a signal after some steps."""

    def __init__(self, after: int, kind: signal.Signals) -> None:
        self.left, self.kind = after, kind

    def stage(self, *_: Any) -> None:
        """Begin."""

    def advance(self, *_: Any) -> None:
        """Count down."""
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), self.kind)

    def end(self) -> None:
        """End."""


@pytest.fixture(scope="module")
def straight(
    tiny_model_dir: Path,
    tiny_tokenizer: Any,
    records: Any,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """Make a run that was never interrupted."""
    run = tmp_path_factory.mktemp("straight")
    train(_run(run, tiny_model_dir, tiny_tokenizer, records), run)
    return run


def _run(run: Path, model: Path, tokenizer: Any, records: Any) -> Sft:
    write_rows(run, token_rows(tokenizer, records[:24]), token_rows(tokenizer, records[:4]))
    return recipe(run, os.path.relpath(model, run), **GOES_ON)


def _weights(run: Path) -> bytes:
    return (run / "model" / "adapter_model.safetensors").read_bytes()


def test_eight_records_are_learned_by_heart(
    tiny_model_dir: Path, tiny_tokenizer: Any, records: Any, tmp_path: Path
) -> None:
    from llmx_train.recipe import Generate
    from llmx_train.trl_adapter.adapters import load_tuned
    from llmx_train.trl_adapter.samples import answered

    eight = records[:8]
    write_rows(tmp_path, token_rows(tiny_tokenizer, eight))
    asked = {"max_steps": 110, "global_batch": 8, "micro_batch": 8, "log_every": 10}
    result = train(recipe(tmp_path, tiny_model_dir, train=asked), tmp_path)
    assert result.last_loss is not None
    assert result.last_loss < 0.05
    model = load_tuned(tiny_model_dir, result.model, dtype="float32")
    said = []
    for messages in eight:
        ids, labels = encoded(tiny_tokenizer, messages)
        start = next(i for i, label in enumerate(labels) if label != -100)
        answer, ended = answered(
            model, ids[:start], Generate(max_new_tokens=len(ids)), [tiny_tokenizer.eos_token_id]
        )
        said.append((tiny_tokenizer.decode(answer, skip_special_tokens=True), ended))
    assert said == [(messages[1]["content"], True) for messages in eight]


def test_a_signal_saves_and_the_run_goes_on_to_the_same_weights(
    straight: Path, tiny_model_dir: Path, tiny_tokenizer: Any, records: Any, tmp_path: Path
) -> None:
    run = _run(tmp_path, tiny_model_dir, tiny_tokenizer, records)
    before = signal.getsignal(signal.SIGTERM)
    for after in (4, 2):  # in the middle of an epoch, and again after going on
        stop: Any = Signaller(after, signal.SIGTERM)
        with pytest.raises(KeyboardInterrupt):
            train(run, tmp_path, talk=stop)
    assert signal.getsignal(signal.SIGTERM) is before
    assert not (tmp_path / "train.json").exists()
    result = train(run, tmp_path)
    assert (result.steps, result.resumed_at) == (9, 6)
    assert losses(tmp_path) == losses(straight)
    assert _weights(tmp_path) == _weights(straight)
    for told in ("tokens", "supervised"):
        assert [r[told] for r in log_rows(tmp_path)] == [r[told] for r in log_rows(straight)]


def test_a_killed_run_goes_on_to_the_same_weights(
    straight: Path, tiny_model_dir: Path, tiny_tokenizer: Any, records: Any, tmp_path: Path
) -> None:
    run = _run(tmp_path, tiny_model_dir, tiny_tokenizer, records)
    command = [sys.executable, "-m", "llmx_train.train", str(run.path), str(tmp_path)]
    with subprocess.Popen(command, cwd=Path(__file__).parents[2]) as process:
        marked = tmp_path / "checkpoints" / "checkpoint-3" / WHOLE
        until = time.monotonic() + 120
        while not marked.exists() and process.poll() is None and time.monotonic() < until:
            time.sleep(0.005)
        process.kill()
    assert process.returncode == -signal.SIGKILL, "it ended before it could be killed"
    with (tmp_path / "log.jsonl").open("a") as handle:
        handle.write('{"kind": "train", "step": 8, "lo')  # a torn line
    result = train(run, tmp_path)
    assert result.resumed_at in (3, 6)
    assert losses(tmp_path) == losses(straight)
    assert _weights(tmp_path) == _weights(straight)


def test_a_checkpoint_that_is_not_whole_is_not_gone_on_from(
    straight: Path, tiny_model_dir: Path, tiny_tokenizer: Any, records: Any, tmp_path: Path
) -> None:
    run = _run(tmp_path, tiny_model_dir, tiny_tokenizer, records)
    stop: Any = Signaller(5, signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        train(run, tmp_path, talk=stop)
    torn = tmp_path / "checkpoints" / "checkpoint-5" / "adapter_model.safetensors"
    torn.write_bytes(torn.read_bytes()[:-1])
    (tmp_path / "checkpoints" / "checkpoint-7").mkdir()
    result = train(run, tmp_path)
    assert result.resumed_at == 3
    assert losses(tmp_path) == losses(straight)
    assert _weights(tmp_path) == _weights(straight)


def test_another_recipe_does_not_go_on_from_these_checkpoints(
    tiny_model_dir: Path, tiny_tokenizer: Any, records: Any, tmp_path: Path
) -> None:
    run = _run(tmp_path, tiny_model_dir, tiny_tokenizer, records)
    stop: Any = Signaller(2, signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        train(run, tmp_path, talk=stop)
    base = os.path.relpath(tiny_model_dir, tmp_path)
    other = recipe(tmp_path, base, **GOES_ON | {"seed": 8})
    with pytest.raises(DataError, match="made by another recipe"):
        train(other, tmp_path)


def test_a_finished_run_is_whole_and_is_not_trained_again(
    straight: Path, tiny_model_dir: Path, tiny_tokenizer: Any, records: Any
) -> None:
    before = (straight / "log.jsonl").read_bytes()
    again = train(recipe(straight, tiny_model_dir, **GOES_ON), straight)
    assert (straight / "log.jsonl").read_bytes() == before
    assert (again.steps, again.ended, again.model) == (9, "finished", straight / "model")
    names = sorted(p.name for p in (straight / "model").iterdir())
    assert names == [
        "adapter_config.json", "adapter_model.safetensors", "chat_template.jinja",
        "generation_config.json",
        "tokenizer.json", "tokenizer_config.json",
    ]  # fmt: skip
    assert not list(straight.rglob("README.md")), "a placeholder card survived"
    assert not (straight / "checkpoints").exists()
    told = json.loads((straight / "model" / "adapter_config.json").read_text())
    assert told["base_model_name_or_path"] == os.path.relpath(tiny_model_dir, straight)
    assert json.loads((straight / "train.json").read_text())["model"] == "model"


def test_gradient_accumulation_changes_nothing(
    tiny_model_dir: Path, tiny_tokenizer: Any, records: Any, tmp_path: Path
) -> None:
    found = []
    for micro in (8, 2):
        run = tmp_path / str(micro)
        write_rows(run, token_rows(tiny_tokenizer, records))
        asked = {"global_batch": 8, "micro_batch": micro, "max_steps": 3}
        train(recipe(run, tiny_model_dir, train=asked), run)
        found.append(losses(run))
    assert found[0] == pytest.approx(found[1], abs=1e-5)


def test_every_source_has_a_dev_loss_whatever_the_packing(
    tiny_model_dir: Path, tiny_tokenizer: Any, records: Any, tmp_path: Path
) -> None:
    rows = token_rows(tiny_tokenizer, records[:12])
    dev = token_rows(tiny_tokenizer, records[12:24], ("wiki/ja", "dolly ja", "怪談"))
    found = {}
    for packing, micro in (("none", 1), ("none", 4), ("bfd", 2)):
        run = tmp_path / f"{packing}{micro}"
        write_rows(run, rows, dev)
        asked = {"packing": packing, "micro_batch": micro, "max_steps": 1, "evaluate_every": 1}
        result = train(recipe(run, tiny_model_dir, train=asked), run)
        found[packing, micro] = log_rows(run, "dev")
        assert list(result.dev) == ["dolly ja", "wiki/ja", "怪談"]
    first = found["none", 1][0]
    assert [row["step"] for row in found["none", 1]] == [0, 1]
    assert len(set(first["sources"].values())) == 3
    for rows_ in found.values():
        assert rows_[0]["sources"] == pytest.approx(first["sources"], abs=1e-5)
        assert rows_[0]["loss"] == pytest.approx(first["loss"], abs=1e-5)


def test_samples_are_answered_at_every_evaluation_and_change_nothing(
    tiny_model_dir: Path, tiny_tokenizer: Any, records: Any, tmp_path: Path
) -> None:
    found = []
    for samples in (0, 3):
        run = tmp_path / str(samples)
        write_rows(
            run, token_rows(tiny_tokenizer, records), token_rows(tiny_tokenizer, records[:6])
        )
        drawn = {"max_new_tokens": 4, "temperature": 1.0}
        asked = {"max_steps": 2, "evaluate_every": 1, "neftune": 5.0}
        train(
            recipe(run, tiny_model_dir, train=asked, eval={"samples": samples, "generate": drawn}),
            run,
        )
        found.append(losses(run))
    assert found[0] == found[1]
    rows = [json.loads(line) for line in (run / "samples.jsonl").read_text().splitlines()]
    assert [(r["step"], r["record_id"]) for r in rows] == [
        (step, name) for step in (0, 1, 2) for name in ("r000", "r002", "r004")
    ]
    assert rows[0]["prompt"].endswith("<|im_start|>assistant\n")
    assert rows[0]["expected"] == records[0][1]["content"]
    assert not (tmp_path / "0" / "samples.jsonl").exists()


def test_the_budget_of_hours_ends_a_run_cleanly(
    tiny_model_dir: Path, tiny_tokenizer: Any, records: Any, tmp_path: Path
) -> None:
    write_rows(tmp_path, token_rows(tiny_tokenizer, records))
    budget = {"hours": 1e-9}
    result = train(recipe(tmp_path, tiny_model_dir, budget=budget), tmp_path)
    assert (result.ended, result.steps, result.planned_steps) == ("hours", 1, 4)
    assert (result.model / "model.safetensors").is_file()
    assert json.loads((tmp_path / "train.json").read_text())["ended"] == "hours"
