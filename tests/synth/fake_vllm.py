"""A module that looks like vllm to the engine: its names, its signatures, its refusals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from types import ModuleType, SimpleNamespace
from typing import Any

LONGEST = 50
"""Characters of a conversation that it takes."""


class VLLMClientError(Exception):
    """The request is at fault."""


@dataclass
class StructuredOutputsParams:
    json: Any = None


@dataclass
class SamplingParams:
    temperature: float = 1.0
    top_p: float = 1.0
    top_k: int = 0
    min_p: float = 0.0
    repetition_penalty: float = 1.0
    seed: int | None = None
    stop: str | list[str] | None = None
    max_tokens: int | None = 16
    structured_outputs: StructuredOutputsParams | None = None
    skip_special_tokens: bool = True


@dataclass
class LoRARequest:
    lora_name: str
    lora_int_id: int
    lora_path: str = ""


@dataclass
class Seen:
    """What was asked of it."""

    models: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    chats: list[list[str]] = field(default_factory=list)
    texts: list[list[str]] = field(default_factory=list)
    params: list[SamplingParams] = field(default_factory=list)
    given: list[dict[str, Any]] = field(default_factory=list)
    adapters: list[LoRARequest] = field(default_factory=list)
    closed: int = 0


class LLM:
    """The class whose calls are watched; `seen` is set on the subclass of a test."""

    seen: Seen

    def __init__(self, model: str, *, max_num_seqs: int | None = None, **more: Any) -> None:
        if model == "broken":
            raise RuntimeError("Engine core initialization failed")
        self.seen.models.append((model, {"max_num_seqs": max_num_seqs, **more}))
        config = SimpleNamespace(scheduler_config=SimpleNamespace(max_num_seqs=max_num_seqs or 256))
        core = SimpleNamespace(shutdown=self._shutdown)
        self.llm_engine = SimpleNamespace(
            vllm_config=config, engine_core=core, add_lora=self.seen.adapters.append
        )

    def _shutdown(self) -> None:
        self.seen.closed += 1

    def chat(
        self,
        messages: Sequence[list[dict[str, str]]],
        sampling_params: Sequence[SamplingParams] | None = None,
        use_tqdm: bool = True,
        lora_request: LoRARequest | None = None,
        priority: int | None = None,
        chat_template: str | None = None,
        chat_template_content_format: str = "auto",
        add_generation_prompt: bool = True,
        continue_final_message: bool = False,
        tools: list[dict[str, Any]] | None = None,
        chat_template_kwargs: dict[str, Any] | None = None,
        tokenization_kwargs: dict[str, Any] | None = None,
    ) -> list[Any]:
        self.seen.chats.append([talk[-1]["content"] for talk in messages])
        given = {"lora": lora_request, "words": chat_template_kwargs, "tqdm": use_tqdm}
        self.seen.given.append(given)
        return self._all([talk[-1]["content"] for talk in messages], sampling_params)

    def generate(
        self,
        prompts: Sequence[str],
        sampling_params: Sequence[SamplingParams] | None = None,
        *,
        use_tqdm: bool = True,
        lora_request: LoRARequest | None = None,
        priority: int | None = None,
        tokenization_kwargs: dict[str, Any] | None = None,
    ) -> list[Any]:
        self.seen.texts.append(list(prompts))
        self.seen.given.append({"lora": lora_request, "tokens": tokenization_kwargs})
        return self._all(prompts, sampling_params)

    def _all(self, texts: Sequence[str], params: Sequence[SamplingParams] | None) -> list[Any]:
        assert params is not None
        assert len(params) == len(texts)
        for text, how in zip(texts, params, strict=True):
            if len(text) > LONGEST:
                raise VLLMClientError(f"maximum context length is {LONGEST} tokens")
            if how.structured_outputs and "$ref" in how.structured_outputs.json:
                raise ValueError("unsupported JSON schema")
            if text == "死":
                raise RuntimeError("EngineCore encountered an issue")
        self.seen.params.extend(params)
        return [self._one(text, how) for text, how in zip(texts, params, strict=True)]

    def _one(self, text: str, how: SamplingParams) -> Any:
        reason = "length" if how.max_tokens == 1 else "abort" if text == "中断" else "stop"
        said = SimpleNamespace(text=f"答え: {text}", finish_reason=reason, token_ids=[1, 2, 3])
        return SimpleNamespace(outputs=[said], prompt_token_ids=list(range(len(text))))


def modules(seen: Seen) -> dict[str, ModuleType]:
    """Give modules by name, whose LLM notes what it is asked in `seen`."""
    made = {name: ModuleType(name) for name in
            ("vllm", "vllm.exceptions", "vllm.lora.request", "vllm.sampling_params")}  # fmt: skip
    vars(made["vllm"]).update(
        LLM=type("LLM", (LLM,), {"seen": seen}), SamplingParams=SamplingParams
    )
    vars(made["vllm.exceptions"]).update(VLLMClientError=VLLMClientError)
    vars(made["vllm.lora.request"]).update(LoRARequest=LoRARequest)
    vars(made["vllm.sampling_params"]).update(StructuredOutputsParams=StructuredOutputsParams)
    return made
