"""Outputs are append-only and ids decide: torn, killed and halved batches give the same file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from llmx_data.core.errors import DataError, EnvironmentTrouble
from llmx_train.evaluate.answering import answer_all
from llmx_train.evaluate.ledger import Outputs, read_lines
from llmx_train.evaluate.requests import Request, Row, Weigh, Write
from llmx_train.recipe import Generate

from .fakes import Known

GENERATE = Generate(max_new_tokens=4)
TEXTS = ["あ" * n for n in (1, 5, 3, 2, 4, 6)]


def writes(stop: str | None = None) -> list[Request]:
    return [
        Write(f"id{k}", f"item{k}", "", text, tuple(map(ord, text)), stop)
        for k, text in enumerate(TEXTS)
    ]


def known(dies_after: int | None = None, fits: int | None = None) -> Known:
    return Known(write=lambda prompt: f"{len(prompt)}字", dies_after=dies_after, fits=fits)


def ask(path: Path, runner: Known, requests: list[Request], tokens: int = 18) -> None:
    with Outputs(path) as outputs:
        answer_all(requests, outputs, lambda: runner, generate=GENERATE, batch_tokens=tokens)


def test_batches_hold_so_many_padded_tokens_longest_first(tmp_path: Path) -> None:
    runner = known()
    ask(tmp_path / "outputs.jsonl", runner, writes())
    sizes = [[len(text) for text in batch] for batch in runner.batches]
    assert sizes == [[6], [5, 4], [3, 2], [1]]


@pytest.mark.parametrize("dies_after", range(4))
def test_killed_and_gone_on_is_the_same(tmp_path: Path, dies_after: int) -> None:
    whole, torn = tmp_path / "whole.jsonl", tmp_path / "torn.jsonl"
    ask(whole, one := known(), writes())
    first, second = known(dies_after), known()
    with pytest.raises(KeyboardInterrupt):
        ask(torn, first, writes())
    ask(torn, second, writes())
    assert torn.read_bytes() == whole.read_bytes()
    assert first.batches + second.batches == one.batches
    assert first.seeds + second.seeds == one.seeds
    assert len(set(one.seeds)) == len(one.seeds)


def test_a_torn_line_is_cut_and_its_batch_asked_again(tmp_path: Path) -> None:
    path = tmp_path / "outputs.jsonl"
    ask(path, one := known(), writes())
    whole = path.read_bytes()
    ends = [k for k, byte in enumerate(whole) if byte == 0x0A]
    path.write_bytes(whole[: ends[1] + 9])
    ask(path, again := known(), writes())
    assert again.batches == one.batches[1:], "one of two answers of the second batch was left"
    assert again.seeds == one.seeds[1:]
    with Outputs(path) as outputs:
        assert {k: v["text"] for k, v in outputs.known.items()} == {
            f"id{k}": f"{len(text)}字" for k, text in enumerate(TEXTS)
        }


def test_nothing_missing_needs_no_model(tmp_path: Path) -> None:
    ask(tmp_path / "outputs.jsonl", known(), writes())
    with Outputs(tmp_path / "outputs.jsonl") as outputs:
        answer_all(writes(), outputs, lambda: pytest.fail("asked"), generate=GENERATE)


def test_a_batch_too_big_for_the_device_is_halved(tmp_path: Path) -> None:
    ask(tmp_path / "outputs.jsonl", runner := known(fits=1), writes(), tokens=1_000)
    assert len(runner.batches) == len(TEXTS)
    assert len(read_lines(tmp_path / "outputs.jsonl")) == len(TEXTS)
    with pytest.raises(torch.OutOfMemoryError):
        ask(tmp_path / "other.jsonl", known(fits=0), writes())


def test_a_tuned_prompt_gets_batches_of_one_length(tmp_path: Path) -> None:
    runner = known()
    runner.one_length = True
    ask(tmp_path / "outputs.jsonl", runner, writes(), tokens=1_000)
    assert [{len(text) for text in batch} for batch in runner.batches] == [
        {6}, {5}, {4}, {3}, {2}, {1}
    ]  # fmt: skip


def test_rows_of_one_request_stay_together(tmp_path: Path) -> None:
    rows = tuple(Row((2, ord("問"), ord(c)), [2]) for c in "甲乙")
    requests: list[Request] = [Weigh(f"id{k}", f"i{k}", "", "", rows) for k in range(3)]
    runner = Known(weigh={"甲": -1.0, "乙": -2.0}.__getitem__)
    ask(tmp_path / "outputs.jsonl", runner, requests, tokens=12)
    assert [len(batch) for batch in runner.batches] == [4, 2]
    lines = read_lines(tmp_path / "outputs.jsonl")
    assert [line["logprobs"] for line in lines] == [[-1.0, -2.0]] * 3


def test_one_writer_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "outputs.jsonl"
    with (
        Outputs(path),
        pytest.raises(EnvironmentTrouble, match="another llmx process"),
        Outputs(path),
    ):
        pass
    with Outputs(path):
        pass


def test_the_first_output_of_an_id_counts(tmp_path: Path) -> None:
    path = tmp_path / "outputs.jsonl"
    path.write_text('{"id":"a","text":"一"}\n{"id":"a","text":"二"}\n', encoding="utf-8")
    with Outputs(path) as outputs:
        outputs.append([{"id": "a", "text": "三"}])
        assert outputs.known["a"]["text"] == "一"
    assert [json.loads(x)["text"] for x in path.read_text().splitlines()] == ["一", "二", "三"]


def test_a_broken_whole_line_is_told_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "outputs.jsonl"
    path.write_text('{"id":"a"}\n{oops\n')
    with pytest.raises(DataError, match=r"outputs\.jsonl:2: not JSON"), Outputs(path):
        pass
