"""Arithmetic of memory, FLOPs, steps and hours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from llmx_data.core.storage import shipped
from llmx_data.license.facts import load
from llmx_train.memory import estimate, hours, steps
from llmx_train.shape import Shape, of_folder, of_model, of_serving, peak_flops, serving
from tests.train.training import recipe

LLM_JP = Shape(
    parameters=1_867_614_208, embeddings=407_896_064, layers=24, hidden=2048, feed=7168, heads=16,
    queries=2048, keys=2048, vocabulary=99_584, linear=24 * (8 * 2048 + 2048 * 3 + 7168 * 3),
    exact=True,
)  # fmt: skip

WEIGHTS = [
    ("full", "float32", {"weights": 7.470, "gradients": 7.470, "optimizer": 14.941}),
    ("full", "bfloat16", {"weights": 3.735, "gradients": 3.735, "optimizer": 7.470}),
    ("lora", "bfloat16", {"weights": 3.735, "adapter": 0.068, "optimizer": 0.135}),
    ("qlora", "bfloat16", {"weights": 1.569, "adapter": 0.034, "optimizer": 0.068}),
    ("prompt_tuning", "bfloat16", {"weights": 3.735, "adapter": 0.0, "optimizer": 0.0}),
]
"""GB by hand: 16 B per parameter in 32 bits, 2 B for LoRA's base, 0.516 B for QLoRA's."""


def _parts(tmp_path: Path, method: str, dtype: str = "bfloat16", **train: Any) -> dict[str, float]:
    packing = {"packing": "none"} if method == "prompt_tuning" else {}
    run = recipe(
        tmp_path, "acme/model", model={"base": "acme/model", "dtype": dtype},
        peft={"method": method, "r": 16}, train={"precision": "bf16", **packing, **train},
    )  # fmt: skip
    found: dict[str, float] = estimate(run, LLM_JP)["parts_gb"]
    return found


@pytest.mark.parametrize(("method", "dtype", "wanted"), WEIGHTS)
def test_weights_gradients_and_optimizer(
    method: str, dtype: str, wanted: dict[str, float], tmp_path: Path
) -> None:
    found = _parts(tmp_path, method, dtype)
    assert {name: found[name] for name in wanted} == pytest.approx(wanted, abs=1e-3)


def test_all_weights_in_32_bits_take_16_bytes_each(tmp_path: Path) -> None:
    found = _parts(tmp_path, "full", "float32")
    held = found["weights"] + found["gradients"] + found["optimizer"]
    assert held * 1e9 / LLM_JP.parameters == pytest.approx(16, abs=0.01)
    assert found["casts"] * 1e9 / LLM_JP.parameters == pytest.approx(2, abs=0.01)
    assert _parts(tmp_path, "full", "float32", precision="fp32")["casts"] == 0


def test_activations_grow_with_rows_and_shrink_with_checkpointing(tmp_path: Path) -> None:
    one = _parts(tmp_path, "lora", micro_batch=1)["activations"]
    four = _parts(tmp_path, "lora", micro_batch=4)["activations"]
    kept = _parts(tmp_path, "lora", micro_batch=4, gradient_checkpointing=True)["activations"]
    assert four == pytest.approx(4 * one, rel=0.01)
    assert kept < four / 5
    pairs = _parts(tmp_path, "lora", micro_batch=4, kind="dpo")["activations"]
    assert pairs == pytest.approx(2 * four, rel=0.01)


def test_scores_of_the_whole_vocabulary_are_never_held(tmp_path: Path) -> None:
    long = _parts(tmp_path, "lora", max_length=16_384, micro_batch=1)
    assert long["head"] == pytest.approx(4_096 * 32_768 * 4 / 1e9, abs=1e-3)
    assert long["head"] < 16_384 * LLM_JP.vocabulary * 4 / 1e9 / 10


def test_preference_of_all_weights_holds_the_base_too(tmp_path: Path) -> None:
    assert _parts(tmp_path, "full", kind="dpo")["reference"] == pytest.approx(3.735, abs=1e-3)
    assert _parts(tmp_path, "lora", kind="dpo")["reference"] == 0
    assert _parts(tmp_path, "full")["reference"] == 0


def test_the_total_is_the_sum_and_says_what_it_stands_on(tmp_path: Path) -> None:
    run = recipe(tmp_path, "acme/model", peft={"method": "lora", "r": 16})
    told = estimate(run, LLM_JP)
    assert told["total_gb"] == pytest.approx(sum(told["parts_gb"].values()), abs=0.006)
    assert (told["exact_shape"], told["measured"]) == (True, False)
    assert told["trainable"] == 16 * LLM_JP.linear


def test_a_model_is_counted_as_peft_trains_it(tiny_model_dir: Path, tmp_path: Path) -> None:
    from peft import get_peft_model

    from llmx_train.trl_adapter.adapters import load_model
    from llmx_train.trl_adapter.arguments import adapter

    shape = of_folder(tiny_model_dir)
    assert shape == of_model(load_model(tiny_model_dir, dtype="float32"))
    assert (shape.layers, shape.hidden, shape.feed, shape.queries, shape.keys) == (
        2,
        64,
        128,
        64,
        32,
    )
    assert shape.embeddings == shape.vocabulary * 64  # tied
    for method in ("lora", "dora", "prompt_tuning"):
        peft = {"method": method, "r": 4, "virtual_tokens": 3}
        run = recipe(tmp_path, tiny_model_dir, peft=peft)
        model = get_peft_model(load_model(tiny_model_dir, dtype="float32"), adapter(run))
        trained = sum(p.numel() for p in model.parameters() if p.requires_grad)
        assert shape.trainable(method, r=4, virtual_tokens=3) == trained


def test_flops_of_a_token() -> None:
    weights = LLM_JP.parameters - LLM_JP.vocabulary * LLM_JP.hidden
    attention = 6 * 24 * 2048 * 4096
    assert LLM_JP.flops_per_token("full", 4096) == 6 * weights + attention
    assert LLM_JP.flops_per_token("lora", 4096) == 4 * weights + attention


def test_the_catalogue_gives_a_shape_within_a_quarter() -> None:
    facts = load(shipped("licenses"))
    for name, hidden in (
        ("llm-jp/llm-jp-3-1.8b", 2048), ("llm-jp/llm-jp-3-13b", 5120), ("qwen2.5-0.5b", 896),
        ("google/gemma-2-2b", 2304),
    ):  # fmt: skip
        entry = serving(facts, name)
        assert entry is not None
        shape = of_serving(entry)
        assert shape.hidden == pytest.approx(hidden, rel=0.25)
        assert not shape.exact
    assert serving(facts, "acme/model") is None


@pytest.mark.parametrize(
    ("card", "peak"),
    [
        ("NVIDIA H100 80GB HBM3", 989e12), ("NVIDIA H100 PCIe", 756e12),
        ("NVIDIA A100-SXM4-40GB", 312e12), ("NVIDIA L4", 121e12), ("NVIDIA L40S", 362e12),
        ("NVIDIA A10G", 70e12), ("Tesla T4", None), (None, None),
    ],
)  # fmt: skip
def test_peaks_of_cards(card: str | None, peak: float | None) -> None:
    assert peak_flops(card) == peak


def test_steps_and_hours(tmp_path: Path) -> None:
    asked = {"max_steps": None, "epochs": 2.0, "global_batch": 8}
    run = recipe(tmp_path, "tiny", train=asked)
    assert [steps(run, rows=n) for n in (1, 8, 9, 80)] == [2, 2, 4, 20]
    assert steps(recipe(tmp_path, "tiny", train={"max_steps": 5}), rows=80) == 5
    assert hours(1_000_000, 3, 1_000) == pytest.approx(0.833, abs=1e-3)
    assert hours(1_000_000, 3, None) is None
