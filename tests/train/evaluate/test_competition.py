"""A competition's answers: every task once, in order, resumable, loud where one lacks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from llmx_data.core.errors import DataError
from llmx_train.evaluate.competition import _lines, answer_tasks, read_competition
from llmx_train.evaluate.ledger import read_lines
from llmx_train.recipe import Generate

from .fakes import END, Known, subject

TASKS = [
    {"task_id": 7, "input": "長い問題です。これに答えてください。"},
    {"task_id": 0, "input": "短い問題"},
    {"task_id": "三", "input": "次の問題\n改行があります"},
]


def tasks(folder: Path, records: list[Any]) -> Path:
    path = folder / "tasks.jsonl"
    path.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in records))
    return path


def echo(prompt: str) -> str:
    return " 答: " + prompt.split("<user>")[1].split(END)[0] + "\n"


def run(folder: Path, runner: Known, path: Path, who: str = "one") -> dict[str, Any]:
    return answer_tasks(
        subject(who),
        path,
        folder / "answers.jsonl",
        lambda: runner,
        work=folder / "work",
        generate=Generate(max_new_tokens=2),
        batch_tokens=1,
    )


def test_every_task_once_in_order(tmp_path: Path) -> None:
    told = run(tmp_path, Known(write=echo), tasks(tmp_path, TASKS))
    assert told == {"tasks": 3, "file": "answers.jsonl", "blank": 0, "unfinished": 0}
    assert read_lines(tmp_path / "answers.jsonl") == [
        {"task_id": t["task_id"], "input": t["input"], "output": f"答: {t['input']}"} for t in TASKS
    ]


def test_killed_it_goes_on_and_shows_no_half_file(tmp_path: Path) -> None:
    path = tasks(tmp_path, TASKS)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, Known(write=echo, dies_after=2), path)
    assert not (tmp_path / "answers.jsonl").exists()
    run(tmp_path, rest := Known(write=echo), path)
    assert len(rest.batches) == 1
    assert [line["task_id"] for line in read_lines(tmp_path / "answers.jsonl")] == [7, 0, "三"]


def test_another_model_is_asked_anew(tmp_path: Path) -> None:
    path = tasks(tmp_path, TASKS)
    run(tmp_path, Known(write=echo), path)
    run(tmp_path, other := Known(write=lambda prompt: "別"), path, who="two")
    assert len(other.batches) == 3
    assert {line["output"] for line in read_lines(tmp_path / "answers.jsonl")} == {"別"}


def test_blank_answers_are_counted(tmp_path: Path) -> None:
    assert run(tmp_path, Known(), tasks(tmp_path, TASKS))["blank"] == 3


def test_the_mirror_with_other_columns_is_read_by_line(tmp_path: Path) -> None:
    path = tasks(tmp_path, [{"input_text": "一"}, {"input_text": "二"}])
    assert read_competition(path) == {"0": (0, "一"), "1": (1, "二")}


WRONG = [
    ([{"task_id": 1, "input": "あ"}, {"task_id": 1, "input": "い"}], "task 2: task_id 1 stands"),
    ([{"task_id": 1, "input": "あ"}, {"task_id": "1", "input": "い"}], "task 2: task_id 1 stands"),
    ([{"task_id": 1, "input": "  "}], "task 1: no text in input or input_text"),
    ([{"task_id": 1, "question": "あ"}], "no text in input"),
    ([{"task_id": None, "input": "あ"}], "neither a number nor a text"),
    ([{"task_id": 1, "input": "あ"}, [1]], ":2: not a JSON object"),
    ([], "holds no task"),
]


@pytest.mark.parametrize(("records", "told"), WRONG)
def test_a_wrong_task_file_is_told(tmp_path: Path, records: list[Any], told: str) -> None:
    with pytest.raises(DataError, match=told):
        read_competition(tasks(tmp_path, records))


def test_a_missing_answer_is_never_passed_over() -> None:
    found = {"1": (1, "あ"), "2": (2, "い"), "3": (3, "う")}
    given = [{"text": "あ"}, None, None]
    with pytest.raises(DataError, match="2 of 3 tasks have no answer: 2, 3"):
        _lines(found, given)
