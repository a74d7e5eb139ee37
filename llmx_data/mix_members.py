"""What each run brings to a mix: ids by source, each record once, whichever runs have it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from llmx_data.core.errors import DataError, nearest
from llmx_data.core.storage import read_json, read_parquet
from llmx_data.ingest.finished import OWN, published_files
from llmx_data.mix_plan import MixPlan

MEMBERS = pl.Schema({"id": pl.String, "source": pl.String, "run": pl.UInt16, "share": pl.UInt16})
"""`run` is the place of the record's run in the source's `path`, `share` its entry in `runs`."""


@dataclass
class Brought:
    """Members (MEMBERS), a source of the road for each source of the runs, and what is told."""

    members: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=MEMBERS))
    sources: list[dict[str, Any]] = field(default_factory=list)
    filters: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass
class Origin:
    """A run that brings records: what it published, and what it says of its sources."""

    path: Path
    files: list[Path]
    records: pl.DataFrame
    """id, source, kind of everything published."""
    sources: dict[str, dict[str, Any]]
    cards: dict[str, str | None]
    filters: list[dict[str, Any]]


def bring(plan: MixPlan, runs: Sequence[Path]) -> Brought:
    """Read what the runs published and say which of it is in the mix, and by which entry.

    A record that several runs or entries bring is of the first one. Errors: RecipeError for an
    entry that brings nothing, DataError for runs that do not agree about a record or a source.
    """
    origins = {path: _origin(path) for path in dict.fromkeys(runs)}
    order = {path: number for number, path in enumerate(origins)}
    frames = [
        _of_entry(plan, number, origins[path]).with_columns(
            share=pl.lit(number, pl.UInt16), run=pl.lit(order[path], pl.UInt16)
        )
        for number, path in enumerate(runs)
    ]
    plan.reader.finish()
    every = pl.concat(frames)
    found = Brought(notes=_agree(every, [*origins.values()], plan, runs))
    mine = every.unique("id", keep="first", maintain_order=True)
    found.sources, places = _sources(plan, mine, [*origins.values()])
    members = mine.join(places, on=["source", "run"], how="left", maintain_order="left")
    found.members = members.select(pl.col("id", "source"), run="place", share="share").cast(MEMBERS)
    for origin in origins.values():
        found.filters += [f for f in origin.filters if f not in found.filters]
    return found


def _origin(path: Path) -> Origin:
    """Read a finished run. Errors: DataError if it is not whole, has no Parquet, or is a mix."""
    if not (path / "manifest.json").is_file():
        raise DataError(f"{path}: not a finished run (no manifest.json)")
    manifest, audit = (read_json(path / n) for n in ("manifest.json", "audit/audit.json"))
    if any(unit["step"].endswith("-mix") for unit in manifest["units"]):
        raise DataError(f"{path}: is a mix itself\n    name the runs that it was made of")
    files = published_files(path)
    if not files:
        raise DataError(f"{path}: published no Parquet\n    output: {{formats: [parquet]}}")
    torn = [
        f for f in files if not _is_whole(f, manifest["outputs"][f.relative_to(path).as_posix()])
    ]
    if torn:
        raise DataError(f"{torn[0]}: is not what was published\n    llmx verify {path}")
    records = pl.concat([read_parquet(file, ["id", "source", "kind"]) for file in files])
    cards = {g["source"]: g["card"] for g in audit["groups"] if not g["origin"]}
    told = ("act", "result", "reasons")
    filters = [{k: v for k, v in f.items() if k not in told} for f in audit["filters"]]
    sources = {source["source"]: source for source in manifest["sources"]}
    return Origin(path, files, records, sources, cards, filters)


def _is_whole(file: Path, facts: dict[str, Any]) -> bool:
    return file.is_file() and file.stat().st_size == facts["bytes"]


def _of_entry(plan: MixPlan, number: int, origin: Origin) -> pl.DataFrame:
    """Give the records that an entry asks for; what is wrong with it is noted."""
    entry, label = plan.top.runs[number], plan.label(number)
    strange = [(k, name) for k, name in enumerate(entry.only) if name not in origin.sources]
    for k, name in strange:
        problem = f"the run '{label}' has no source '{name}'"
        remedy = nearest(name, list(origin.sources))
        plan.reader.wrong(("runs", number, "only", k), problem, remedy)
    asked = pl.col("kind").is_in(entry.kinds)
    if entry.only:
        asked &= pl.col("source").is_in(entry.only)
    found = origin.records.filter(asked)
    if not found.height and not strange:
        counts = origin.records.group_by("source", "kind").len().sort("source", "kind")
        has = ", ".join(f"{n:,} {kind} of {source}" for source, kind, n in counts.iter_rows())
        problem = f"the run '{label}' brings no record of {', '.join(entry.kinds)}"
        plan.reader.wrong(("runs", number), problem, f"it has {has}")
    return found


def _agree(
    every: pl.DataFrame, origins: Sequence[Origin], plan: MixPlan, runs: Sequence[Path]
) -> list[str]:
    """Check that a record is the same wherever it stands; gives notes about shared ones."""
    several = every.group_by("id").agg(pl.col("run").unique().sort(), pl.col("share").unique())
    shared = several.filter(pl.col("run").list.len() > 1)
    if shared.height:
        ids = shared["id"].implode()
        columns = ["id", *OWN]
        frames = []
        for number, origin in enumerate(origins):
            asked = every.filter((pl.col("run") == number) & pl.col("id").is_in(ids))
            if asked.height:
                frames.append((origin, _rows(origin, asked["id"], columns)))
        for k, (origin, frame) in enumerate(frames):
            for other, twin in frames[k + 1 :]:
                _same(origin, frame, other, twin)
    names = [plan.label(number) for number in range(len(runs))]
    twice = several.filter(pl.col("share").list.len() > 1)
    counts = twice.group_by(pl.col("share").list.sort()).len().sort("share")
    return [
        f"{count:,} records stand in {' and '.join(names[i] for i in shares)}: counted in "
        f"{names[shares[0]]}"
        for shares, count in counts.iter_rows()
    ]


def _rows(origin: Origin, ids: pl.Series, columns: list[str]) -> pl.DataFrame:
    frames = []
    for file in origin.files:
        frame = pl.scan_parquet(file, glob=False).filter(pl.col("id").is_in(ids.implode()))
        frames.append(frame.collect())
    whole = pl.concat([frame for frame in frames if frame.height], how="diagonal")
    return whole.select(c for c in columns if c in whole.columns).sort("id")


def _same(origin: Origin, frame: pl.DataFrame, other: Origin, twin: pl.DataFrame) -> None:
    left = frame.filter(pl.col("id").is_in(twin["id"].implode()))
    right = twin.filter(pl.col("id").is_in(frame["id"].implode()))
    for name in [c for c in left.columns if c in right.columns]:
        differs = left[name].ne_missing(right[name])
        if differs.any():
            first = left["id"].filter(differs)[0]
            raise DataError(
                f"{origin.path} and {other.path}: record {first} has another '{name}' in each\n"
                "    a record is normalized and edited in one way: leave its source out of one of "
                "them with only:"
            )


def _sources(
    plan: MixPlan, mine: pl.DataFrame, origins: Sequence[Origin]
) -> tuple[list[dict[str, Any]], pl.DataFrame]:
    """Options of a source of the road for each source, and the place of runs in its path."""
    found: list[dict[str, Any]] = []
    places: list[dict[str, Any]] = []
    groups = mine.group_by("source", maintain_order=True).agg(
        pl.col("kind").unique().sort(), pl.col("run").unique().sort(), pl.col("share").unique()
    )
    for source, kinds, runs, shares in groups.select("source", "kind", "run", "share").iter_rows():
        mine_of = [origins[run] for run in runs]
        _one_source(source, kinds, mine_of)
        uses = {plan.top.runs[share].use for share in shares}
        first = len(plan.top.runs) - min(shares)
        found.append(
            {
                "name": source,
                "path": [str(origin.path) for origin in mine_of],
                "of": kinds[0],
                "card": mine_of[0].cards.get(source),
                "priority": first + (len(plan.top.runs) if "dev" in uses else 0),
            }
        )
        places += [{"source": source, "run": run, "place": k} for k, run in enumerate(runs)]
    schema = {"source": pl.String, "run": pl.UInt16, "place": pl.UInt16}
    return found, pl.DataFrame(places, schema=schema)


def _one_source(source: str, kinds: list[str], origins: Sequence[Origin]) -> None:
    """Refuse two sources under one name: credits are by source."""
    if len(kinds) > 1:
        raise DataError(f"source '{source}' is {' and '.join(kinds)}\n    {_RENAME}")
    first = origins[0]
    for other in origins[1:]:
        told = (first.sources[source], first.cards.get(source))
        if told != (other.sources[source], other.cards.get(source)):
            raise DataError(
                f"{first.path} and {other.path}: say different things of source '{source}'\n"
                f"    {_RENAME}"
            )


_RENAME = "give one of them another name: in the recipe of its run"
