"""Answer a competition's task file: every task once, in the file's order, or fail loudly."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from llmx_data.core.errors import DataError
from llmx_data.core.part import content_key
from llmx_data.core.progress import Talk
from llmx_train.evaluate.answering import Answers, answer_all
from llmx_train.evaluate.ledger import Outputs, read_lines, write_lines
from llmx_train.evaluate.requests import Request, Write
from llmx_train.evaluate.subject import Subject, encode_chat, render
from llmx_train.recipe import Generate

PROMPTS = ("input", "input_text")
"""Fields that may hold a task's text; the first that a task has."""


def answer_tasks(
    subject: Subject,
    tasks: Path,
    out: Path,
    runner: Callable[[], Answers],
    *,
    work: Path,
    generate: Generate,
    seed: int = 0,
    batch_tokens: int | None = None,
    talk: Talk | None = None,
) -> dict[str, Any]:
    """Write `out`: JSON lines `task_id`, `input`, `output`, one per task of `tasks`, in its order.

    `work` keeps prompts and outputs, so that a killed run goes on; `out` appears whole or not at
    all. A task without `task_id` gets its line's number, from 0. Gives counts of tasks, and of
    answers that are blank or that `max_new_tokens` cut off. Errors: DataError for a task without
    text, an id that stands twice, and a task without an answer.
    """
    found = read_competition(tasks)
    how = [subject.identity, sorted(subject.stops), generate.model_dump(), seed]
    requests = [_request(subject, key, text, how) for key, text in found.values()]
    write_lines(work / "prompts.jsonl", (request.line() for request in requests))
    if talk is not None:
        talk.stage(f"answer {tasks.name}", len(requests), "tasks")
    with Outputs(work / "outputs.jsonl") as outputs:
        answer_all(
            requests,
            outputs,
            runner,
            generate=generate,
            seed=seed,
            batch_tokens=batch_tokens,
            talk=talk,
        )
        given = [outputs.known.get(request.id) for request in requests]
    if talk is not None:
        talk.end()
    lines = _lines(found, given)
    write_lines(out, lines)
    return {
        "tasks": len(lines),
        "file": out.name,
        "blank": sum(not line["output"].strip() for line in lines),
        "unfinished": sum(not one["finished"] for one in given if one is not None),
    }


def read_competition(path: Path) -> dict[str, tuple[Any, str]]:
    """Tasks by the text of their id, in the file's order: the id as it stands, and the prompt.

    Errors: DataError with file and line.
    """
    found: dict[str, tuple[Any, str]] = {}
    for number, record in enumerate(read_lines(path)):
        where = f"{path}: task {number + 1}"
        key = record.get("task_id", number)
        text = next((record[name] for name in PROMPTS if name in record), None)
        if not isinstance(text, str) or not text.strip():
            raise DataError(f"{where}: no text in {' or '.join(PROMPTS)}")
        if not isinstance(key, int | str) or isinstance(key, bool):
            raise DataError(f"{where}: task_id is neither a number nor a text")
        if str(key) in found:
            raise DataError(f"{where}: task_id {key} stands twice")
        found[str(key)] = (key, text)
    if not found:
        raise DataError(f"{path}: holds no task")
    return found


def _request(subject: Subject, key: Any, text: str, how: list[Any]) -> Request:
    told = render(subject.tokenizer, [{"role": "user", "content": text}])
    ids = tuple(encode_chat(subject.tokenizer, told))
    own = content_key(["competition", str(key), told, list(ids), how])
    return Write(own, str(key), "", told, ids)


def _lines(
    found: Mapping[str, tuple[Any, str]], given: list[dict[str, Any] | None]
) -> list[dict[str, Any]]:
    lacking = [key for key, one in zip(found, given, strict=True) if one is None]
    if lacking:
        told = ", ".join(lacking[:10])
        raise DataError(f"{len(lacking)} of {len(found)} tasks have no answer: {told}")
    return [
        {"task_id": key, "input": text, "output": str(one["text"]).strip()}
        for (key, text), one in zip(found.values(), given, strict=True)
        if one is not None
    ]
