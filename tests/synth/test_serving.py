"""What fits on which card: the arithmetic against the published table, and the choices."""

from __future__ import annotations

import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest

from llmx_data.core.errors import EnvironmentTrouble, RecipeError
from llmx_data.licences import facts
from llmx_data.synth.engines.devices import gpus
from llmx_data.synth.fitting import room_tokens
from llmx_data.synth.serving import Card, Served, cards, fit, hours, parse_cards, served


def known(model: str) -> Served:
    found = served(model, facts())
    assert found is not None, model
    return found


NAMES = [
    ("qwen2.5-32b", "Qwen/Qwen2.5-32B-Instruct", "Apache-2.0"),
    ("Qwen2.5-32B", "Qwen/Qwen2.5-32B-Instruct", "Apache-2.0"),
    ("qwen2.5-32b-instruct", "Qwen/Qwen2.5-32B-Instruct", "Apache-2.0"),
    ("Qwen/Qwen2.5-7B-Instruct", "Qwen/Qwen2.5-7B-Instruct", "Apache-2.0"),
    ("qwen2.5-7b@0123abc", "Qwen/Qwen2.5-7B-Instruct", "Apache-2.0"),
    ("qwen2.5-3b", "Qwen/Qwen2.5-3B-Instruct", "LicenseRef-qwen-research"),
    ("qwen2.5-72b", "Qwen/Qwen2.5-72B-Instruct", "LicenseRef-qwen-2024"),
    ("phi-4-14b", "microsoft/phi-4", "MIT"),
    ("llama-3.1-8b", "meta-llama/Llama-3.1-8B-Instruct", "LicenseRef-llama-3.1"),
]
UNSERVED = ["qwen2.5", "Qwen/Qwen2.5-32B", "llm-jp-3-13b", "qwen3", "gpt-4o", "no-such-model"]


@pytest.mark.parametrize(("model", "repo", "license_id"), NAMES)
def test_a_name_leads_to_the_chat_model_under_its_own_terms(
    model: str, repo: str, license_id: str
) -> None:
    found = known(model)
    assert (found.entry.repo, found.card.license) == (repo, license_id)


@pytest.mark.parametrize("model", UNSERVED)
def test_families_bases_and_services_are_not_served(model: str) -> None:
    assert served(model, facts()) is None


# GiB of the weights, and 1,000s of key-value tokens by GiB of the card, as the survey has them.
# It counts all weights alike; the engine keeps embeddings and head (1.6 B) at 2 bytes, which makes
# fp8 1.5 GiB larger than its 1 byte each. Hence 13 % on 48 GiB; on 24 GiB 0.4 GiB are 18 %.
TABLE = [
    ("bf16", False, 61, {80: 44}, 0.10),
    ("fp8", False, 31, {80: 170}, 0.10),
    ("fp8", False, 31, {48: 50}, 0.13),
    ("fp8", True, 31, {48: 100}, 0.13),
    ("awq", False, 18, {48: 100, 80: 219}, 0.10),
    ("awq", False, 18, {24: 9}, 0.18),
    ("awq", True, 18, {24: 18}, 0.18),
]


@pytest.mark.parametrize(("kind", "kv_fp8", "gib", "tokens", "within"), TABLE)
def test_the_arithmetic_gives_the_published_table(
    kind: Any, kv_fp8: bool, gib: int, tokens: dict[int, int], within: float
) -> None:
    found = known("qwen2.5-32b")
    assert found.weights_gib(kind) == pytest.approx(gib, rel=0.04)
    for card, thousands in tokens.items():
        room = room_tokens(found, card, kind, fp8=kv_fp8, at=1)
        assert room == pytest.approx(1000 * thousands, rel=within)


def test_a_token_of_qwen_takes_256_kib() -> None:
    assert known("qwen2.5-32b").token_bytes() == 256 * 1024
    assert known("qwen2.5-32b").token_bytes(fp8=True) == 128 * 1024


@pytest.mark.parametrize(
    ("model", "kind", "gib"),
    # Sizes of published files, in GiB: what the arithmetic must come near to.
    [("qwen2.5-7b", "awq", 5.19), ("qwen2.5-32b", "awq", 18.0), ("gpt-oss-20b", "bf16", 12.8)],
)
def test_weights_are_near_published_files(model: str, kind: Any, gib: float) -> None:
    assert known(model).weights_gib(kind) == pytest.approx(gib, rel=0.02)


