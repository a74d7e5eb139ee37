"""Publish a data set: files per config, cards, attribution, licence texts; all or nothing."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from llmx_data.core.storage import write_json, write_text
from llmx_data.core.store import Rows, Shard
from llmx_data.core.tables import LICENSE_COLUMNS
from llmx_data.license.facts import Facts
from llmx_data.license.gate import Verdict
from llmx_data.license.obligations import notice, texts
from llmx_data.publish.attribution import attribution_page
from llmx_data.publish.card import data_card
from llmx_data.publish.croissant import croissant_page
from llmx_data.publish.generators import generator_notice
from llmx_data.publish.materialize import (
    Writer,
    columns_of,
    fingerprint,
    published,
    write_jsonl,
)
from llmx_data.publish.mixture import drawn
from llmx_data.publish.outline import origins
from llmx_data.publish.shapes import FOLDER, Files, Shaped, shapes_table, write_shapes
from llmx_data.publish.spdx import spdx_page
from llmx_data.publish.summary import summary_page


@dataclass(frozen=True)
class Order:
    """All that publish needs to know: whose rows go out where, and what to say of them."""

    name: str
    description: str | None
    date: str | None
    formats: Sequence[str]
    shards: Sequence[Shard]
    rows: Sequence[Rows]
    edits: Sequence[Sequence[Path]]
    """Edit files of each shard, in the order of steps."""
    groups: Sequence[dict[str, Any]]
    """Audited groups as tables: facts, license_concluded, config, obligations, reasons."""
    verdicts: Sequence[Verdict]
    facts: Facts
    sources: Sequence[dict[str, Any]]
    """Title, home, author, citation of each source."""
    steps: Sequence[dict[str, Any]]
    """Ledger entries, for the card."""
    purpose: dict[str, Any]
    waivers: Sequence[str] = ()
    """Waivers that changed a verdict, in words."""

    audit: Path | None = None
    """Folder of audit.json and AUDIT.md, which go out with the data; None leaves them out."""

    shapes: Sequence[str] = ()
    """Shapes of trainers that are written beside the configurations."""

    mixed: Sequence[Path] = ()
    """What a mix takes of each shard: split, weight, cluster and place in the order."""

    mix: dict[str, Any] | None = None
    """What a mix came to, for the card and mix.json."""


@dataclass(frozen=True)
class Product:
    """What was published: files with bytes, sha256 and rows; rows by config."""

    files: dict[str, dict[str, Any]]
    configs: dict[str, int]


def publish(order: Order, out: Path, advance: Callable[[int], None]) -> Product:
    """Write dataset/ beside its place and swap it in whole; give its files."""
    fresh = out.with_name(out.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    configs, shaped = _records(order, fresh, advance)
    data = fingerprint(fresh)
    _pages(order, fresh, configs, shaped, data)
    if order.mix is not None:
        write_json(fresh / "mix.json", order.mix)
    _audit(order, fresh)
    write_json(fresh / "croissant.json", croissant_page(order, data))
    files = fingerprint(fresh, known=data)
    write_json(fresh / "spdx.jsonld", spdx_page(order, files))
    files = fingerprint(fresh, known=files)
    if out.exists():
        old = out.with_name(out.name + ".old")
        shutil.rmtree(old, ignore_errors=True)
        out.rename(old)
        fresh.rename(out)
        shutil.rmtree(old)
    else:
        fresh.rename(out)
    return Product({f"dataset/{name}": facts for name, facts in files.items()}, configs)


def _pages(
    order: Order, out: Path, configs: dict[str, int], shaped: Sequence[Shaped], files: Files
) -> None:
    """Write what people read, and the texts of the licences."""
    write_text(out / "README.md", data_card(order, configs, shaped, files))
    if shaped:
        write_json(out / FOLDER / "shapes.json", shapes_table(shaped))
    write_text(out / "ATTRIBUTION.md", attribution_page(order))
    write_text(out / "TRAINING_CONTENT_SUMMARY.md", summary_page(order))
    asked = dict.fromkeys(model for origin in origins(order) for model in origin.generators)
    words = [notice(order.verdicts), generator_notice(asked, order.facts)]
    if any(words):
        write_text(out / "NOTICE", "\n".join(word for word in words if word))
    for license_id, path in texts(order.verdicts, order.facts).items():
        name = f"{license_id}{path.suffix}"
        write_text(out / "LICENSES" / name, path.read_text(encoding="utf-8"))


def _audit(order: Order, out: Path) -> None:
    """Lay the verdicts beside the data: its columns name the group that each row belongs to."""
    if order.audit is not None:
        for name in ("AUDIT.md", "audit.json"):
            write_text(out / name, (order.audit / name).read_text(encoding="utf-8"))


def _records(
    order: Order, out: Path, advance: Callable[[int], None]
) -> tuple[dict[str, int], list[Shaped]]:
    """Write the records of each configuration, and the shapes asked for; gives rows of each."""
    on = LICENSE_COLUMNS
    groups = pl.DataFrame(
        [
            {
                **{c: g[c] for c in on if c != "terms"},
                "terms": "\n".join(g["terms"]),
                "license": g["license_concluded"],
                "config": g["config"],
            }
            for g in order.groups
        ],
        schema=dict.fromkeys([*on, "license", "config"], pl.String),
    )
    writers: dict[tuple[str, str], Writer] = {}
    kinds: dict[str, str] = {}
    frames = drawn(order, groups, on) if order.mixed else _in_order(order, groups, on)
    for frame in frames:
        for (config, split), part in frame.partition_by("config", "split", as_dict=True).items():
            if (config, split) not in writers:
                kinds[config] = part["kind"][0]
                columns = columns_of(kinds[config], mixed=bool(order.mixed))
                writers[config, split] = Writer(out / str(config), columns, str(split))
            writers[config, split].add(part)
        advance(frame.height)
    counts: dict[str, int] = {}
    shaped: list[Shaped] = []
    for config in sorted(kinds):
        files = []
        for split in (s for s in ("train", "dev") if (config, s) in writers):
            writer = writers[config, split]
            writer.close()
            counts[config] = counts.get(config, 0) + sum(writer.rows)
            files += writer.name()
        shaped += write_shapes(order.shapes, config, kinds[config], files, out)
        for path in files:
            if "jsonl.zst" in order.formats:
                write_jsonl(path, out / "jsonl" / config)
            if "parquet" not in order.formats:
                path.unlink()
    return counts, shaped


def _in_order(order: Order, groups: pl.DataFrame, on: list[str]) -> Iterator[pl.DataFrame]:
    """Give the records shard by shard; all are for training."""
    for shard, rows, edits in zip(order.shards, order.rows, order.edits, strict=True):
        if len(rows):
            frame = published(shard, rows, edits, groups, on)
            yield frame.with_columns(split=pl.lit("train"))
