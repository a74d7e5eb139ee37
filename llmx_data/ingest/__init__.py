"""Ingest: one file per data set; each maps true rows to records and guesses nothing."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal, NamedTuple

from pydantic import Field

from llmx_data.core.part import Part

Kind = Literal["document", "instruction", "conversation", "preference"]


class Unusable(ValueError):
    """A row that cannot become a record; the message is the detail written into the drop row."""


class NoColumn(Unusable):
    """A row that lacks a mapped column; if every row does, the mapping is wrong, not the data."""


class Row(NamedTuple):
    """One decoded row: `place` is file:line for people, `key` is file#row for ids."""

    place: str
    key: str
    data: dict[str, Any]


class Fault(NamedTuple):
    """One row that could not be decoded, where it stands and why."""

    place: str
    why: str


@dataclass(frozen=True)
class Block:
    """A piece of input for one worker: a byte range, decoded bytes, row groups or a whole file.

    `form` is the format; a JSON array comes as form `array`: one element per line in `data`.
    """

    path: str
    name: str
    form: str
    start: int = 0
    stop: int = -1
    first_row: int = 1
    data: bytes | None = None
    header: tuple[str, ...] = ()
    settings: tuple[tuple[str, Any], ...] = ()


class Source(Part):
    """Where records come from. A subclass says how to find, decode and map its rows."""

    catalogue: ClassVar[str | None] = None
    """Id of the data set's card under licenses/datasets/."""

    kind: ClassVar[Kind] = "document"
    files: ClassVar[tuple[str, ...]] = ("origins",)
    are_records: ClassVar[bool] = False
    """Whether rows are finished records: their id and licence are their own, nothing is filled."""

    name: str | None = None
    """Value of the `source` column; the part's name unless told."""
    license: str | None = None
    """Licence of the content as its holder declares it: SPDX expression or hub id."""
    license_db: str | None = None
    """Licence of the collection (database right), where it differs from the content's."""
    terms: list[str] = Field(default_factory=list)
    """Further terms that came with the copy: access, purpose, evaluation-only ..."""
    accepted_by: Literal["self", "upstream", "unknown"] = "self"
    """Who accepted those terms."""
    adaptation: Literal[
        "verbatim", "technical", "normalized", "translated", "rewritten", "generated", "merged"
    ] = "verbatim"
    """What was done to the texts before they came here."""
    generator: str | None = None
    """Model that wrote the answers, alias@revision, where a model did."""
    title: str | None = None
    """Title for attribution; the card's unless told."""
    home: str | None = None
    """Address of the data set for attribution; the card's unless told."""
    author: str | None = None
    """Who to credit, where the records do not carry their own authors."""
    priority: int = 0
    """Of two duplicates the one from the source of higher priority survives."""
    origins: str | None = None
    """Table of `llmx license recover`: every record carries the licence of its origin."""

    @property
    def source_name(self) -> str:
        """Value of the `source` column."""
        return self.name or self.part_name()

    def record_kind(self) -> Kind:
        """Kind of every record of this source."""
        return self.kind

    def card_name(self) -> str | None:
        """Id of the data set's card; None for data that the catalogue does not know."""
        return self.catalogue

    @abstractmethod
    def inputs(self, folder: Path) -> list[Path]:
        """Local files that are read, in order; [] when the rows come from elsewhere."""

    @abstractmethod
    def blocks(self, folder: Path) -> Iterator[Block]:
        """Pieces for workers, in order, cut the same way whatever the number of workers."""

    @abstractmethod
    def rows(self, block: Block) -> Iterator[Row | Fault]:
        """Decode a block."""

    @abstractmethod
    def record(self, row: dict[str, Any]) -> dict[str, Any]:
        """Map a row to record fields; raises Unusable with the reason."""

    def own_key(self, row: dict[str, Any]) -> str | None:
        """Value of the data set's key column; None where it has none."""
        return None

    def snapshot(self, folder: Path) -> object:
        """Say what identifies rows that do not come from local files: id and revision."""
        return None
