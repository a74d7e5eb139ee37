"""vllm in this process: chunks of chats, each answered whole before it is written down.

The only file of this package that imports vllm, and only when the first request comes.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from itertools import chain, islice
from pathlib import Path
from typing import Any

from llmx_data.core.errors import EnvironmentTrouble
from llmx_data.synth.engines import Try
from llmx_data.synth.engines.chunks import each
from llmx_data.synth.engines.devices import check, installed
from llmx_data.synth.engines.vllm_options import MOST_AT_ONCE, VllmOptions
from llmx_data.synth.ledger import Response

__all__ = ["Vllm", "VllmOptions"]

QUIET = {
    "VLLM_NO_USAGE_STATS": "1",
    "DO_NOT_TRACK": "1",
    "VLLM_LOGGING_LEVEL": "WARNING",
    "VLLM_LOGGING_STREAM": "ext://sys.stderr",
}
"""Set before vllm is imported, unless the user did: it reports to nobody, and results alone go to
standard output."""


@dataclass(frozen=True)
class Vllm:
    """A model of the hub, or a folder, loaded at the first request and kept until `close`.

    Errors: EnvironmentTrouble before vllm is imported, where it is missing, of another version, or
    without a device; and where it cannot load the model or stops working.
    """

    model: str
    options: VllmOptions = field(default_factory=VllmOptions)
    revision: str | None = None
    _held: list[Any] = field(default_factory=list, init=False, repr=False, compare=False)

    @property
    def source(self) -> str:
        """What is loaded: the folder or repository of the options, else the model's."""
        return self.options.model or self.model

    @property
    def name(self) -> str:
        """For the manifest; of folders only the last part."""
        given = self.options
        model = Path(self.source).name if Path(self.source).is_dir() else self.source
        lora = f"lora {Path(given.lora).name}" if given.lora else None
        parts = [model, given.quantization, f"tp {given.tensor_parallel_size}", lora]
        return f"{' '.join(installed() or ('vllm',))} ({', '.join(p for p in parts if p)})"

    def answer(self, tries: Iterable[Try]) -> Iterator[Response]:
        """Answer chunk by chunk, in order; a request that vllm cannot take gives a failed one."""
        left = iter(tries)
        for first in left:  # with nothing to ask no model is loaded
            chunk = [first, *islice(left, self._chunk() - 1)]
            chats = [one for one in chunk if one.request.prompt is None]
            texts = [one for one in chunk if one.request.prompt is not None]
            faults = (import_module("vllm.exceptions").VLLMClientError, ValueError, TypeError)
            yield from chain(each(self._chat, chats, faults), each(self._continue, texts, faults))

    def close(self) -> None:
        """Let the model go, and the memory it holds."""
        while self._held:
            self._held.pop().llm_engine.engine_core.shutdown()

    def _llm(self) -> Any:
        if not self._held:
            check(self.model, self.options.tensor_parallel_size)
            for name, value in QUIET.items():
                os.environ.setdefault(name, value)
            owner = self.options if self.options.model else self
            arguments = self.options.arguments(owner.revision)
            try:
                llm = import_module("vllm").LLM(self.source, **arguments)
                if (lora := self._lora()) is not None:
                    llm.llm_engine.add_lora(lora)  # a bad one fails here, not request by request
            except Exception as error:
                way = "short of memory: max_model_len, kv_cache_dtype: fp8, a smaller model"
                why = f"vllm cannot load {self.source}: {str(error)[:500]}"
                raise EnvironmentTrouble(f"{why}\n    see its lines above; {way}") from error
            self._held.append(llm)
        return self._held[0]

    def _chunk(self) -> int:
        seqs = self._llm().llm_engine.vllm_config.scheduler_config.max_num_seqs
        return self.options.chunk or min(4 * int(seqs), MOST_AT_ONCE)

    def _chat(self, some: list[Try]) -> Any:
        asked = [[dict(message) for message in one.request.messages] for one in some]
        return self._llm().chat(
            asked, [drawn(one) for one in some], use_tqdm=False, lora_request=self._lora(),
            chat_template_kwargs=self.options.chat_template_kwargs or None,
        )  # fmt: skip

    def _continue(self, some: list[Try]) -> Any:
        """Go on with raw texts as they are: no token is put before them."""
        texts, as_is = [one.request.prompt for one in some], {"add_special_tokens": False}
        return self._llm().generate(
            texts, [drawn(one) for one in some], use_tqdm=False, lora_request=self._lora(),
            tokenization_kwargs=as_is,
        )  # fmt: skip

    def _lora(self) -> Any:
        given = self.options.lora
        return import_module("vllm.lora.request").LoRARequest("llmx", 1, given) if given else None


def drawn(one: Try) -> Any:
    """Spell a try in vllm's `SamplingParams`; a raw text may stop at a special token."""
    how, held = one.request.sampling, None
    if one.request.schema is not None:
        params = import_module("vllm.sampling_params")
        held = params.StructuredOutputsParams(json=dict(one.request.schema))
    return import_module("vllm").SamplingParams(
        max_tokens=one.max_tokens, seed=one.seed, temperature=how.temperature, top_p=how.top_p,
        top_k=how.top_k, min_p=how.min_p, repetition_penalty=how.repetition_penalty,
        stop=list(how.stop), structured_outputs=held,
        skip_special_tokens=one.request.prompt is None,
    )  # fmt: skip


def __getattr__(name: str) -> Any:
    """Give `NoChinese`, which vllm asks for by name in the process of its engine."""
    if name != "NoChinese":
        raise AttributeError(name)
    return _no_chinese()


@cache
def _no_chinese() -> type:
    """Make the class for both of vllm's model runners, whose methods have the same names."""
    from llmx_data.synth.engines.no_chinese import Mask

    first = import_module("vllm.v1.sample.logits_processor").LogitsProcessor
    second = import_module("vllm.v1.worker.gpu.sample.logits_processor").LogitsProcessor
    tokenizer_of = staticmethod(import_module("vllm.tokenizers").cached_tokenizer_from_config)
    return type("NoChinese", (Mask, first, second), {"tokenizer_of": tokenizer_of})
