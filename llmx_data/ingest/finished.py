"""What finished runs published: records as they are, with id, licence, parents and credit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar

import polars as pl
import pyarrow.parquet as pq

from llmx_data.core.part import content_key
from llmx_data.core.storage import read_json, read_parquet
from llmx_data.core.tables import RECORDS
from llmx_data.ingest import Block, Fault, Kind, Row, Source
from llmx_data.ingest.packed import damaged
from llmx_data.ingest.reading import cut

OWN = [name for name in RECORDS if name not in ("id", "source", "source_key", "kind")]
"""Columns that a record takes over; the others the road sets to the same values."""


class Finished(Source):
    """Records of one source that one or more runs of llmx published.

    Ids stay what they were, so a record can be followed to its run. `llmx mix` uses it.
    """

    are_records: ClassVar[bool] = True
    kind: ClassVar[Kind] = "instruction"
    files: ClassVar[tuple[str, ...]] = ("origins", "members")

    path: list[str]
    """Run directories; the first one's manifest tells title, home and credit of the source."""
    of: Kind = "instruction"
    """Kind of the records."""
    members: str
    """Table of what is taken: id, source, and at which place in `path` its run stands."""
    card: str | None = None
    """Id of the source's card in the catalogue."""

    def record_kind(self) -> Kind:
        """Kind of every record."""
        return self.of

    def card_name(self) -> str | None:
        """Id of the source's card."""
        return self.card

    def told(self) -> dict[str, Any]:
        """Read what the manifest of the first run says of the source: title, home, author ..."""
        sources = read_json(Path(self.path[0]) / "manifest.json")["sources"]
        found: dict[str, Any] = next(s for s in sources if s["source"] == self.source_name)
        return found

    def snapshot(self, folder: Path) -> object:
        """Key of what the manifest says: it goes into the pages."""
        return content_key(self.told())

    def inputs(self, folder: Path) -> list[Path]:
        """Parquet files of the runs' configurations of this kind."""
        return [file for run in self.path for file in published_files(Path(run), self.of)]

    def blocks(self, folder: Path) -> Iterator[Block]:
        """Row groups of every file, run by run."""
        for number, run in enumerate(self.path):
            for file in published_files(Path(run), self.of):
                name = f"{Path(run).name}/{file.parent.name}/{file.name}"
                base = Block(str(file), name, "parquet", settings=(("run", number),))
                yield from (replace(block, name=name) for block in cut(file, base))

    def rows(self, block: Block) -> Iterator[Row | Fault]:
        """Rows of a block that are members of this source."""
        with damaged(Path(block.path)), pq.ParquetFile(block.path) as file:
            groups = list(range(block.start, block.stop))
            found = pl.from_arrow(file.read_row_groups(groups))
        assert isinstance(found, pl.DataFrame), type(found)
        mine = _members(self.members, self.source_name, dict(block.settings)["run"])
        frame = found.with_row_index("number", block.first_row).filter(
            (pl.col("source") == self.source_name) & pl.col("id").is_in(mine.implode())
        )
        for data in frame.iter_rows(named=True):
            place = f"{block.name}:{data['number']}"
            yield Row(place, place, data)

    def record(self, row: dict[str, Any]) -> dict[str, Any]:
        """Take the columns over; the concluded licence is not one: it is concluded anew."""
        return {name: row.get(name) for name in OWN}

    def own_key(self, row: dict[str, Any]) -> str:
        """Key that the record has in its source."""
        return str(row["source_key"])


def published_files(run: Path, kind: str | None = None) -> list[Path]:
    """Parquet files of a finished run's configurations, of one kind or of all, sorted."""
    outputs = read_json(run / "manifest.json")["outputs"]
    found = []
    for name, facts in outputs.items():
        config = name.removeprefix("dataset/").partition("/")[0]
        if "rows" in facts and kind in (None, config.partition("-")[0]):
            found.append(run / name)
    return sorted(found)


@lru_cache(maxsize=64)
def _members(path: str, source: str, run: int) -> pl.Series:
    frame = read_parquet(Path(path), ["id", "source", "run"])
    return frame.filter((pl.col("source") == source) & (pl.col("run") == run))["id"]
