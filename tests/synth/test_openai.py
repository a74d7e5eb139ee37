"""The client: many requests at once, over a server that does everything wrong once."""

from __future__ import annotations

import socket
from collections.abc import Iterable
from typing import Any

import pytest

from llmx_data.core.errors import EnvironmentTrouble
from llmx_data.synth.engines import Try
from llmx_data.synth.engines.openai import OpenAI
from llmx_data.synth.ledger import Response
from llmx_data.synth.requests import Generator, Request, Sampling

from .server import Reply, says, serving


def tries(texts: Iterable[str], **sampling: Any) -> list[Try]:
    made = []
    for text in texts:
        messages = ({"role": "user", "content": text},)
        drawn = Sampling(64, **sampling)
        request = Request("answer", "t", "00", messages, drawn, Generator("tiny"))
        made.append(Try(request, 0, request.seed(1), drawn.max_tokens))
    return made


def ask(url: str, texts: Iterable[str], **options: Any) -> dict[str, Response]:
    some = tries(texts)
    engine = OpenAI(url, "tiny", **({"first_wait": 0.01, "retries": 3} | options))
    found = {r.request_id: r for r in engine.answer(some)}
    return {t.request.messages[-1]["content"]: found[t.request.id] for t in some}


def echo(body: dict[str, Any], _: int) -> Reply:
    return says(f"答え: {body['messages'][-1]['content']}")


def test_all_are_answered_many_at_once() -> None:
    def slow(body: dict[str, Any], number: int) -> Reply:
        return echo(body, number) | {"wait": 0.05}

    with serving(slow) as (url, calls):
        found = ask(url, [f"問{n}" for n in range(40)], concurrency=8)
    assert {text: r.text for text, r in found.items()} == {
        f"問{n}": f"答え: 問{n}" for n in range(40)
    }
    assert set(calls.by_text.values()) == {1}
    assert 2 <= calls.most_at_once <= 8
    assert all(r.state == "done" and r.finish_reason == "stop" for r in found.values())
    assert all((r.tokens_in, r.tokens_out > 0, r.at > 0) == (7, True, True) for r in found.values())


# what goes wrong at the first call of a text -> calls until it is answered
TROUBLES: list[tuple[str, Reply, int]] = [
    ("too many requests", {"status": 429, "headers": {"Retry-After": "0.01"}}, 2),
    ("server error", {"status": 500}, 2),
    ("overloaded", {"status": 503}, 2),
    ("time-out", says("遅い") | {"wait": 1.0}, 2),
    ("truncated JSON", says("途中") | {"truncated": 25}, 2),
    ("connection cut mid-body", says("切断") | {"cut": 25}, 2),
    ("no text", says("x") | {"text": None}, 2),
]


@pytest.mark.parametrize(("name", "reply", "count"), TROUBLES, ids=[t[0] for t in TROUBLES])
def test_passing_trouble_is_tried_again(name: str, reply: Reply, count: int) -> None:
    def script(body: dict[str, Any], number: int) -> Reply:
        return reply if number == 1 else echo(body, number)

    with serving(script) as (url, calls):
        found = ask(url, [name], timeout_s=0.3)
    assert found[name].text == f"答え: {name}"
    assert calls.by_text[name] == count


def test_lasting_trouble_is_a_failed_answer_and_the_others_go_on() -> None:
    def script(body: dict[str, Any], number: int) -> Reply:
        broken = body["messages"][-1]["content"] == "壊"
        return {"status": 500} if broken else echo(body, number)

    with serving(script) as (url, calls):
        found = ask(url, ["壊", "良い", "普通"], retries=2)
    assert (found["壊"].state, found["壊"].error) == ("failed", "status 500")
    assert found["良い"].state == found["普通"].state == "done"
    assert calls.by_text["壊"] == 3


def test_a_bad_request_is_not_tried_again() -> None:
    with serving(lambda *_: {"status": 400}) as (url, calls):
        found = ask(url, ["長すぎる"])
    assert found["長すぎる"].state == "failed"
    assert calls.by_text["長すぎる"] == 1


@pytest.mark.parametrize(("status", "words"), [(401, "key was refused"), (404, "no such model")])
def test_what_no_request_survives_ends_everything(status: int, words: str) -> None:
    with (
        serving(lambda *_: {"status": status}) as (url, _),
        pytest.raises(EnvironmentTrouble, match=words),
    ):
        ask(url, [f"問{n}" for n in range(20)], concurrency=4)


def test_no_server() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    with pytest.raises(EnvironmentTrouble, match=r"no connection.*\n.*vllm serve"):
        ask(f"http://127.0.0.1:{port}/v1", ["問"])


def test_the_key_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(echo) as (url, calls):
        with pytest.raises(EnvironmentTrouble, match="LLMX_TEST_KEY is not set"):
            ask(url, ["問"], key_variable="LLMX_TEST_KEY")
        monkeypatch.setenv("LLMX_TEST_KEY", "secret")
        ask(url, ["問"], key_variable="LLMX_TEST_KEY")
    assert [h["Authorization"] for h in calls.headers] == ["Bearer secret"]
    assert "secret" not in repr(OpenAI(url, "tiny", "LLMX_TEST_KEY"))


def test_sampling_is_spelled_as_the_server_reads_it() -> None:
    with serving(echo) as (url, calls):
        list(OpenAI(url, "tiny").answer(tries(["無"])))
        drawn = {"min_p": 0.05, "top_k": 20, "repetition_penalty": 1.05, "stop": ("\n",)}
        list(OpenAI(url, "tiny").answer(tries(["有"], **drawn)))
    bare, full = calls.bodies
    assert set(bare) == {"model", "messages", "max_tokens", "temperature", "top_p", "seed"}
    assert (full["min_p"], full["top_k"], full["stop"]) == (0.05, 20, ["\n"])
    assert full["repetition_penalty"] == 1.05
    assert bare["seed"] != full["seed"]


def test_stopping_early_leaves_no_thread_behind() -> None:
    import threading

    before = threading.active_count()
    with serving(lambda b, n: echo(b, n) | {"wait": 0.02}) as (url, calls):
        answers = OpenAI(url, "tiny", concurrency=2).answer(tries(f"問{n}" for n in range(200)))
        next(answers)
        answers.close()  # type: ignore[attr-defined]
    assert sum(calls.by_text.values()) < 50
    assert threading.active_count() <= before + 1
