"""Batch files: out, answered elsewhere whole or in part, and back; what is missing goes out again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from llmx_data.core.errors import DataError
from llmx_data.synth.engines import Try
from llmx_data.synth.engines.batch_file import BatchFile, absorb, custom_id, export

from .test_openai import tries

TEXTS = [f"問{n}" for n in range(6)]


def by_id(some: list[Try]) -> dict[str, Try]:
    return {custom_id(one): one for one in some}


def answered(row: dict[str, Any], *, text: str | None = None) -> dict[str, Any]:
    """Answer as `vllm run-batch` writes it."""
    said = text or "答え: " + row["body"]["messages"][-1]["content"]
    choice = {
        "index": 0,
        "message": {"role": "assistant", "content": said},
        "finish_reason": "stop",
    }
    body = {"id": "chatcmpl-1", "object": "chat.completion", "choices": [choice],
            "usage": {"prompt_tokens": 5, "completion_tokens": 9}}  # fmt: skip
    response = {"status_code": 200, "request_id": "vllm-batch-1", "body": body}
    return {
        "id": "vllm-1",
        "custom_id": row["custom_id"],
        "response": response,
        "error": None,
    }


def rows_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def write(path: Path, rows: list[dict[str, Any]], tail: str = "") -> Path:
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    path.write_text(text + tail, encoding="utf-8")
    return path


def test_out_and_back(tmp_path: Path) -> None:
    some = tries(TEXTS)
    assert export(some, "tiny", tmp_path / "out.jsonl") == 6
    asked = rows_of(tmp_path / "out.jsonl")
    assert [row["body"]["messages"][-1]["content"] for row in asked] == TEXTS
    assert {(row["method"], row["url"]) for row in asked} == {("POST", "/v1/chat/completions")}
    assert len({row["custom_id"] for row in asked}) == 6
    back = write(tmp_path / "back.jsonl", [answered(row) for row in reversed(asked)])
    found = list(absorb([back], by_id(some)))
    assert [r.text for r in found] == [f"答え: {text}" for text in reversed(TEXTS)]
    assert {(r.state, r.finish_reason, r.tokens_in, r.tokens_out) for r in found} == {("done", "stop", 5, 9)}  # fmt: skip


def test_the_same_tries_make_the_same_file(tmp_path: Path) -> None:
    for name in ("a", "b"):
        export(tries(TEXTS), "tiny", tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


# what comes back for each of the six -> states in order; d: done, f: failed
SHAPES: list[tuple[str, list[int], str]] = [
    ("an ordered beginning", [0, 1, 2], ""),
    ("a torn last line", [0, 1, 2], '{"id": "vllm-1", "custom_id": "'),
    ("nothing", [], ""),
]


@pytest.mark.parametrize(("name", "kept", "tail"), SHAPES, ids=[s[0] for s in SHAPES])
def test_part_of_it_comes_back(tmp_path: Path, name: str, kept: list[int], tail: str) -> None:
    some = tries(TEXTS)
    export(some, "tiny", tmp_path / "out.jsonl")
    asked = rows_of(tmp_path / "out.jsonl")
    back = write(tmp_path / "back.jsonl", [answered(asked[n]) for n in kept], tail)
    found = {r.request_id for r in absorb([back], by_id(some))}
    missing = [one for one in some if one.request.id not in found]
    assert len(missing) == 6 - len(kept)
    export(missing, "tiny", tmp_path / "again.jsonl")
    assert rows_of(tmp_path / "again.jsonl") == asked[len(kept) :]


def test_errors_are_failed_answers(tmp_path: Path) -> None:
    some = tries(TEXTS[:4])
    export(some, "tiny", tmp_path / "out.jsonl")
    good, status, error, empty = rows_of(tmp_path / "out.jsonl")
    back = write(
        tmp_path / "back.jsonl",
        [
            answered(good),
            answered(status) | {"response": {"status_code": 400, "body": {"error": "too long"}}},
            answered(error) | {"response": None, "error": {"message": "engine died"}},
            answered(empty) | {"response": {"status_code": 200, "body": {"choices": []}}},
            answered(good) | {"custom_id": "somebody-else"},
        ],
    )
    found = list(absorb([back], by_id(some)))
    assert [r.state for r in found] == ["done", "failed", "failed", "failed"]
    assert [r.error for r in found[:3]] == [None, "status 400: too long", "engine died"]
    assert str(found[3].error).startswith("no answer: back.jsonl:4: ")


# status, body, error of a row -> what the failed answer says; before the colon it is counted
ERRORS: list[tuple[int | None, Any, Any, str]] = [
    (None, None, {"message": "engine died"}, "engine died"),
    (None, None, {"code": "oom", "message": "out of memory: 2 GiB"}, "oom: out of memory: 2 GiB"),
    (None, None, "cut off", "cut off"),
    (None, None, None, "error"),
    (500, None, None, "status 500"),
    (500, {"error": {"message": "died", "type": "Inner", "code": 500}}, None, "status 500: 500: died"),
    (400, {"object": "error", "type": "BadRequest", "message": "x"}, None, "status 400: BadRequest: x"),
    (429, None, {"message": "wait"}, "status 429: wait"),
    (None, None, {"param": 1}, "{'param': 1}"),
]  # fmt: skip


@pytest.mark.parametrize(("status", "body", "error", "told"), ERRORS)
def test_what_an_error_says(
    tmp_path: Path, status: int | None, body: Any, error: Any, told: str
) -> None:
    some = tries(TEXTS[:1])
    response = {"status_code": status, "body": body} if status is not None else None
    row = {"custom_id": custom_id(some[0]), "response": response, "error": error}
    (found,) = absorb([write(tmp_path / "back.jsonl", [row])], by_id(some))
    assert (found.state, found.error) == ("failed", told)


def test_requests_that_nobody_waits_for_are_gone(tmp_path: Path) -> None:
    some, engine = tries(TEXTS), BatchFile(tmp_path, "tiny")
    out = tmp_path / "requests.jsonl"
    assert (list(engine.answer([])), out.exists()) == ([], False)
    assert list(engine.answer(some)) == []
    asked = rows_of(out)
    write(tmp_path / "answers-1.jsonl", [answered(row) for row in asked[:4]])
    assert len(list(engine.answer(some))) == 4
    assert rows_of(out) == asked[4:], "only what is missing"
    write(tmp_path / "answers-2.jsonl", [answered(row) for row in asked[4:]])
    assert len(list(engine.answer(some[4:]))) == 2
    assert not out.exists()


@pytest.mark.parametrize(("line", "problem"), [("{oops", "not JSON"), ("[1]", "list where")])
def test_a_broken_line_names_its_place(tmp_path: Path, line: str, problem: str) -> None:
    path = tmp_path / "back.jsonl"
    path.write_text(f"{line}\n" + "{}\n", encoding="utf-8")
    with pytest.raises(DataError, match=rf"back\.jsonl:1: {problem}"):
        list(absorb([path], {}))
