"""The end of the road: hand rows to publish, gather drops, tell the report what happened."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow.parquet as pq

from llmx_data import __version__
from llmx_data.audit.groups import Audited
from llmx_data.blending import table
from llmx_data.core.edits import apply_edits
from llmx_data.core.part import content_key
from llmx_data.core.run import Run
from llmx_data.core.storage import read_parquet, sha256_file, whole
from llmx_data.core.store import Rows, Shard, text_prefix
from llmx_data.core.tables import DROPS
from llmx_data.filter.stage import measures_for
from llmx_data.harvest import Harvest
from llmx_data.ingest.finished import Finished
from llmx_data.ingest.generated import Generated
from llmx_data.ingest.stage import unreadable
from llmx_data.ledger import State
from llmx_data.plan import Plan
from llmx_data.publish.stage import Order, Product
from llmx_data.report.collect import (
    Fate,
    costs,
    dropped_samples,
    histograms,
    kept_samples,
    unreadable_samples,
)
from llmx_data.report.made import NAME, read_made, together
from llmx_data.report.synthesis import synthesis, yields
from llmx_data.work import build, dropped_rows, unit_path


def order(
    plan: Plan, run: Run, state: State, audited: Audited, ledger: list[dict[str, Any]]
) -> Order:
    """Everything publish needs."""
    return Order(
        name=plan.name,
        description=plan.description,
        date=plan.date,
        formats=plan.output.formats,
        shapes=plan.output.shapes,
        shards=state.shards,
        rows=audited.rows,
        edits=state.edits(run.store),
        groups=[g.table() for g in audited.groups],
        verdicts=audited.verdicts,
        facts=plan.facts,
        sources=source_facts(plan),
        steps=ledger,
        purpose=plan.purpose.model_dump(mode="json"),
        waivers=[waiver.words() for waiver in audited.waivers],
        audit=run.path / "audit",
        mixed=state.mixed(run.store)[0],
        mix=mix_of(plan, run, state, audited),
    )


def mix_of(plan: Plan, run: Run, state: State, audited: Audited) -> dict[str, Any] | None:
    """Count what a mix holds; None on a road without one."""
    mixed, told = state.mixed(run.store)
    parts = [build(step.parts[0]) for step in plan.steps if step.room == "mix"]
    if not parts:
        return None
    return table(parts[0], told, state.shards, audited.rows, mixed)


def source_facts(plan: Plan) -> list[dict[str, Any]]:
    """Title, home, author and citation of each source: the recipe's word, then the card's.

    A generated source also has `synthesis`: how it was made, or None where nothing says so.
    """
    found = []
    for spec in plan.sources:
        source = spec.build()
        if isinstance(source, Finished):
            found.append(source.told())
            continue
        card = plan.facts.card(source.card_name() or "")
        found.append(
            {
                "source": source.source_name,
                "kind": source.record_kind(),
                "title": source.title or (card.title if card else None),
                "home": source.home or (card.home if card else None),
                "author": source.author or (card.credit if card else None),
                "citation": card.citation if card else None,
            }
        )
        if isinstance(source, Generated):
            found[-1]["synthesis"] = read_made(source.inputs(plan.folder)[0])
    return found


def all_drops(
    run: Run, state: State, harvested: Harvest, audited: Audited
) -> Iterator[tuple[str, int, pl.DataFrame]]:
    """(step, shard number, drop rows) in the order of the road; -1 for rows that made no record."""
    for _, folder in harvested.folders:
        for frame in unreadable(folder):
            yield "00-ingest", -1, frame
    for step, keys in zip(state.steps, state.units, strict=True):
        for k, key in enumerate(keys):
            if not key:
                continue
            frame = pl.read_parquet(unit_path(run.store, key, "drops.parquet"))
            if frame.height:
                yield step, k, frame
    for k, frame in enumerate(audited.drops):
        if frame.height:
            yield "98-audit", k, frame


def write_drops(run: Run, state: State, harvested: Harvest, audited: Audited) -> None:
    """Write drops/<step>.parquet, one row per dropped record and step, never the text."""
    folder = run.path / "drops"
    folder.mkdir(parents=True, exist_ok=True)
    steps = ["00-ingest", *dict.fromkeys(state.steps), "98-audit"]
    for stale in folder.glob("*.parquet"):
        if stale.stem not in steps:
            stale.unlink()
    schema = pl.DataFrame(schema=DROPS).to_arrow(compat_level=pl.CompatLevel.oldest()).schema
    drops = all_drops(run, state, harvested, audited)
    frame_of = next(drops, None)
    for step in steps:
        with (
            whole(folder / f"{step}.parquet") as path,
            pq.ParquetWriter(path, schema, compression="zstd") as writer,
        ):
            while frame_of is not None and frame_of[0] == step:
                frame = frame_of[2].select(DROPS.names()).cast(DROPS)
                writer.write_table(frame.to_arrow(compat_level=pl.CompatLevel.oldest()))
                frame_of = next(drops, None)


def report_facts(
    plan: Plan,
    run: Run,
    state: State,
    harvested: Harvest,
    audited: Audited,
    product: Product,
    ledger: list[dict[str, Any]],
) -> dict[str, Any]:
    """Everything the report shows."""
    known = source_facts(plan)
    homes = {s["source"]: s for s in known}
    sources = [
        {
            **g,
            "title": homes[g["source"]]["title"],
            "home": homes[g["source"]]["home"],
            "rows": harvested.rows[g["source"]],
        }
        for g in (group.table() for group in audited.groups)
    ]
    drops = ((k, f) for _, k, f in all_drops(run, state, harvested, audited) if k >= 0)
    samples = dropped_samples(state.shards, drops)
    chosen = kept_samples(state.shards, audited.rows)
    _hide(plan, [*chosen, *(sample for some in samples.values() for sample in some)])
    bad = unreadable_samples(f for _, folder in harvested.folders for f in unreadable(folder))
    kept = {
        name: audited.came[name] - sum(c.get(name, 0) for c in ledger[-1]["dropped"].values())
        for name in audited.came
    }
    out_licenses = sorted({g.license for g in audited.groups if g.config})
    obligations = {
        (o["id"], o["license"]): o
        for g in audited.groups
        if g.config
        for o in g.table()["obligations"]
    }
    return {
        "name": plan.name,
        "llmx": __version__,
        "description": plan.description,
        "purpose": plan.purpose.model_dump(mode="json"),
        "verdict": {
            "result": audited.result.name,
            "outgoing": out_licenses,
            "obligations": list(obligations.values()),
        },
        "waivers": [waiver.words() for waiver in audited.waivers],
        "funnel": ledger,
        "kept": kept,
        "configs": product.configs,
        "sources": sources,
        "synthesis": _synthesis(known, run, state, harvested, audited),
        "histograms": list(_histograms(plan, run, state)),
        "samples": {
            "dropped": samples | ({"unreadable": bad} if bad else {}),
            "kept": chosen,
        },
        "costs": costs(ledger),
        "files": [{"name": n, **f} for n, f in product.files.items()],
        "commands": {
            "load": f'datasets.load_dataset("{run.path}/dataset")',
            "why": f"llmx why {run.path} ID",
            "verify": f"llmx verify {run.path}",
        },
    }


def _synthesis(
    sources: list[dict[str, Any]], run: Run, state: State, harvested: Harvest, audited: Audited
) -> list[dict[str, Any]]:
    """Tell how generated sources were made and how their records differ; one entry per origin."""
    edits = state.edits(run.store)
    found = []
    for names, made in together(sources):
        own = {k: shard for k, shard in enumerate(state.shards) if shard.source in names}
        drops = ((k, f) for _, k, f in all_drops(run, state, harvested, audited) if k in own)
        methods = yields(made, own, drops)
        published = (_published(shard, audited.rows[k], edits[k]) for k, shard in own.items())
        found.append(synthesis(names, made, methods, published))
    return found


def _published(shard: Shard, rows: Rows, edits: Sequence[Path]) -> pl.DataFrame:
    """Read the records of a shard as they went out, with the columns that a report shows."""
    columns = ["id", "text", "messages", "rejected", "adaptation", "meta"]
    frame = read_parquet(Path(shard.path), columns)[rows]
    return apply_edits(frame, pl.concat([read_parquet(e) for e in edits])) if edits else frame


def _hide(plan: Plan, samples: list[dict[str, Any]]) -> None:
    """Mask personal data in samples as in the data set: a report is passed on too."""
    for step in plan.steps:
        part = build(step.parts[0])
        if step.room == "pii" and part.mode == "mask":
            texts = part.hidden([sample["text"] for sample in samples])
            for sample, text in zip(samples, texts, strict=True):
                sample["text"] = text


def _histograms(plan: Plan, run: Run, state: State) -> Iterator[dict[str, Any]]:
    """One histogram for each feature of a step that has a numeric threshold."""
    for step in plan.steps:
        if step.room != "filter":
            continue
        shown: dict[tuple[str, str], list[dict[str, Any]]] = {}
        asked: dict[tuple[str, str], tuple[Any, list[str]]] = {}
        for spec in step.parts:
            part = build(spec)
            for reason in part.reasons():
                columns = reason.value.meta.root_names()
                if reason.threshold is None or len(columns) != 1:
                    continue
                side = "below" if "<" in str(reason.bad) else "above"
                limit = {"reason": reason.word, "value": reason.threshold, "side": side}
                shown.setdefault((part.on, columns[0]), []).append(limit)
                for one in measures_for(part):
                    if columns[0] in one.gives():
                        key = (one.digest(), part.on)
                        asked.setdefault(key, (one, []))[1].append(columns[0])
        fates = _fates(run, state, step.name)
        found: dict[tuple[str, str], dict[str, Any]] = {}
        for (_, on), (one, columns) in asked.items():
            made = histograms(run.features, one, on, list(dict.fromkeys(columns)), fates)
            found |= {(on, column): bars for column, bars in made.items()}
        for (on, column), limits in shown.items():
            if (on, column) in found:
                feature = text_prefix(on) + column
                head = {"feature": feature, "step": step.name, "thresholds": limits}
                yield head | found[on, column]


def _fates(run: Run, state: State, step: str) -> list[Fate]:
    """Who came to a step and who was dropped there, by shard; none came where it is not meant."""
    first = state.steps.index(step)
    fates = []
    for k, shard in enumerate(state.shards):
        gone = [
            dropped_rows(run.store, keys[k]) if keys[k] else np.zeros(0, np.int64)
            for keys in state.units
        ]
        before = np.concatenate([np.zeros(0, np.int64), *gone[:first]])
        here = [rows for rows, name in zip(gone, state.steps, strict=True) if name == step]
        came = np.setdiff1d(np.arange(shard.records), before)
        fates.append(Fate(shard, came if state.units[first][k] else came[:0], np.concatenate(here)))
    return fates


def manifest_key(plan: Plan, inputs: list[dict[str, Any]], limit: int | None) -> str:
    """Key of a finished run: recipe, inputs, how generated ones were made, facts, version."""
    made = {"synthesis": told} if (told := _told(plan)) else {}
    return content_key(
        {
            "plan": plan.resolved(),
            "inputs": inputs,
            "limit": limit,
            "facts": plan.facts.hash,
            "llmx": __version__,
            **made,
        }
    )


def _told(plan: Plan) -> list[str]:
    """Hashes of the files that say how generated sources were made."""
    sources = [s for s in (spec.build() for spec in plan.sources) if isinstance(s, Generated)]
    files = [s.inputs(plan.folder)[0].with_name(NAME) for s in sources]
    return [sha256_file(file) for file in files if file.exists()]
