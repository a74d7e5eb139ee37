"""Ingest and normalize in one pass: blocks of input in, shards and unreadable rows out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import polars as pl

from llmx_data.core.errors import DataError
from llmx_data.core.ids import record_id
from llmx_data.core.parts import Spec
from llmx_data.core.storage import read_json, write_json, write_parquet
from llmx_data.core.store import Shard
from llmx_data.core.tables import DROPS, check
from llmx_data.core.tuples import number_cases
from llmx_data.ingest import Block, Fault, NoColumn, Row, Source, Unusable
from llmx_data.ingest.frames import Fields, frame_of, texts_of
from llmx_data.ingest.recovered import recovered
from llmx_data.normalize.stage import normalize

SHARD_RECORDS = 50_000
SHARD_BYTES = 64 << 20
"""Upper bounds of a shard; a block seldom reaches either. DESIGN: shards."""


@dataclass(frozen=True)
class Task:
    """One block of one source, with all that a worker needs to make shards of it."""

    source: Spec
    normalizers: tuple[Spec, ...]
    declared: dict[str, Any]
    """Defaults of the source's records: license_declared, license_basis, terms ..."""
    blocks: tuple[Block, ...]
    out: str
    number: int
    stop_on_bad_row: bool
    limit: int | None = None
    tokenizer: str | None = None


@dataclass(frozen=True)
class Outcome:
    """What became of a block: its shards, rows read, and the file of unreadable rows if any."""

    shards: list[Shard]
    rows: int
    unreadable: int
    seconds: float = 0.0


def ingest(task: Task) -> Outcome:
    """Read, map, normalize and write a block; a finished block is not read again.

    Memory is one shard, however many rows the block has. Errors: DataError for damaged input,
    for a first block of which no row has the mapped columns, and for a bad row if asked to stop.
    """
    state = Path(task.out) / f"{task.number:05d}.json"
    if state.exists():
        saved = read_json(state)
        shards = [_found_again(Shard(**s), state.parent) for s in saved["shards"]]
        return Outcome(shards, saved["rows"], saved["unreadable"])
    source: Source = task.source.build()
    seen = _Seen(source, task.stop_on_bad_row)
    normalizers = [spec.build() for spec in task.normalizers]
    shards = []
    for part, chunk in enumerate(_chunks(_records(source, task, seen))):
        told = recovered(frame_of(chunk, task.declared, source), source.origins)
        frame = normalize(told, normalizers)
        shards.append(
            _write(
                frame, Path(task.out) / f"{task.number:05d}-{part}.parquet", source, task.tokenizer
            )
        )
    if seen.drops:
        drops = pl.DataFrame(seen.drops, schema=DROPS)
        write_parquet(drops, Path(task.out) / f"{task.number:05d}.drops.parquet")
    outcome = Outcome(shards, seen.rows, len(seen.drops))
    write_json(state, asdict(outcome))
    return outcome


def unreadable(out: Path) -> Iterator[pl.DataFrame]:
    """Drop rows of a source's unreadable rows, in order."""
    for path in sorted(out.glob("*.drops.parquet")):
        yield pl.read_parquet(path)


@dataclass
class _Seen:
    """Rows counted while they stream by, and drop rows of those that cannot be read."""

    source: Source
    stop: bool
    rows: int = 0
    drops: list[Fields] = field(default_factory=list)
    missing: int = 0
    first_missing: str = ""

    def bad(self, place: str, why: str) -> None:
        """Note an unreadable row, or stop if the recipe wants that."""
        if self.stop:
            raise DataError(f"{place}: {why}\n    on_bad_row: quarantine goes on without such rows")
        self.drops.append(
            {
                "source": self.source.source_name,
                "place": place,
                "step": "ingest",
                "reason": "unreadable",
                "also": [why],
            }
        )

    def no_column(self, place: str, why: str) -> None:
        """Note a row without a mapped column."""
        self.missing += 1
        self.first_missing = self.first_missing or f"{place}: {why}"
        self.bad(place, why)

    def check(self, block: Block) -> None:
        """Refuse a source whose first rows all lack a mapped column: the mapping is wrong."""
        if block.first_row == 1 and self.missing and self.missing == self.rows:
            raise DataError(
                f"{self.source.source_name}: no row could be mapped\n    {self.first_missing}\n"
                "    map the columns in the recipe: columns: {field: column}"
            )


def _records(source: Source, task: Task, seen: _Seen) -> Iterator[Fields]:
    """Give the records of the task's blocks: mapped fields with `id` and `source_key`."""
    name = source.source_name
    for block in task.blocks:
        for row in source.rows(block):
            if task.limit is not None and seen.rows >= task.limit:
                return
            seen.rows += 1
            if isinstance(row, Fault):
                seen.bad(row.place, row.why)
                continue
            try:
                record = _record(source, name, row)
            except NoColumn as error:
                seen.no_column(row.place, str(error))
            except Unusable as error:
                seen.bad(row.place, str(error))
            else:
                yield record
        seen.check(block)


def _record(source: Source, name: str, row: Row) -> Fields:
    fields = source.record(row.data)
    if any("\0" in text for text in texts_of(fields)):
        raise Unusable("NUL character in text")
    key = source.own_key(row.data) or row.key
    fields["id"] = row.data["id"] if source.are_records else record_id(name, key, fields)
    fields["source_key"] = key
    return fields


def _chunks(records: Iterator[Fields]) -> Iterator[list[Fields]]:
    """Group records to shards; no character has more than 4 bytes."""
    chunk: list[Fields] = []
    size = 0
    for record in records:
        bytes_now = 4 * sum(map(len, texts_of(record)))
        if chunk and (len(chunk) >= SHARD_RECORDS or size + bytes_now > SHARD_BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append(record)
        size += bytes_now
    if chunk:
        yield chunk


def _found_again(shard: Shard, folder: Path) -> Shard:
    """Tell where a shard lies now: its run may have been moved since it was written."""
    return replace(shard, path=str(folder / Path(shard.path).name))


def _write(frame: pl.DataFrame, path: Path, source: Source, tokenizer: str | None) -> Shard:
    digest = write_parquet(check(frame, "records", str(path)), path)
    cases, numbers = number_cases(frame)
    sizes = _sizes(frame, tokenizer).with_columns(numbers)
    shard = Shard(
        source.source_name,
        source.record_kind(),
        str(path),
        digest[:16],
        frame.height,
        int(sizes["chars_count"].sum()),
    )
    write_parquet(cases, Path(shard.cases))
    write_parquet(sizes, Path(shard.sizes))
    return shard


def _sizes(frame: pl.DataFrame, tokenizer: str | None) -> pl.DataFrame:
    """Spine of a shard: id, characters, tokens (null without a tokenizer)."""
    tokens = pl.lit(None, pl.UInt32).alias("tokens_count")
    sizes = frame.select("id", pl.col("text").str.len_chars().alias("chars_count"), tokens)
    if tokenizer is None:
        return sizes
    from llmx_data.kernels.tokens import count_tokens

    return sizes.with_columns(tokens_count=count_tokens(frame["text"], tokenizer))