# (GiB, capability) -> weights, dtype of keys and values, max_model_len, max_num_seqs
CHOICES = [
    ("qwen2.5-32b", 80, 9.0, "fp8", "auto", 8192, 128),
    ("qwen2.5-32b", 80, 8.0, "awq", "auto", 8192, 128),
    ("qwen2.5-32b", 80, None, "awq", "auto", 8192, 128),
    ("qwen2.5-32b", 48, 8.9, "awq", "auto", 8192, 64),
    ("qwen2.5-32b", 24, 8.9, "awq", "fp8", 4096, 16),
    ("qwen2.5-32b", 24, 8.6, "awq", "auto", 4096, 8),
    ("qwen2.5-7b", 24, 8.9, "bf16", "auto", 8192, 64),
    ("qwen2.5-7b", 80, 9.0, "bf16", "auto", 8192, 256),
    ("llm-jp-3-13b-instruct3", 80, 9.0, "bf16", "auto", 4096, 32),
    ("gpt-oss-20b", 24, 8.9, "bf16", "auto", 8192, 128),
]


@pytest.mark.parametrize(("model", "gib", "cc", "kind", "kv", "length", "seqs"), CHOICES)
def test_settings_follow_from_the_card(
    model: str, gib: float, cc: float | None, kind: str, kv: str, length: int, seqs: int
) -> None:
    found = fit(known(model), gpu_gib=gib, compute_capability=cc)
    assert found.fits
    assert found.quantization == kind
    assert found.options() == {
        "quantization": "fp8" if kind == "fp8" else None,
        "kv_cache_dtype": kv,
        "max_model_len": length,
        "max_num_seqs": seqs,
        "tensor_parallel_size": 1,
    }


def test_quantized_weights_are_another_repository_and_another_generator() -> None:
    awq = fit(known("qwen2.5-32b"), gpu_gib=48, compute_capability=8.9)
    assert (awq.repo, awq.generator_quantization) == ("Qwen/Qwen2.5-32B-Instruct-AWQ", "awq")
    online = fit(known("qwen2.5-32b"), gpu_gib=80, compute_capability=9.0)
    assert (online.repo, online.generator_quantization) == ("Qwen/Qwen2.5-32B-Instruct", "fp8")
    ready = fit(known("qwen3-32b"), gpu_gib=80, compute_capability=9.0)
    assert (ready.repo, ready.options()["quantization"]) == ("Qwen/Qwen3-32B-FP8", None)
    whole = fit(known("qwen2.5-7b"), gpu_gib=80, compute_capability=9.0)
    assert (whole.repo, whole.generator_quantization) == ("Qwen/Qwen2.5-7B-Instruct", None)


# (cards, GiB, asked) -> processes, cards of each: several cards only where one does not hold it
SPREAD = [
    (2, 24, None, 2, 1),
    (4, 24, "bf16", 1, 4),
    (2, 48, "bf16", 1, 2),
    (2, 24, "fp8", 1, 2),
    (4, 80, "bf16", 4, 1),
]


@pytest.mark.parametrize(("gpus", "gib", "asked", "processes", "each"), SPREAD)
def test_cards_are_shared_only_where_one_is_too_small(
    gpus: int, gib: float, asked: str | None, processes: int, each: int
) -> None:
    found = fit(
        known("qwen2.5-32b"), gpu_gib=gib, gpus=gpus, quantization=asked, compute_capability=8.9
    )
    assert (found.processes, found.tensor_parallel) == (processes, each)
    assert found.options()["tensor_parallel_size"] == each


def test_what_does_not_fit_names_smaller_ones_with_their_licences() -> None:
    found = fit(known("qwen2.5-32b"), gpu_gib=8, compute_capability=8.9)
    assert not found.fits
    told = "\n".join(found.lines())
    assert "does not fit on 1 x 8 GiB: awq weights of 18.0 GiB" in told
    assert "not measured" in told
    assert [one.entry.alias for one in found.smaller] == [
        "qwen2.5-7b", "qwen2.5-3b", "qwen2.5-1.5b", "qwen2.5-0.5b",
    ]  # fmt: skip
    assert "qwen2.5-3b (LicenseRef-qwen-research)" in told
    with pytest.raises(EnvironmentTrouble, match="does not fit"):
        found.options()


def test_a_heads_count_that_cards_do_not_divide_is_no_way_out() -> None:
    found = fit(known("phi-4"), gpu_gib=12, gpus=4, quantization="bf16")
    assert not found.fits  # 10 heads of keys: two cards share them, four cannot
    assert fit(known("qwen2.5-14b"), gpu_gib=12, gpus=4, quantization="bf16").tensor_parallel == 4


WRONG = [
    ("gptq", None, "known are bf16, fp8, awq"),
    ("fp8", 8.0, "compute capability 8.9"),
]


@pytest.mark.parametrize(("asked", "cc", "told"), WRONG)
def test_what_cannot_be_asked_for_is_told(asked: str, cc: float | None, told: str) -> None:
    with pytest.raises(RecipeError, match=told):
        fit(known("qwen2.5-32b"), gpu_gib=80, quantization=asked, compute_capability=cc)


def test_weights_that_nobody_published_are_not_asked_for() -> None:
    with pytest.raises(RecipeError, match=r"known are bf16, fp8$"):
        fit(known("phi-4"), gpu_gib=80, quantization="awq")


