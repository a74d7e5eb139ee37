"""Every way of training: what is trained, that it learns, and that it loads again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from llmx_train.recipe import Generate
from llmx_train.train import train
from llmx_train.trl_adapter.adapters import is_adapter, kind_of, load_tuned
from llmx_train.trl_adapter.samples import answered
from tests.train.training import log_rows, losses, pair_rows, recipe, token_rows, write_rows

METHODS = {
    "lora": {"method": "lora", "r": 4},
    "rslora": {"method": "lora", "r": 4, "rslora": True, "targets": ["q_proj", "v_proj"]},
    "dora": {"method": "dora", "r": 4},
    "qlora": {"method": "qlora", "r": 4},
    "prompt_tuning": {
        "method": "prompt_tuning",
        "virtual_tokens": 4,
        "init_text": "答えてください。",
    },
}
STEPS = 6


@pytest.mark.parametrize("name", METHODS)
def test_a_method_learns_and_loads_again(
    name: str, tiny_model_dir: Path, tiny_tokenizer: Any, records: Any, tmp_path: Path
) -> None:
    write_rows(tmp_path, token_rows(tiny_tokenizer, records[:4]))
    asked = {"max_steps": STEPS, "lr": 5e-2 if name == "prompt_tuning" else 1e-2}
    result = train(recipe(tmp_path, tiny_model_dir, peft=METHODS[name], train=asked), tmp_path)
    found = losses(tmp_path)
    assert len(found) == STEPS
    assert found[-1] < found[0] - (0.001 if name == "prompt_tuning" else 0.1)
    assert is_adapter(result.model)
    assert kind_of(result.model) == ("PROMPT_TUNING" if name == "prompt_tuning" else "LORA")
    model = load_tuned(tiny_model_dir, result.model, dtype="float32")
    prompt = token_rows(tiny_tokenizer, records[:1])["input_ids"][0].to_list()[:8]
    answer, _ = answered(model, prompt, Generate(max_new_tokens=3), [tiny_tokenizer.eos_token_id])
    assert 1 <= len(answer) <= 3


def test_a_loaded_adapter_answers_as_the_trained_model_did(
    tiny_model_dir: Path, tiny_tokenizer: Any, records: Any, tmp_path: Path
) -> None:
    write_rows(
        tmp_path, token_rows(tiny_tokenizer, records[:4]), token_rows(tiny_tokenizer, records[:4])
    )
    asked = {"max_steps": STEPS, "lr": 1e-2}
    run = recipe(tmp_path, tiny_model_dir, peft=METHODS["dora"], train=asked)
    result = train(run, tmp_path)
    import torch

    model = load_tuned(tiny_model_dir, result.model, dtype="float32").eval()
    total, count = 0.0, 0
    for row in token_rows(tiny_tokenizer, records[:4]).iter_rows(named=True):
        with torch.no_grad():
            scores = model(input_ids=torch.tensor([row["input_ids"]])).logits[0, :-1]
        labels = torch.tensor(row["labels"][1:])
        total += float(torch.nn.functional.cross_entropy(scores, labels, reduction="sum"))
        count += int((labels != -100).sum())
    assert result.dev["one"] == pytest.approx(total / count, abs=1e-4)


def test_quantized_weights_are_in_4_bits_while_training(
    tiny_model_dir: Path, tmp_path: Path
) -> None:
    from llmx_train.trl_adapter.adapters import load_model
    from llmx_train.trl_adapter.arguments import quantization

    four_bit = quantization(recipe(tmp_path, tiny_model_dir, peft=METHODS["qlora"]))
    model = load_model(tiny_model_dir, dtype="float32", quantization=four_bit)
    kinds = {type(m).__name__ for n, m in model.named_modules() if n.endswith("_proj")}
    assert kinds == {"Linear4bit"}
    assert four_bit.bnb_4bit_use_double_quant
    assert quantization(recipe(tmp_path, tiny_model_dir, peft=METHODS["lora"])) is None


def test_noise_on_embeddings_changes_training_only(
    tiny_model_dir: Path, tiny_tokenizer: Any, records: Any, tmp_path: Path
) -> None:
    found = {}
    for noise in (None, 5.0):
        run = tmp_path / str(noise)
        write_rows(
            run, token_rows(tiny_tokenizer, records), token_rows(tiny_tokenizer, records[:4])
        )
        train(recipe(run, tiny_model_dir, train={"max_steps": 1, "neftune": noise}), run)
        found[noise] = (losses(run), log_rows(run, "dev")[0]["loss"])
    assert found[None][0] != found[5.0][0]
    assert found[None][1] == found[5.0][1]


@pytest.mark.parametrize(("method", "lr"), [("lora", 3e-3), ("full", 1e-3)])
def test_preference_pairs_widen_the_margin(
    method: str, lr: float, tiny_model_dir: Path, tiny_tokenizer: Any, records: Any, tmp_path: Path
) -> None:
    pairs = pair_rows(tiny_tokenizer, records[:8])
    write_rows(tmp_path, pairs, pairs)
    asked = {"kind": "dpo", "max_steps": 16, "lr": lr, "global_batch": 8, "micro_batch": 8}
    peft = {"method": method, "r": 4, "alpha": 8}
    result = train(recipe(tmp_path, tiny_model_dir, peft=peft, train=asked), tmp_path)
    margins = [row["margin"] for row in log_rows(tmp_path)]
    assert margins[0] == pytest.approx(0, abs=1e-6)
    assert margins[-1] > 0.1
    assert log_rows(tmp_path, "dev")[0]["sources"]["pairs"] == pytest.approx(0.6931, abs=1e-3)
    assert result.dev["pairs"] < 0.66


@pytest.mark.parametrize("method", ["lora", "full"])
def test_computing_activations_twice_changes_nothing(
    method: str, tiny_model_dir: Path, tiny_tokenizer: Any, records: Any, tmp_path: Path
) -> None:
    found = []
    for twice in (False, True):
        run = tmp_path / str(twice)
        write_rows(run, token_rows(tiny_tokenizer, records[:8]))
        asked = {"max_steps": 3, "packing": "bfd", "gradient_checkpointing": twice}
        train(recipe(run, tiny_model_dir, peft={"method": method}, train=asked), run)
        found.append(losses(run))
    assert found[0] == pytest.approx(found[1], abs=1e-6)


def test_computing_in_16_bits_is_near(
    tiny_model_dir: Path, tiny_tokenizer: Any, records: Any, tmp_path: Path
) -> None:
    found = []
    for precision in ("fp32", "bf16"):
        run = tmp_path / precision
        write_rows(run, token_rows(tiny_tokenizer, records[:8]))
        train(recipe(run, tiny_model_dir, train={"max_steps": 2, "precision": precision}), run)
        found.append(losses(run))
    assert found[0] != found[1]
    assert found[0] == pytest.approx(found[1], abs=0.05)
