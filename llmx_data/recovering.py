"""`llmx license recover RUN`: find out which known source each record of a run came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl

from llmx_data.against import licence_of, read_against
from llmx_data.core.errors import DataError, RecipeError, nearest
from llmx_data.core.part import content_key
from llmx_data.core.parts import Spec
from llmx_data.core.progress import Talk
from llmx_data.core.run import Run, open_run
from llmx_data.core.storage import read_parquet, sha256_file, shipped, write_json, write_parquet
from llmx_data.core.store import Shard
from llmx_data.core.yaml12 import load as load_yaml
from llmx_data.ingest import Source
from llmx_data.ingest.stage import Task, ingest
from llmx_data.license.conclude import concluded
from llmx_data.license.expression import normalize
from llmx_data.license.facts import Facts
from llmx_data.license.facts import load as load_facts
from llmx_data.recover.known import Known, index
from llmx_data.recover.match import match
from llmx_data.recover.table import counts, origins, page


@dataclass(frozen=True)
class Recovered:
    """What was written, as counts and as a page."""

    facts: dict[str, Any]
    page: str


def recover(path: Path, against: Sequence[str], *, source: str | None, talk: Talk) -> Recovered:
    """Match the records of a finished run, write origins.parquet and origins.json into it.

    All records that were read are matched, also those that a step dropped later. Same run and same
    known files give the same bytes. Errors: RecipeError for a run that is not finished, a source
    it does not have, and whatever is wrong with `against`; DataError for records that are gone.
    """
    facts = load_facts(shipped("licenses"))
    shards = _shards(path, source)
    specs = read_against(against, facts)
    run = Run(path)
    with run.locked(), TemporaryDirectory(prefix=".known-", dir=path) as folder:
        known, files = _known(specs, facts, Path(folder), _normalizers(path), talk)
        talk.stage("recover", sum(shard.records for shard in shards))
        frames = []
        for shard in shards:
            records = read_parquet(Path(shard.path), ["id", "text", "messages"])
            frames.append(origins(match(records, known), known, _Concluding(specs, facts)))
            talk.advance(shard.records)
        talk.end()
        table = pl.concat(frames)
        found = counts(table, [spec.build().source_name for spec in specs])
        found |= {
            "source": source,
            "against": files,
            "inputs": content_key([files, [shard.key for shard in shards]]),
            "facts": facts.hash,
            "table": write_parquet(table, path / "origins.parquet"),
        }
        write_json(path / "origins.json", found)
    return Recovered(found, f"{page(found)}\nwritten: {path / 'origins.parquet'}")


def _shards(path: Path, source: str | None) -> list[Shard]:
    """Shards of a run, or of one of its sources. Errors: RecipeError, DataError."""
    if path.is_dir() and not (path / "manifest.json").is_file():
        raise RecipeError(
            f"{path}: not a finished run (no manifest.json)\n    licences are unknown before the "
            "origins are: run the recipe with on_denied: drop, then recover"
        )
    _, manifest = open_run(path)
    shards = [Shard(**facts) for facts in manifest["shards"]]
    names = sorted({shard.source for shard in shards})
    if source is not None and source not in names:
        raise RecipeError(
            f"--source {source}: not a source of {path}\n    {nearest(source, names)}"
        )
    chosen = [shard for shard in shards if source in (None, shard.source)]
    if not chosen:
        raise DataError(f"{path}: the run holds no records\n    see drops/00-ingest.parquet")
    return chosen


def _normalizers(path: Path) -> tuple[Spec, ...]:
    """Read the run's normalizers, to read known texts by; a user's own are left out."""
    given = load_yaml(path / "recipe.resolved.yaml").data["normalize"]
    return tuple(
        Spec("normalize", part["use"], {k: v for k, v in part.items() if k != "use"})
        for part in given
        if "code" not in part
    )


def _known(
    specs: Sequence[Spec], facts: Facts, folder: Path, normalizers: tuple[Spec, ...], talk: Talk
) -> tuple[Known, list[dict[str, Any]]]:
    """Read the known sources into `folder`; gives their index, and name and hash of each file."""
    talk.stage("read known sources")
    shards: list[tuple[str, str]] = []
    files: list[dict[str, Any]] = []
    for spec in specs:
        source: Source = spec.build()
        name, below = source.source_name, Path(spec.folder)
        inputs = source.inputs(below)
        digests = [{"name": p.name, "sha256": sha256_file(p)} for p in inputs]
        files.append({"source": name, "license": licence_of(source, facts), "files": digests})
        out = folder / str(len(files))
        out.mkdir()
        records = 0
        for number, block in enumerate(source.blocks(below)):
            task = Task(
                spec, normalizers, _declared(source, facts), (block,), str(out), number, False
            )
            made = ingest(task).shards
            shards += [(name, shard.path) for shard in made if shard.records]
            records += sum(shard.records for shard in made)
        if not records:
            raise DataError(f"--against {name}: no row could be read\n    check form and columns")
        talk.advance(records)
    talk.end()
    return index(shards), files


def _declared(source: Source, facts: Facts) -> dict[str, Any]:
    """Tell what a known source says of its records, the catalogue included."""
    card = facts.card(source.card_name() or source.source_name)
    database = source.license_db or (card.license_db if card else None)
    limits = ["evaluation_only"] if card and card.use == "evaluation" else []
    return {
        "license_declared": licence_of(source, facts),
        "license_db": normalize(database, facts) if database else None,
        "license_basis": "recipe" if source.license or not card else "card",
        "terms": sorted({*source.terms, *(card.terms if card else ()), *limits}),
        "accepted_by": source.accepted_by,
        "adaptation": source.adaptation,
        "generator": source.generator or (card.generator if card else None),
        "attribution": source.author or (card.credit if card else None),
        "parents": [],
    }


class _Concluding:
    """Licence of the contents of a known record: a row's own word, else what its source gives."""

    def __init__(self, specs: Sequence[Spec], facts: Facts) -> None:
        sources = [spec.build() for spec in specs]
        self._given = {s.source_name: licence_of(s, facts) for s in sources}
        self._facts = facts

    def __call__(self, origin: str, declared: str, basis: str) -> str:
        """Conclude one case."""
        if basis != "row":
            return self._given[origin]
        return concluded(declared, None, self._facts)
