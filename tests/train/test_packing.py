"""Packs: rows that share one do not see each other, and no row is cut, lost or masked anew."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from llmx_train.trl_adapter.rows import data_set, read_rows
from tests.train.training import recipe, token_rows, write_rows


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
def test_rows_of_a_pack_do_not_see_each_other(
    attention: str, tiny_model_dir: Path, tiny_tokenizer: Any, records: Any, tmp_path: Path
) -> None:
    import torch
    from trl.trainer.sft_trainer import DataCollatorForLanguageModeling

    from llmx_train.trl_adapter.adapters import load_model

    model = load_model(tiny_model_dir, dtype="float32", attention=attention).eval()
    write_rows(tmp_path, token_rows(tiny_tokenizer, records[:6]))
    run = recipe(tmp_path, tiny_model_dir, train={"packing": "bfd", "max_length": 128})
    rows = read_rows(tmp_path / "tokens" / "train.parquet", run, train=True)
    pack = next(p for p in data_set(rows, run, packed=True) if len(p["seq_lengths"]) > 1)
    batch = DataCollatorForLanguageModeling(pad_token_id=0, padding_free=True)([pack])
    told = {k: batch[k] for k in ("input_ids", "position_ids")} | {"use_cache": False}  # as TRL
    worst, naive, at = 0.0, 0.0, 0
    with torch.no_grad():
        packed = model(**told).logits[0]
        joined = model(input_ids=told["input_ids"]).logits[0]
        for length in pack["seq_lengths"]:
            alone = model(input_ids=told["input_ids"][:, at : at + length]).logits[0]
            worst = max(worst, float((packed[at : at + length] - alone).abs().max()))
            naive = max(naive, float((joined[at : at + length] - alone).abs().max()))
            at += length
    assert worst < 1e-5
    assert naive > 1e-2, "the test could not tell"


def test_packs_hold_every_row_whole_with_its_own_labels(
    tiny_model_dir: Path, tiny_tokenizer: Any, records: Any, tmp_path: Path
) -> None:
    made = token_rows(tiny_tokenizer, records)
    write_rows(tmp_path, made)
    run = recipe(tmp_path, tiny_model_dir, train={"packing": "bfd"})
    rows = read_rows(tmp_path / "tokens" / "train.parquet", run, train=True)
    found = []
    for pack in data_set(rows, run, packed=True):
        assert len(pack["input_ids"]) <= 256
        at = 0
        for length in pack["seq_lengths"]:
            here = slice(at, at + length)
            found.append((tuple(pack["input_ids"][here]), tuple(pack["labels"][here])))
            at += length
    wanted = zip(made["input_ids"].to_list(), made["labels"].to_list(), strict=True)
    assert sorted(found) == sorted((tuple(ids), tuple(labels)) for ids, labels in wanted)


@pytest.mark.parametrize("packing", ["none", "bfd"])
def test_the_trainer_sees_these_rows_and_no_others(
    packing: str, tiny_model_dir: Path, tiny_tokenizer: Any, records: Any, tmp_path: Path
) -> None:
    from llmx_train.base import find_base
    from llmx_train.callbacks import Watch
    from llmx_train.train import make_ready
    from llmx_train.trl_adapter.machine import look

    made = token_rows(tiny_tokenizer, records[:10])
    write_rows(tmp_path, made)
    run = recipe(tmp_path, tiny_model_dir, train={"packing": packing, "micro_batch": 2})
    ready = make_ready(run, tmp_path, find_base(run, tmp_path), Watch(tmp_path, ""), look())
    ids, supervised = 0, 0
    for batch in ready.trainer.get_train_dataloader():
        labels = batch["labels"]
        assert bool((labels[:, 1:] != -100).any())
        assert bool((labels[labels != -100] == batch["input_ids"][labels != -100]).all())
        ids += int(batch.get("attention_mask", batch["input_ids"] >= 0).sum())
        supervised += int((labels != -100).sum())
    assert ids == made["input_ids"].list.len().sum()
    assert supervised == sum(sum(v != -100 for v in row) for row in made["labels"].to_list())
