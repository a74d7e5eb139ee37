"""Bring every source in: fingerprint the inputs, hand blocks to workers, collect the shards."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from llmx_data import __version__
from llmx_data.core.errors import DataError
from llmx_data.core.execute import Executor
from llmx_data.core.part import content_key, file_key, file_paths, over_files
from llmx_data.core.parts import Spec
from llmx_data.core.progress import Talk
from llmx_data.core.run import Run
from llmx_data.core.storage import read_json, sha256_file, write_json
from llmx_data.core.store import Shard
from llmx_data.ingest import Source
from llmx_data.ingest.stage import Outcome, Task, ingest, unreadable
from llmx_data.license.expression import normalize
from llmx_data.license.facts import UNKNOWN
from llmx_data.plan import Plan


@dataclass
class Harvest:
    """All shards in order, where each source's files lie, and what could not be read."""

    shards: list[Shard] = field(default_factory=list)
    folders: list[tuple[str, Path]] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)
    unreadable: dict[str, int] = field(default_factory=dict)
    inputs: list[dict[str, Any]] = field(default_factory=list)

    def entry(self) -> dict[str, Any]:
        """Ledger entry of ingest: rows came in, unreadable ones were dropped."""
        bad = sum(self.unreadable.values())
        dropped = {"unreadable": {"records": bad}} if bad else {}
        return {
            "step": "00-ingest",
            "came": {"records": sum(self.rows.values())},
            "dropped": dropped,
            "sources": {
                name: {"rows": self.rows[name], "unreadable": self.unreadable[name]}
                for name in self.rows
            },
            "edited": {},
            "cpu_seconds": {},
            "measured": {},
        }


def input_facts(plan: Plan, run: Run) -> list[dict[str, Any]]:
    """Name, bytes and sha256 of every input, in order; hashes are remembered by size and time."""
    memory_path = run.path / "store" / "inputs.json"
    memory = read_json(memory_path) if memory_path.exists() else {}
    facts: list[dict[str, Any]] = []
    for spec in plan.sources:
        source: Source = spec.build()
        for path in source.inputs(plan.folder):
            stat = path.stat()
            stamp = f"{path}|{stat.st_size}|{stat.st_mtime_ns}"
            if stamp not in memory:
                memory[stamp] = sha256_file(path)
            facts.append(
                {
                    "source": source.source_name,
                    "name": path.name,
                    "bytes": stat.st_size,
                    "sha256": memory[stamp],
                }
            )
        snapshot = source.snapshot(plan.folder)
        if snapshot is not None:
            facts.append({"source": source.source_name, "snapshot": snapshot})
    for named in _side_files(plan):
        facts.append({"source": "", "name": named.name, "sha256": file_key(named)})
    write_json(memory_path, memory)
    return facts


def _side_files(plan: Plan) -> Iterator[Path]:
    if plan.tokenizer:
        yield Path(plan.tokenizer)
    for source in (spec.build() for spec in plan.sources):
        yield from file_paths(source.model_dump(), source.files)
    for step in plan.steps:
        for spec in step.parts:
            part = spec.build()
            yield from file_paths(part.model_dump(), part.files)


def harvest(
    plan: Plan,
    run: Run,
    pool: Executor,
    inputs: list[dict[str, Any]],
    limit: int | None,
    talk: Talk,
) -> Harvest:
    """Ingest every source; blocks that are already in the store are not read again.

    Errors: DataError when ids are not unique, an input is damaged, or nothing could be read.
    """
    found = Harvest(inputs=inputs)
    talk.stage("ingest")
    for spec in plan.sources:
        source: Source = spec.build()
        folder = _folder(plan, run, spec, source, inputs, limit)
        found.folders.append((source.source_name, folder))
        rows = bad = 0
        tasks = _tasks(plan, spec, source, folder, limit)
        for outcome in pool.map(ingest, tasks):
            found.shards += [s for s in outcome.shards if s.records]
            rows, bad = rows + outcome.rows, bad + outcome.unreadable
            talk.advance(outcome.rows)
            _check(outcome)
        found.rows[source.source_name] = rows
        found.unreadable[source.source_name] = bad
    talk.end()
    if not found.shards:
        raise _nothing(found)
    _unique_ids(found.shards, plan)
    return found


