"""From items to requests: worked examples, bare or chat text, tokens cut at the right place."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from llmx_data.core.errors import DataError
from llmx_data.core.part import content_key
from llmx_train.evaluate.requests import Request, Row, Weigh, Write
from llmx_train.evaluate.subject import Subject, encode_bare, encode_chat, render
from llmx_train.evaluate.task import Example, Task


def ask(
    task: Task, subject: Subject, found: Sequence[Example], asked: Sequence[Example]
) -> list[Request]:
    """Make requests for `asked`, with worked examples out of `found`."""
    pool = _pool(task, found)
    requests: list[Request] = []
    for example in asked:
        shots = _shots(task, example, pool)
        text = (_chat if task.template == "chat" else _bare)(task, subject, example, shots)
        requests.append(_request(task, subject, example, text))
    return requests


def _pool(task: Task, found: Sequence[Example]) -> dict[str, list[Example]]:
    """Items of every group in the order in which they serve as worked examples: by hash."""
    if not task.shots:
        return {}
    name = task.part_name()
    order = sorted(found, key=lambda e: (e.group, content_key([name, "shot", e.id])))
    return {group: list(items) for group, items in groupby(order, key=lambda e: e.group)}


def _shots(task: Task, example: Example, pool: dict[str, list[Example]]) -> list[Example]:
    """Take the first others of the item's group that are not near it."""
    shots: list[Example] = []
    for other in pool.get(example.group, []):
        if len(shots) == task.shots:
            break
        if other.id != example.id and not (other.near and other.near == example.near):
            shots.append(other)
    if len(shots) < task.shots:
        told = f"{len(shots)} worked examples for item {example.id}, {task.shots} are wanted"
        raise DataError(f"{task.path}: only {told}\n    lower shots")
    return shots


def _bare(task: Task, subject: Subject, example: Example, shots: Sequence[Example]) -> str:
    parts = [task.instruction]
    parts += [f"{shot.question}\n{task.lead}{shot.answer}" for shot in shots]
    return "\n\n".join([*parts, f"{example.question}\n{task.lead}"])


def _chat(task: Task, subject: Subject, example: Example, shots: Sequence[Example]) -> str:
    """Worked examples are earlier turns of the conversation."""
    messages = []
    for shot in shots:
        messages.append({"role": "user", "content": f"{task.instruction}\n\n{shot.question}"})
        messages.append({"role": "assistant", "content": shot.answer})
    messages.append({"role": "user", "content": f"{task.instruction}\n\n{example.question}"})
    return render(subject.tokenizer, messages)


def _request(task: Task, subject: Subject, example: Example, text: str) -> Request:
    encode = encode_chat if task.template == "chat" else encode_bare
    ids = encode(subject.tokenizer, text)
    if not example.choices:
        stop = task.stop if task.template == "bare" else None
        return Write("", example.id, example.group, text, tuple(ids), stop)
    whole = [encode(subject.tokenizer, text + choice) for choice in example.choices]
    rows = choice_rows(ids, whole, begin=subject.tokenizer.bos_token_id)
    return Weigh("", example.id, example.group, text, rows, example.choices)


def choice_rows(
    prompt: Sequence[int], whole: Sequence[Sequence[int]], *, begin: int | None
) -> tuple[Row, ...]:
    """Rows of prompt + choice, scored after the longest beginning that all of them share.

    Where prompt and choice melt into one token, that token is scored in every row: all choices
    are weighed given the same tokens, and as the tokenizer spells them. At least one token of
    each is scored. A beginning of no token gets `begin`.
    """
    shared = 0
    shortest = min(len(prompt), *(len(ids) - 1 for ids in whole))
    while shared < shortest and all(ids[shared] == prompt[shared] for ids in whole):
        shared += 1
    if shared:
        return tuple(Row(tuple(ids), range(shared, len(ids))) for ids in whole)
    if begin is None:
        raise DataError("prompt and choices share no token, and the tokenizer has no first one")
    return tuple(Row((begin, *ids), range(1, len(ids) + 1)) for ids in whole)
