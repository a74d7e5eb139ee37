"""Preparing: rows with their ids, weights and counts; nothing vanishes without a row."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from llmx_data.core.errors import DataError
from llmx_data.core.storage import read_json, sha256_file
from llmx_data.core.tables import MESSAGES
from llmx_train import prepare as module
from llmx_train import recipe, tokenfile
from llmx_train.prepare import Plan, prepare
from llmx_train.render import render
from llmx_train.template import load_template
from llmx_train.tokenizers import fingerprint
from tests.train.assembly import Messages
from tests.train.conftest import conversation

SCHEMA = {
    "id": pl.String,
    "source": pl.String,
    "license": pl.String,
    "kind": pl.String,
    "messages": MESSAGES,
    "rejected": MESSAGES,
    "weight": pl.Int64,
}


def write(mix: Path, kind: str, split: str, rows: list[dict[str, Any]], part: int = 0) -> None:
    path = mix / "dataset" / kind / f"{split}-{part:05}-of-00002.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    filled = [{"license": "CC0-1.0", "rejected": None, "weight": 1} | row for row in rows]
    pl.DataFrame(filled, schema=SCHEMA).write_parquet(path)


def row(name: str, messages: Messages, source: str = "a", **more: Any) -> dict[str, Any]:
    return {"id": name, "source": source, "kind": "x", "messages": messages, **more}


@pytest.fixture
def plan(tiny_tokenizer: Any) -> Plan:
    return planned(tiny_tokenizer)


def planned(tokenizer: Any, **more: Any) -> Plan:
    return Plan(tokenizer, load_template(recipe.Template(use="chatml"), tokenizer), **more)


@pytest.fixture
def mix(tmp_path: Path, records: list[Messages]) -> Path:
    folder = tmp_path / "mix"
    rows = [row(f"r{i:02}", m, "ab"[i % 2], weight=1 + i % 3) for i, m in enumerate(records)]
    write(folder, "instruction", "train", rows[24:36], 1)
    write(folder, "instruction", "train", rows[12:24], 0)
    write(folder, "conversation", "train", rows[:12])
    write(folder, "conversation", "dev", rows[36:])
    write(folder, "document", "train", [row("d", [])])
    return folder


def rows_of(out: Path, name: str = "train") -> list[dict[str, Any]]:
    return pl.read_parquet(out / "tokens" / f"{name}.parquet").to_dicts()


def test_rows_are_what_render_gives(
    mix: Path, plan: Plan, records: list[Messages], tmp_path: Path
) -> None:
    prepare(mix, tmp_path, plan)
    train, dev = rows_of(tmp_path), rows_of(tmp_path, "dev")
    assert [r["record_id"] for r in train] == [f"r{i:02}" for i in range(36)]
    assert [r["record_id"] for r in dev] == [f"r{i:02}" for i in range(36, 48)]
    for i, made in enumerate(train + dev):
        ids, labels = render(records[i], plan.tokenizer, plan.template)
        assert made == {
            "record_id": f"r{i:02}",
            "source": "ab"[i % 2],
            "license": "CC0-1.0",
            "input_ids": ids,
            "labels": labels,
            "tokens_count": len(ids),
            "supervised_count": sum(label != -100 for label in labels),
            "weight": 1 + i % 3,
        }


def test_columns_have_the_types_of_the_contract(mix: Path, plan: Plan, tmp_path: Path) -> None:
    prepare(mix, tmp_path, plan)
    assert pl.read_parquet_schema(tmp_path / "tokens" / "train.parquet") == {
        "record_id": pl.String,
        "source": pl.String,
        "license": pl.String,
        "input_ids": pl.List(pl.Int32),
        "labels": pl.List(pl.Int32),
        "tokens_count": pl.UInt32,
        "supervised_count": pl.UInt32,
        "weight": pl.UInt32,
    }


def test_prepare_json_tells_what_was_done(mix: Path, plan: Plan, tmp_path: Path) -> None:
    told = prepare(mix, tmp_path, plan)
    assert read_json(tmp_path / "prepare.json") == told
    train, rows = told["splits"]["train"], rows_of(tmp_path)
    assert told["template"] == {
        "name": "chatml", "sha256": plan.template.sha256, "end": "<|im_end|>"
    }  # fmt: skip
    assert told["tokenizer"]["sha256"] == fingerprint(plan.tokenizer)
    assert told["unread"] == {"document": 1}
    assert (told["kind"], told["max_length"], told["over_length"]) == ("sft", 2048, "drop")
    assert train["sha256"] == sha256_file(tmp_path / "tokens" / "train.parquet")
    for name, wanted in (("a", rows[::2]), ("b", rows[1::2]), (None, rows)):
        counts = train["sources"][name] if name else train["all"]
        assert counts == {
            "records": len(wanted),
            "kept": len(wanted),
            "truncated": 0,
            "over_length": 0,
            "unsupervised": 0,
            "tokens": sum(r["tokens_count"] for r in wanted),
            "supervised": sum(r["supervised_count"] for r in wanted),
            "seen": sum(r["weight"] for r in wanted),
            "seen_tokens": sum(r["weight"] * r["tokens_count"] for r in wanted),
            "longest": max(r["tokens_count"] for r in wanted),
        }


def test_the_same_bytes_whatever_the_batch(
    mix: Path, plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokenfile, "GROUP", 10)
    hashes = []
    for i, size in enumerate((512, 512, 7, 1)):
        monkeypatch.setattr(module, "BATCH", size)
        prepare(mix, tmp_path / str(i), plan)
        found = sorted((tmp_path / str(i)).rglob("*.*"))
        hashes.append([(path.name, sha256_file(path)) for path in found if path.is_file()])
    assert len(hashes[0]) == 5
    assert all(other == hashes[0] for other in hashes)


LENGTH = 40
"""Between the lengths of the short and the long conversations of `records`."""


def test_over_length_is_dropped_and_told(mix: Path, tiny_tokenizer: Any, tmp_path: Path) -> None:
    whole = prepare(mix, tmp_path / "whole", planned(tiny_tokenizer))
    lengths = {r["record_id"]: r["tokens_count"] for r in rows_of(tmp_path / "whole")}
    long = sorted(name for name, length in lengths.items() if length > LENGTH)
    assert 0 < len(long) < 36
    told = prepare(mix, tmp_path / "cut", planned(tiny_tokenizer, max_length=LENGTH))
    counts = told["splits"]["train"]["all"]
    assert counts["over_length"] == len(long)
    assert counts["kept"] == 36 - len(long)
    assert counts["records"] == whole["splits"]["train"]["all"]["records"] == 36
    drops = pl.read_parquet(tmp_path / "cut" / "tokens" / "train.drops.parquet")
    assert drops["record_id"].sort().to_list() == long
    assert drops.columns == ["record_id", "source", "reason", "tokens_count"]
    assert dict(drops.select("record_id", "tokens_count").iter_rows()) == {
        name: lengths[name] for name in long
    }


def test_over_length_is_an_error_that_counts_by_source(
    mix: Path, tiny_tokenizer: Any, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match=r"longer than 40 tokens, by source: a \d+, b \d+"):
        prepare(mix, tmp_path, planned(tiny_tokenizer, max_length=LENGTH, over_length="error"))
    assert not [path for path in tmp_path.rglob("tokens/*") if path.is_file()]


def test_truncation_keeps_the_beginning_and_drops_what_teaches_nothing(
    tiny_tokenizer: Any, tmp_path: Path
) -> None:
    asked, answered = conversation("東京", 1)
    long_answer = {**answered, "content": answered["content"] * 40}
    long_prompt = {**asked, "content": asked["content"] * 40}
    rows = [row("short", [asked, answered]), row("cut", [asked, long_answer], "b")]
    write(tmp_path, "instruction", "train", [*rows, row("gone", [long_prompt, answered], "b")])
    plan = planned(tiny_tokenizer, max_length=LENGTH, over_length="truncate")
    told = prepare(tmp_path, tmp_path, plan)["splits"]["train"]
    wanted = {"records": 3, "kept": 2, "truncated": 1, "over_length": 0, "unsupervised": 1}
    assert {name: told["all"][name] for name in wanted} == wanted
    assert told["sources"]["a"]["truncated"] == 0
    short, cut = rows_of(tmp_path)
    ids, labels = render([asked, long_answer], plan.tokenizer, plan.template)
    assert len(ids) > LENGTH
    assert (cut["input_ids"], cut["labels"]) == (ids[:LENGTH], labels[:LENGTH])
    assert (cut["tokens_count"], short["tokens_count"] < LENGTH) == (LENGTH, True)
    assert cut["supervised_count"] == sum(label != -100 for label in labels[:LENGTH]) > 0
    drops = pl.read_parquet(tmp_path / "tokens" / "train.drops.parquet")
    assert drops.rows() == [("gone", "b", "unsupervised", LENGTH)]


def test_faulty_records_are_dropped_by_reason(plan: Plan, tmp_path: Path) -> None:
    good = conversation("東京", 1)
    bad = [
        row("n", good[:1]),
        row("s", [good[0], {"role": "assistant", "content": "<|im_end|>"}]),
        row("t", [*good, {"role": "tool", "content": "1"}]),
    ]
    write(tmp_path, "conversation", "train", [row("g", good), *bad])
    counts = prepare(tmp_path, tmp_path, plan)["splits"]["train"]["all"]
    assert {k: counts[k] for k in ("no_answer", "special_token_in_text", "roles_refused")} == {
        "no_answer": 1, "special_token_in_text": 1, "roles_refused": 1
    }  # fmt: skip
    drops = pl.read_parquet(tmp_path / "tokens" / "train.drops.parquet")
    assert drops["record_id"].to_list() == ["n", "s", "t"]
    assert drops["tokens_count"].to_list() == [None, None, None]


def test_no_dev_files_are_an_empty_dev_split(plan: Plan, tmp_path: Path) -> None:
    write(tmp_path, "instruction", "train", [row("g", conversation("東京", 1))])
    told = prepare(tmp_path, tmp_path, plan)
    assert told["splits"]["dev"]["all"]["records"] == 0
    assert rows_of(tmp_path, "dev") == []


def test_weights_are_one_where_a_file_has_none(plan: Plan, tmp_path: Path) -> None:
    write(tmp_path, "instruction", "train", [row("g", conversation("東京", 1))])
    path = next(tmp_path.rglob("train-*.parquet"))
    pl.read_parquet(path).drop("weight", "rejected").write_parquet(path)
    prepare(tmp_path, tmp_path, plan)
    assert [r["weight"] for r in rows_of(tmp_path)] == [1]


def test_pairs(tiny_tokenizer: Any, tmp_path: Path) -> None:
    prompt = conversation("桜", 1)[:1]
    sides = [
        [{"role": "assistant", "content": text}]
        for text in ("良い答えです。", "悪い。", "良い答えです。")
    ]
    rows = [
        row("p", prompt + sides[0], rejected=prompt + sides[1]),
        row("q", prompt + sides[0], rejected=sides[1], weight=3),
        row("r", prompt + sides[0], rejected=prompt + sides[2]),
    ]
    write(tmp_path, "preference", "train", rows)
    write(tmp_path, "conversation", "train", [row("c", conversation("桜", 1))])
    told = prepare(tmp_path, tmp_path, planned(tiny_tokenizer, kind="dpo"))
    made = rows_of(tmp_path)
    assert [r["record_id"] for r in made] == ["p", "q"]
    assert [r["weight"] for r in made] == [1, 3]
    assert told["unread"] == {"conversation": 1}
    assert told["splits"]["train"]["all"]["same_answers"] == 1
    for r in made:
        asked, chosen, rejected = r["prompt_ids"], r["chosen_ids"], r["rejected_ids"]
        assert tiny_tokenizer.decode(asked).endswith("<|im_start|>assistant\n")
        assert tiny_tokenizer.decode(chosen) == "良い答えです。<|im_end|>"
        assert tiny_tokenizer.decode(rejected) == "悪い。<|im_end|>"
        assert r["tokens_count"] == len(asked) + max(len(chosen), len(rejected))
        assert r["supervised_count"] == min(len(chosen), len(rejected))


def test_pairs_are_cut_behind_their_prompt(tiny_tokenizer: Any, tmp_path: Path) -> None:
    prompt = conversation("桜", 1)[:1]
    sides = [
        [{"role": "assistant", "content": text}] for text in ("良い答えです。" * 9, "悪い。" * 9)
    ]
    write(tmp_path, "preference", "train", [row("p", prompt + sides[0], rejected=sides[1])])
    prepare(tmp_path, tmp_path / "whole", planned(tiny_tokenizer, kind="dpo"))
    whole = rows_of(tmp_path / "whole")[0]
    limit = len(whole["prompt_ids"]) + 5
    more: dict[str, Any] = {"kind": "dpo", "over_length": "truncate"}
    prepare(tmp_path, tmp_path / "cut", planned(tiny_tokenizer, max_length=limit, **more))
    made = rows_of(tmp_path / "cut")[0]
    assert made["prompt_ids"] == whole["prompt_ids"]
    assert made["chosen_ids"] == whole["chosen_ids"][:5]
    assert made["rejected_ids"] == whole["rejected_ids"][:5]
    assert made["tokens_count"] == limit
    with pytest.raises(DataError, match=r"nothing to train on.*unsupervised 1"):
        prepare(tmp_path, tmp_path / "b", planned(tiny_tokenizer, max_length=limit - 5, **more))


@pytest.mark.parametrize(
    ("kind", "told"),
    [("sft", "of kind conversation or instruction"), ("dpo", "of kind preference")],
)
def test_no_mix(kind: Any, told: str, tiny_tokenizer: Any, tmp_path: Path) -> None:
    write(tmp_path, "document", "train", [row("d", [])])
    with pytest.raises(DataError, match=told):
        prepare(tmp_path, tmp_path, planned(tiny_tokenizer, kind=kind))


def test_a_file_that_is_no_mix(plan: Plan, tmp_path: Path) -> None:
    write(tmp_path, "instruction", "train", [row("g", conversation("東京", 1))])
    path = next(tmp_path.rglob("train-*.parquet"))
    pl.read_parquet(path).drop("license").write_parquet(path)
    with pytest.raises(DataError, match="no column license"):
        prepare(tmp_path, tmp_path, plan)
