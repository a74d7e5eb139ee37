"""Merging: equal scores, 16-bit rounding told apart, and what cannot be merged."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from llmx_data.core.errors import DataError
from llmx_train import merge as merging
from llmx_train.merge import merge
from llmx_train.train import train
from tests.train.training import recipe, token_rows, write_rows


@pytest.fixture(scope="module")
def trained(
    tiny_model_dir: Path,
    tiny_tokenizer: Any,
    records: Any,
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, Path]:
    """Train a folder of weights per method."""
    found = {}
    for method in ("lora", "dora", "qlora", "prompt_tuning", "full"):
        run = tmp_path_factory.mktemp(method)
        write_rows(run, token_rows(tiny_tokenizer, records[:4]))
        peft = {"method": method, "r": 4}
        asked = {"max_steps": 2, "lr": 1e-2}
        found[method] = train(recipe(run, tiny_model_dir, peft=peft, train=asked), run).model
    return found


@pytest.mark.parametrize("method", ["lora", "dora", "qlora"])
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_merged_weights_answer_as_base_and_adapter_do(
    method: str, dtype: str, trained: dict[str, Path], tiny_model_dir: Path, tmp_path: Path
) -> None:
    from llmx_train.trl_adapter.adapters import is_adapter, load_model

    report = merge(
        tiny_model_dir, trained[method], tmp_path, dtype=dtype, quantized=method == "qlora"
    )
    assert report.max_difference < 1e-5
    assert report.max_score > 0.1, "scores of nothing are equal too"
    assert (report.saved_difference < 1e-5) == (dtype == "float32")
    assert report.quantized == (method == "qlora")
    assert json.loads((tmp_path / "merge.json").read_text())["dtype"] == dtype
    assert not is_adapter(tmp_path)
    assert str(load_model(tmp_path, dtype=dtype).dtype) == f"torch.{dtype}"
    names = {path.name for path in tmp_path.iterdir()}
    assert {"model.safetensors", "tokenizer.json", "chat_template.jinja"} <= names
    assert "README.md" not in names


def test_merging_changes_the_base(
    trained: dict[str, Path], tiny_model_dir: Path, tmp_path: Path
) -> None:
    from llmx_train.trl_adapter.adapters import load_model

    merge(tiny_model_dir, trained["lora"], tmp_path, dtype="float32")
    before = load_model(tiny_model_dir, dtype="float32").state_dict()
    after = load_model(tmp_path, dtype="float32").state_dict()
    changed = {name for name in before if not before[name].equal(after[name])}
    assert changed
    assert all("_proj" in name for name in changed)


@pytest.mark.parametrize(
    ("method", "problem"),
    [("prompt_tuning", "PROMPT_TUNING cannot be merged"), ("full", "nothing to merge")],
)
def test_what_cannot_be_merged(
    method: str, problem: str, trained: dict[str, Path], tiny_model_dir: Path, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match=problem):
        merge(tiny_model_dir, trained[method], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_merge_that_answers_otherwise_writes_nothing(
    trained: dict[str, Path], tiny_model_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(merging.adapters, "merged", lambda model: model.unload())
    with pytest.raises(DataError, match="merged, scores differ by"):
        merge(tiny_model_dir, trained["lora"], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_an_adapter_of_another_base_does_not_load(
    trained: dict[str, Path], tiny_model_dir: Path, tmp_path: Path
) -> None:
    import torch
    from transformers import Qwen2Config, Qwen2ForCausalLM

    config = Qwen2Config.from_pretrained(tiny_model_dir)
    config.hidden_size, config.head_dim = 32, 16
    torch.manual_seed(0)
    Qwen2ForCausalLM(config).save_pretrained(tmp_path / "other")
    with pytest.raises(DataError, match="does not fit its base"):
        merge(tmp_path / "other", trained["lora"], tmp_path / "out")