def _nothing(found: Harvest) -> DataError:
    """Say of every source why no record came of it."""
    lines = []
    for name, folder in found.folders:
        rows, bad = found.rows[name], found.unreadable[name]
        why = next((frame["also"][0][0] for frame in unreadable(folder) if frame.height), "")
        told = f"; the first: {why}" if why else ""
        lines.append(f"    {name}: {rows:,} rows, {bad:,} of them unreadable{told}")
    return DataError("\n".join(["no source gave a record", *lines]))


def _check(outcome: Outcome) -> None:
    records = sum(s.records for s in outcome.shards)
    assert outcome.rows == records + outcome.unreadable, outcome


def _folder(
    plan: Plan,
    run: Run,
    spec: Spec,
    source: Source,
    inputs: list[dict[str, Any]],
    limit: int | None,
) -> Path:
    own = [
        {k: v for k, v in fact.items() if k != "source"}
        for fact in inputs
        if fact["source"] == source.source_name
    ]
    options = {k: v for k, v in spec.options.items() if k not in ("path", "priority")}
    options = over_files(options, source.files, lambda _, named: file_key(Path(named)))
    key = content_key(
        {
            "source": spec.use,
            "version": source.version,
            "code": source.code_hash,
            "options": options,
            "declared": declared(source, plan),
            "inputs": own,
            "limit": limit,
            "normalize": [part.build().digest() for part in plan.normalizers],
            "tokenizer": file_key(Path(plan.tokenizer)) if plan.tokenizer else None,
            "llmx": __version__,
            "layout": 3,
            "stop": plan.on_bad_row,
        }
    )
    return run.store / "records" / f"{source.source_name}-{key}"


def declared(source: Source, plan: Plan) -> dict[str, Any]:
    """Licence fields of a source's records: the recipe's word first, then the card's.

    Finished records have their own; nothing is filled in.
    """
    if source.are_records:
        return {}
    card = plan.facts.card(source.card_name() or "")
    given = source.license or (card.license if card else None)
    database = source.license_db or (card.license_db if card else None)
    return {
        "license_declared": normalize(given, plan.facts) if given else UNKNOWN,
        "license_db": normalize(database, plan.facts) if database else None,
        "license_basis": "recipe" if source.license or not card else "card",
        "terms": sorted({*source.terms, *(card.terms if card else [])}),
        "accepted_by": source.accepted_by,
        "adaptation": source.adaptation,
        "generator": source.generator or (card.generator if card else None),
        "attribution": source.author,
        "parents": [],
    }


def _tasks(
    plan: Plan, spec: Spec, source: Source, folder: Path, limit: int | None
) -> Iterator[Task]:
    """One task per block; with a limit one task for the source, because rows are counted."""
    common: dict[str, Any] = {
        "source": spec,
        "normalizers": tuple(plan.normalizers),
        "declared": declared(source, plan),
        "out": str(folder),
        "stop_on_bad_row": plan.on_bad_row == "stop",
        "tokenizer": plan.tokenizer,
    }
    blocks = source.blocks(plan.folder)
    if limit is not None:
        yield Task(blocks=tuple(blocks), number=0, limit=limit, **common)
        return
    for number, block in enumerate(blocks):
        yield Task(blocks=(block,), number=number, **common)


def _unique_ids(shards: list[Shard], plan: Plan) -> None:
    """Two records with one id have the same source, key and content: the key column is not one."""
    heads = [_head(shard) for shard in shards]
    if not heads:
        return
    together = np.concatenate(heads)
    together.sort()
    twins = np.unique(together[1:][together[1:] == together[:-1]])
    if not len(twins):
        return
    for shard, head in zip(shards, heads, strict=True):
        at = np.flatnonzero(np.isin(head, twins))
        if len(at):
            record = pl.read_parquet(shard.path, columns=["source", "source_key"]).row(int(at[0]))
            raise DataError(
                f"source '{record[0]}': key '{record[1]}' names more than one record\n    declare "
                "a key column that is unique (key: COLUMN), or none, so that file#row is the key"
            )


def _head(shard: Shard) -> NDArray[np.uint64]:
    """First 64 bits of each id: 8 bytes a record, and one false alarm in 10^6 runs of 10^7."""
    ids = pl.read_parquet(shard.sizes, columns=["id"])["id"]
    return ids.str.slice(0, 16).str.to_integer(base=16, dtype=pl.UInt64).to_numpy()
