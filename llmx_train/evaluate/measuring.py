"""One exam of one model: prompts, outputs, scores, result, each file kept if it still holds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from llmx_data.core.errors import DataError
from llmx_data.core.part import content_key
from llmx_data.core.progress import Talk
from llmx_data.core.storage import write_json
from llmx_train.evaluate.answering import Answers, answer_all
from llmx_train.evaluate.ledger import Outputs, dump, write_lines
from llmx_train.evaluate.requests import Exam, Request, Score, Weigh
from llmx_train.evaluate.subject import Subject
from llmx_train.recipe import Generate

FORMAT = "llmx.result/1"


def measure(
    exam: Exam,
    subject: Subject,
    folder: Path,
    runner: Callable[[], Answers],
    *,
    generate: Generate,
    seed: int = 0,
    batch_tokens: int | None = None,
    talk: Talk | None = None,
) -> dict[str, Any]:
    """Ask, score and write `prompts`, `outputs`, `scores` (.jsonl) and `result.json`, last.

    Outputs of the same request, settings and model are kept; everything else is written anew.
    Errors: DataError for an exam without items.
    """
    if not exam.requests:
        raise DataError(f"{exam.key}: no item to ask")
    if exam.max_new_tokens is not None:
        generate = generate.model_copy(update={"max_new_tokens": exam.max_new_tokens})
    exam = _named(exam, subject, generate, seed)
    write_lines(folder / "prompts.jsonl", (request.line() for request in exam.requests))
    (folder / "result.json").unlink(missing_ok=True)
    if talk is not None:
        talk.stage(exam.key, len(exam.requests), "items")
    with Outputs(folder / "outputs.jsonl") as outputs:
        answer_all(
            exam.requests,
            outputs,
            runner,
            generate=generate,
            seed=seed,
            batch_tokens=batch_tokens,
            talk=talk,
        )
        lines = [_scored(exam, request, outputs.known[request.id]) for request in exam.requests]
        cut = sum(outputs.known[request.id]["cut"] > 0 for request in exam.requests)
    if talk is not None:
        talk.end()
    write_lines(folder / "scores.jsonl", lines)
    result = _result(exam, subject, lines) | {"cut_prompts": cut, "seed": seed}
    write_json(folder / "result.json", result)
    return result


def _named(exam: Exam, subject: Subject, generate: Generate, seed: int) -> Exam:
    """Give every request its id: hash of what is asked, of whom, and how answers are drawn."""
    weighs = all(isinstance(request, Weigh) for request in exam.requests)
    settings = {} if weighs else generate.model_dump()
    how = [subject.identity, sorted(subject.stops), settings, None if weighs else seed]
    requests: list[Request] = [
        replace(request, id=content_key([exam.key, how, request.line()]))
        for request in exam.requests
    ]
    if len({request.item for request in requests}) < len(requests):
        raise DataError(f"{exam.key}: an item id stands twice in the file")
    return replace(exam, requests=requests, settings=settings)


def _scored(exam: Exam, request: Request, output: dict[str, Any]) -> dict[str, Any]:
    scores = {name: list(score) for name, score in exam.score(request, output).items()}
    return {"id": request.id, "item": request.item, "group": request.group, "scores": scores}


def _result(exam: Exam, subject: Subject, lines: Sequence[dict[str, Any]]) -> dict[str, Any]:
    groups = sorted({line["group"] for line in lines} - {""})
    return exam.facts | {
        "format": FORMAT,
        "key": exam.key,
        "aspect": exam.aspect,
        "metrics": exam.metrics,
        "main": next(iter(exam.metrics)),
        "n": len(lines),
        "means": _means(exam, lines),
        "groups": {g: _means(exam, [x for x in lines if x["group"] == g]) for g in groups},
        "template": subject.template,
        "model": subject.identity,
        "generate": exam.settings,
        "prompts_sha256": _hash(exam.requests),
    }


def _hash(requests: Sequence[Request]) -> str:
    """Hash what is asked, whoever is asked and however answers are drawn."""
    lines = [{**request.line(), "id": None} for request in requests]
    return sha256("\n".join(map(dump, lines)).encode()).hexdigest()


def _means(exam: Exam, lines: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Weighted mean and number of items per metric; null where no item has it."""
    told: dict[str, Any] = {}
    for name in exam.metrics:
        found = [Score(*line["scores"][name]) for line in lines if name in line["scores"]]
        values, weights = np.array(found, np.float64).reshape(-1, 2).T
        mean = float(np.average(values, weights=weights)) if found else None
        told[name] = {"mean": mean, "n": len(found)}
    return told