def test_the_arithmetic_is_shown() -> None:
    told = "\n".join(fit(known("qwen2.5-32b"), gpu_gib=24, compute_capability=8.9).lines())
    for step in (
        "arithmetic, not measured",
        "0.92 x 24.0 GiB, less 1.5 overhead (assumed) and 18.0 / 1",
        "2 x 64 layers x 8 heads x 128 x 1 byte = 128 KiB",
        "room for 21,136 tokens, 20 sequences",
        "max_model_len 4,096, max_num_seqs 16",
    ):
        assert step in told
    assert "made while loading" not in told
    tight = fit(known("qwen2.5-32b"), gpu_gib=48, quantization="fp8", compute_capability=8.9)
    assert "an engine that first loads all 61 GiB fails" in "\n".join(tight.lines())


H100 = "NVIDIA H100 80GB HBM3"


def test_hours_are_a_range_for_the_size_that_was_measured_and_for_no_other() -> None:
    found = hours(65_000_000, known("qwen2.5-32b"), H100)
    assert found is not None
    assert (found.least, found.most) == pytest.approx((4.51, 9.03), abs=0.01)
    assert "GPUStack" in found.line()
    slower = hours(65_000_000, known("qwen3-32b"), Card("NVIDIA A100-SXM4-80GB", 80.0, 8.0))
    assert slower is not None
    assert slower.least > found.least
    for model, card in [
        ("qwen2.5-7b", H100), ("qwen2.5-72b", H100), ("qwen3-30b-a3b", H100),
        ("qwen2.5-32b", "NVIDIA L40S"),
    ]:  # fmt: skip
        assert hours(65_000_000, known(model), card) is None


CARDS = [
    ("", []),
    (f"{H100}, 81559, 9.0\n", [Card(H100, 81559 / 1024, 9.0)]),
    (
        "NVIDIA GeForce RTX 4090, 24564, 8.9\nNVIDIA GeForce RTX 3090, 24576, 8.6\n",
        [
            Card("NVIDIA GeForce RTX 4090", 24564 / 1024, 8.9),
            Card("NVIDIA GeForce RTX 3090", 24576 / 1024, 8.6),
        ],
    ),
    ("NVIDIA GB10, [N/A], 12.1\n", []),
    ("Quadro, P, 8192, [N/A]\n", [Card("Quadro, P", 8.0, None)]),
    ("No devices were found\n", []),
]


@pytest.mark.parametrize(("text", "found"), CARDS)
def test_cards_are_read_from_nvidia_smi(text: str, found: list[Card]) -> None:
    assert parse_cards(text) == found


def program(folder: Path, script: str) -> None:
    path = folder / "nvidia-smi"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def test_cards_of_a_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert cards() == []
    program(
        tmp_path,
        f'[ "$1" = --query-gpu=uuid,name,memory.total,compute_cap ] && echo "GPU-1, {H100}, 81559, 9.0"',
    )
    assert [card.name for card in cards()] == [H100]
    program(tmp_path, f'echo "GPU-1, {H100}, 81559, 9.0"; exit 9')
    assert cards() == []


# CUDA_VISIBLE_DEVICES -> memory in GiB of the cards that the arithmetic is done for
VISIBLE: list[tuple[str | None, list[int]]] = [
    (None, [80, 24, 48]),
    ("0", [80]),
    ("2, 1", [48, 24]),
    ("GPU-5b", [48]),
    ("GPU-5a11,0", [24, 80]),
    ("", []),
    ("-1", []),
    ("1,-1,0", [24]),
    ("7", []),
    ("MIG-5b", []),
]


@pytest.mark.parametrize(("said", "found"), VISIBLE)
def test_only_cards_that_this_process_may_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str | None, found: list[int]
) -> None:
    lines = [
        "GPU-9c, NVIDIA H100, 81920, 9.0",
        "GPU-5a11, NVIDIA A10, 24576, 8.6",
        "GPU-5b, L40S, 49152, 8.9",
    ]
    listed = [f"GPU {n}: {line} (UUID: x)" for n, line in enumerate(lines)]
    script = "\n".join(f'echo "{line}"' for line in lines)
    told = "\n".join(f'echo "{line}"' for line in listed)
    program(tmp_path, f'if [ "$1" = -L ]; then\n{told}\nelse\n{script}\nfi')
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    if said is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", said)
    assert [card.gib for card in cards()] == found
    if said not in ("7", "MIG-5b"):
        assert len(gpus()) == len(found), "the engine starts as many processes"


def test_a_driver_that_hangs_gives_no_card(monkeypatch: pytest.MonkeyPatch) -> None:
    def hang(*args: Any, timeout: float, **more: Any) -> None:
        assert timeout <= 5
        raise subprocess.TimeoutExpired("nvidia-smi", timeout)

    monkeypatch.setattr(subprocess, "run", hang)
    assert cards() == []
