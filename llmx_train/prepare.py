"""A mix's records to token files: rendered, measured, the too long and the empty left out.

Every row is kept once, with its weight; training sees it `weight x epochs` times. So what a model
was trained on can be told from these files alone, whatever the trainer packs together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from llmx_data.core.errors import DataError
from llmx_data.core.progress import Talk
from llmx_data.core.storage import sha256_file, write_json
from llmx_data.publish.trl import dpo
from llmx_train.fit import Tally, cut, length, supervised
from llmx_train.render import Pair, Row, render_batch, render_pair
from llmx_train.template import Template
from llmx_train.tokenfile import DROPS, Kind, Parquet, columns
from llmx_train.tokenizers import fingerprint

OverLength = Literal["drop", "error", "truncate"]

BATCH = 512
"""Records that are rendered at once; 40 MB at 2,048 tokens each. Ours."""

READS: dict[Kind, tuple[str, ...]] = {
    "sft": ("conversation", "instruction"),
    "dpo": ("preference",),
}
"""Kinds of records that a kind of training reads, in the order they are written."""


@dataclass(frozen=True)
class Plan:
    """How records become rows."""

    tokenizer: Any
    template: Template
    kind: Kind = "sft"
    max_length: int = 2_048
    over_length: OverLength = "drop"

    @property
    def schema(self) -> pa.Schema:
        """Columns of a token file."""
        return columns(self.kind)


def prepare(mix: Path, out: Path, plan: Plan, *, talk: Talk | None = None) -> dict[str, Any]:
    """Write tokens/{train,dev}.parquet, tokens/{train,dev}.drops.parquet and prepare.json to `out`.

    Reads `dataset/<kind>/{train,dev}-*.parquet` of a mix, in the order of kinds and file names; no
    dev file is an empty dev split. The same mix, tokenizer and template give the same bytes. Gives
    what prepare.json holds. Cost: 0.8 ms a record of 230 tokens; at most 100 MB of rows at once.
    Errors: DataError for no mix, for nothing to train on, and with `over_length` error for any
    record that is too long.
    """
    talk = talk or Talk(quiet=True)
    splits = {name: _write(mix, out, name, plan, talk) for name in ("train", "dev")}
    told = {
        "kind": plan.kind,
        "max_length": plan.max_length,
        "over_length": plan.over_length,
        "template": {
            "name": plan.template.name,
            "sha256": plan.template.sha256,
            "end": plan.template.end,
        },
        "tokenizer": {"sha256": fingerprint(plan.tokenizer), "vocabulary": len(plan.tokenizer)},
        "unread": _unread(mix, plan.kind),
        "splits": splits,
    }
    if not splits["train"]["all"]["kept"]:
        gone = {k: v for k, v in splits["train"]["all"].items() if v and k != "records"}
        why = ", ".join(f"{k} {v:,}" for k, v in gone.items()) or "no records"
        remedy = "look at tokens/train.drops.parquet; raise train.max_length or mend the mix"
        raise DataError(f"{mix}: nothing to train on ({why})\n    {remedy}")
    write_json(out / "prepare.json", told)
    return told


def files(mix: Path, kind: Kind, split: str) -> list[Path]:
    """Give the Parquet files of a split that a kind of training reads."""
    folders = [mix / "dataset" / name for name in READS[kind]]
    return [path for folder in folders for path in sorted(folder.glob(f"{split}-*.parquet"))]


def _unread(mix: Path, kind: Kind) -> dict[str, int]:
    """Count records of kinds that this training does not read."""
    counts: Counter[str] = Counter()
    for path in sorted((mix / "dataset").glob("*/*-*.parquet")):
        if path.parent.name not in READS[kind]:
            counts[path.parent.name] += pq.ParquetFile(path).metadata.num_rows
    return dict(counts)


def _write(mix: Path, out: Path, split: str, plan: Plan, talk: Talk) -> dict[str, Any]:
    paths = files(mix, plan.kind, split)
    if split == "train" and not paths:
        wanted = " or ".join(READS[plan.kind])
        raise DataError(
            f"{mix}: no dataset/*/train-*.parquet of kind {wanted}\n    give the directory of a "
            f"finished mix that holds what a {plan.kind} run reads"
        )
    talk.stage(f"prepare {split}", sum(pq.ParquetFile(p).metadata.num_rows for p in paths))
    path = out / "tokens" / f"{split}.parquet"
    tallies: dict[str, Tally] = {}
    drops = path.with_suffix(".drops.parquet")
    with ExitStack() as stack:
        rows = stack.enter_context(Parquet(path, plan.schema))
        lost = stack.enter_context(Parquet(drops, DROPS))
        for batch in _batches(paths):
            made = _rendered(batch, plan)
            rows.add([row for row, reason in made if not reason])
            lost.add([row | {"reason": reason} for row, reason in made if reason])
            for row, reason in made:
                tallies.setdefault(row["source"], Tally()).count(row, reason)
            talk.advance(len(made))
        _refuse(tallies, plan, split)
    talk.end()
    every = Tally()
    for tally in tallies.values():
        every.add(tally)
    sources = {source: tallies[source].told() for source in sorted(tallies)}
    return {"all": every.told(), "sources": sources, "sha256": sha256_file(path)}


def _batches(paths: Sequence[Path]) -> Iterator[pl.DataFrame]:
    """Give records in batches, with a weight of 1 where the files have none."""
    wanted = ["id", "source", "license", "messages", "rejected", "weight"]
    for path in paths:
        file = pq.ParquetFile(path)
        names = [name for name in wanted if name in file.schema_arrow.names]
        missing = {"id", "source", "license", "messages"} - set(names)
        if missing:
            told = f"no column {', '.join(sorted(missing))}"
            raise DataError(f"{path}: {told}\n    give the directory of a finished mix")
        for batch in file.iter_batches(BATCH, columns=names):
            frame = pl.from_arrow(batch)
            assert isinstance(frame, pl.DataFrame)
            yield frame if "weight" in names else frame.with_columns(weight=pl.lit(1))


Made = tuple[dict[str, Any], str]
"""A row (of tokens_count at least) and the reason why it is left out, or ''."""


def _rendered(batch: pl.DataFrame, plan: Plan) -> list[Made]:
    rendered = _rows(batch, plan) if plan.kind == "sft" else _pairs(batch, plan)
    heads = batch.select(pl.col("id").alias("record_id"), "source", "license", "weight").to_dicts()
    return [
        (head, row) if isinstance(row, str) else _fitted(head, row, plan)
        for head, row in zip(heads, rendered, strict=True)
    ]


def _rows(batch: pl.DataFrame, plan: Plan) -> list[Row | str]:
    conversations = [messages or [] for messages in batch["messages"].to_list()]
    return render_batch(conversations, plan.tokenizer, plan.template)


def _pairs(batch: pl.DataFrame, plan: Plan) -> list[Pair | str]:
    sides = dpo(batch).select("prompt", "chosen", "rejected", "fault").iter_rows()
    return [
        fault or render_pair(prompt, chosen, rejected, plan.tokenizer, plan.template)
        for prompt, chosen, rejected, fault in sides
    ]


def _fitted(head: dict[str, Any], row: Row | Pair, plan: Plan) -> Made:
    """Cut a row to the length, or say why it is left out. `cut` tells that it was cut."""
    tokens, limit = length(row), plan.max_length
    is_long = tokens > limit
    if is_long and plan.over_length != "truncate":
        return head | {"tokens_count": tokens}, "over_length"
    row = cut(row, limit) if is_long else row
    learned = supervised(row)
    head = head | {"tokens_count": length(row), "supervised_count": learned, "cut": is_long}
    return head | vars(row), "" if learned else "unsupervised"


def _refuse(tallies: dict[str, Tally], plan: Plan, split: str) -> None:
    if plan.over_length != "error":
        return
    long = {name: t.reasons["over_length"] for name, t in sorted(tallies.items())}
    told = ", ".join(f"{name} {count:,}" for name, count in long.items() if count)
    if told:
        raise DataError(
            f"{split}: records longer than {plan.max_length:,} tokens, by source: {told}"
            "\n    raise train.max_length, or say data.over_length: drop or truncate"
        )
