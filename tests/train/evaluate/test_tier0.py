"""Tier 0 on dev tokens: nats a token and bits a character by hand, and the shape of answers."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from llmx_data.core.errors import DataError
from llmx_train.evaluate.measuring import measure
from llmx_train.evaluate.tier0 import answers_exam, dev_rows, fit_exam, trained_stops
from llmx_train.recipe import Generate

from .fakes import BEGIN, END, Characters, Known, subject

TALKS = [
    ("a", "x", "名前は?", "太郎です"),
    ("b", "x", "箇条書きで2つ挙げてください。", "- 京都\n- 大阪"),
    ("c", "y", "一言でどうぞ。", "はい"),
    ("d", "y", "JSON形式で答えてください。", "{}"),
]


def frame(talks: list[tuple[str, str, str, str]] = TALKS) -> pl.DataFrame:
    """Token rows whose answers and their ends are supervised."""
    tokens, rows = Characters(), []
    for name, source, asked, answer in talks:
        head = tokens(asked + END)["input_ids"]
        tail = tokens(answer + END, add_special_tokens=False)["input_ids"]
        rows.append((name, source, head + tail, [-100] * len(head) + tail))
    return pl.DataFrame(rows, schema=["record_id", "source", "input_ids", "labels"], orient="row")


def run(exam: Any, folder: Path, runner: Known) -> dict[str, Any]:
    generate = Generate(max_new_tokens=8)
    return measure(exam, subject(), folder / "out", lambda: runner, generate=generate)


def test_nats_a_token_and_bits_a_character_by_hand(tmp_path: Path) -> None:
    nats = {"太郎です" + END: 10.0, "- 京都\n- 大阪" + END: 6.0, "はい" + END: 1.5, "{}" + END: 4.5}
    runner = Known(weigh=lambda text: -nats[text])
    told = run(fit_exam(dev_rows(frame()), subject()), tmp_path, runner)
    tokens = {"x": 5 + 9, "y": 3 + 3}  # 京都 is one token, and every answer has an end
    chars = {"x": 4 + 9, "y": 2 + 2}
    for source, total in (("x", 16.0), ("y", 6.0)):
        means = told["groups"][source]
        assert means["nll"]["mean"] == pytest.approx(total / tokens[source])
        assert means["bits_per_char"]["mean"] == pytest.approx(total / math.log(2) / chars[source])
    assert told["means"]["nll"]["mean"] == pytest.approx(22 / 20)
    assert told["metrics"] == {"nll": "lower", "bits_per_char": "lower"}


def test_the_first_token_and_rows_without_labels_are_left_out() -> None:
    rows = pl.DataFrame(
        {
            "record_id": ["a", "b", "c"],
            "source": ["x"] * 3,
            "input_ids": [[5, 6], [5, 6], [5]],
            "labels": [[5, 6], [-100, -100], [5]],
        }
    )
    assert [(row.item, row.scored) for row in dev_rows(rows)] == [("a", [1])]


def test_several_turns_are_weighed_as_one_row(tmp_path: Path) -> None:
    talk = frame([("a", "x", "問", "答")])
    ids, labels = talk["input_ids"][0].to_list(), talk["labels"][0].to_list()
    twice = talk.with_columns(
        input_ids=pl.Series([ids + ids[1:]]), labels=pl.Series([labels + labels[1:]])
    )
    told = run(fit_exam(dev_rows(twice), subject()), tmp_path, Known(weigh=lambda text: -8.0))
    assert told["means"]["nll"]["mean"] == pytest.approx(8 / 4)
    assert told["means"]["bits_per_char"]["mean"] == pytest.approx(8 / math.log(2) / 2)


def test_a_limit_is_per_source_and_keeps_the_order() -> None:
    talks = [(f"r{k}", "x" if k % 3 else "y", "問", "答") for k in range(30)]
    items = [row.item for row in dev_rows(frame(talks), limit=4)]
    assert len([i for i in items if int(i[1:]) % 3]) == 4
    assert len(items) == 8
    assert items == sorted(items, key=lambda i: int(i[1:]))
    again = [row.item for row in dev_rows(frame(talks[::-1]), limit=4)]
    assert set(again) == set(items)


def test_answers_are_asked_by_the_trained_prompt(tmp_path: Path) -> None:
    runner = Known()
    run(answers_exam(dev_rows(frame()), subject()), tmp_path, runner)
    asked = {text for batch in runner.batches for text in batch}
    assert asked == {f"{BEGIN}{question}{END}" for _, _, question, _ in TALKS}


def test_the_shape_of_answers(tmp_path: Path) -> None:
    answers = {"名前は?": "太郎", "箇条書きで2つ挙げてください。": "- 一つ\n- 二つ\n- 三つ"}
    answers |= {"一言でどうぞ。": "はい、そうです。" * 12, "JSON形式で答えてください。": "[1]"}
    runner = Known(write=lambda prompt: answers[prompt.strip(BEGIN + END)])
    told = run(answers_exam(dev_rows(frame()), subject()), tmp_path, runner)
    means = {name: (m["mean"], m["n"]) for name, m in told["means"].items()}
    assert means == {
        "ended_share": (1.0, 4),
        "loop_share": (0.25, 4),
        "rules_kept_share": (0.5, 2),
        "japanese_share": (pytest.approx((1 + 6 / 9 + 72 / 96 + 0) / 4), 4),
        "chars": (pytest.approx((2 + 14 + 96 + 3) / 4), 4),
    }


def test_only_so_many_are_answered_and_always_the_same() -> None:
    rows = dev_rows(frame([(f"r{k}", "x", "問", "答") for k in range(20)]))
    one, other = (answers_exam(r, subject(), most=5) for r in (rows, rows[::-1]))
    assert len(one.requests) == 5
    assert {r.item for r in one.requests} == {r.item for r in other.requests}


def test_the_trained_end_stops_answers() -> None:
    rows = dev_rows(frame())
    assert trained_stops(rows, Characters()) == (ord(END),)
    line = frame().with_columns(  # a template that supervises a line break after the end
        input_ids=pl.col("input_ids").list.concat(pl.lit([10])),
        labels=pl.col("labels").list.concat(pl.lit([10])),
    )
    assert trained_stops(dev_rows(line), Characters()) == (ord(END),)
    bare = frame().with_columns(labels=pl.col("labels").list.head(4))
    assert trained_stops(dev_rows(bare), Characters()) == ()


def test_the_chosen_answer_of_a_pair_is_foretold() -> None:
    made = frame()
    first = [row.scored[0] for row in dev_rows(made)]
    pairs = made.with_columns(
        prompt_ids=pl.Series([i[:n] for i, n in zip(made["input_ids"], first, strict=True)]),
        chosen_ids=pl.Series([i[n:] for i, n in zip(made["input_ids"], first, strict=True)]),
        rejected_ids=pl.lit([1, 2]),
    ).drop("input_ids", "labels")
    assert dev_rows(pairs) == dev_rows(made)


def test_documents_have_no_prompt_to_answer() -> None:
    rows = dev_rows(frame().with_columns(labels=pl.col("input_ids")))
    assert len(fit_exam(rows, subject()).requests) == 4
    assert answers_exam(rows, subject()).requests == []


WRONG = [
    (frame().drop("labels"), "lack labels"),
    (pl.concat([frame(), frame()]), "a record twice"),
]


@pytest.mark.parametrize(("given", "told"), WRONG)
def test_wrong_dev_tokens_are_told(given: pl.DataFrame, told: str) -> None:
    with pytest.raises(DataError, match=told):
        dev_rows(given)
