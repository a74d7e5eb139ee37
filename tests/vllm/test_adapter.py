"""What an engine is built with changes what it draws: a LoRA adapter, and tokens never drawn."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from llmx_data.core.errors import EnvironmentTrouble
from llmx_data.synth.chinese_tokens import chinese_tokens
from llmx_data.synth.engines.vllm import Vllm, VllmOptions

from . import tiny
from .asking import once, request

QUESTIONS = [request(f"質問{n}", tokens=24, temperature=0.0) for n in range(6)]


@pytest.fixture(scope="module")
def adapted(folder: Path, adapter: Path) -> Iterator[Vllm]:
    """Give an engine with the adapter, which never draws Chinese."""
    options = VllmOptions(**tiny.OPTIONS, lora=str(adapter), suppress_chinese=True)
    made = Vllm(str(folder), options)
    yield made
    made.close()


def test_the_adapter_changes_what_is_drawn(adapted: Vllm, adapter: Path) -> None:
    from vllm import SamplingParams

    llm, how = adapted._llm(), SamplingParams(temperature=0.0, max_tokens=1, logprobs=5)
    prompts = [f"質問{n}" for n in range(6)]

    def logprobs(lora: Any) -> list[dict[int, float]]:
        outputs = llm.generate(prompts, how, use_tqdm=False, lora_request=lora)
        first = [output.outputs[0].logprobs[0] for output in outputs]
        return [{token: one.logprob for token, one in top.items()} for top in first]

    plain, with_it = logprobs(None), logprobs(adapted._lora())
    assert all(
        max((abs(a[t] - b[t]) for t in a.keys() & b.keys()), default=9.9) > 0.05
        for a, b in zip(plain, with_it, strict=True)
    )
    ours = [r.text for r in adapted.answer(once(QUESTIONS))]
    chats = [[dict(m) for m in one.messages] for one in QUESTIONS]
    greedy = SamplingParams(temperature=0.0, max_tokens=24)
    without = [o.outputs[0].text for o in llm.chat(chats, greedy, use_tqdm=False)]
    assert all(a != b for a, b in zip(ours, without, strict=True))
    assert adapted.name.endswith(f"(model, tp 1, lora {adapter.name})")


def test_an_adapter_that_fits_another_model_is_refused(folder: Path, tmp_path: Path) -> None:
    other = tiny.model(tmp_path / "other", heads=4)
    wrong = tiny.adapter(other, tmp_path / "wrong")
    engine = Vllm(str(folder), VllmOptions(**tiny.OPTIONS, lora=str(wrong)))
    with pytest.raises(EnvironmentTrouble, match="vllm cannot load"):
        list(engine.answer(once(QUESTIONS)))


def test_chinese_is_not_drawn(adapted: Vllm, engine: Vllm) -> None:
    from vllm import SamplingParams

    words = engine._llm().get_tokenizer()
    chinese = set(chinese_tokens(words.decode, len(words)))
    assert len(chinese) > 20

    def met(llm: Any) -> int:
        how = [SamplingParams(max_tokens=24, seed=seed) for seed in range(24)]
        outputs = llm.generate(["質問"] * len(how), how, use_tqdm=False)
        return sum(not chinese.isdisjoint(output.outputs[0].token_ids) for output in outputs)

    assert met(engine._llm()) >= 12
    assert met(adapted._llm()) == 0


def test_the_mask_speaks_to_both_runners(folder: Path) -> None:
    """The runner for GPUs calls it with other arguments; it cannot run here."""
    import torch
    from vllm.v1.sample.logits_processor import LogitsProcessor as First
    from vllm.v1.worker.gpu.sample.logits_processor import LogitsProcessor as Second
    from vllm.v1.worker.gpu.sample.logits_processor.loader import _load_v2_logitsprocs_by_fqcns

    (made,) = _load_v2_logitsprocs_by_fqcns(["llmx_data.synth.engines.vllm:NoChinese"])
    assert issubclass(made, First)
    assert issubclass(made, Second)
    words = tiny.tokenizer()
    kind: Any = type("Here", (made,), {"tokenizer_of": staticmethod(lambda _: words)})
    model = SimpleNamespace(get_vocab_size=lambda: len(words))
    state = SimpleNamespace(device=torch.device("cpu"))
    mask = kind(SimpleNamespace(model_config=model), state)
    assert mask.add_request(0, None) is True
    logits = mask.apply(torch.zeros(3, len(words)), object())
    masked = torch.isinf(logits).all(dim=0).nonzero().flatten().tolist()
    assert masked == chinese_tokens(words.decode, len(words))
