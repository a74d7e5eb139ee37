"""The bundled sample: small files with the schemas of real data sets, written for llmx."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from pydantic import model_validator

from llmx_data.core.storage import shipped
from llmx_data.ingest import Block, Fault, Kind, Row, Source
from llmx_data.ingest.cc_news import CcNews
from llmx_data.ingest.files import Files
from llmx_data.ingest.ichikara import Ichikara
from llmx_data.ingest.local import LocalSource
from llmx_data.ingest.tengentoppa import Tengentoppa

LICENSES = {
    "cc_news": "CC0-1.0",
    "ichikara": "CC-BY-SA-4.0",
    "tengentoppa": "CC-BY-4.0",
    "web": "CC-BY-4.0",
    "unlicensed": None,
}
"""Licence of each part, from recipes/sample/README.md; `unlicensed` states none on purpose."""


class Sample(Source):
    """One part of the sample, read by the source whose schema it has; needs no network.

    Parts: cc_news and web (documents), ichikara and tengentoppa (instructions), unlicensed
    (documents without terms, to see a gate close). The names of data sets stand for schemas only.
    """

    part: Literal["cc_news", "ichikara", "tengentoppa", "web", "unlicensed"]
    """Which part."""

    @model_validator(mode="before")
    @classmethod
    def _licensed(cls, data: Any) -> Any:
        """Licence and credit as the sample's README states them, unless the recipe does."""
        license = LICENSES.get(data.get("part", "")) if isinstance(data, dict) else None
        if license is None:
            return data
        credit = {} if license == "CC0-1.0" else {"author": "llmx contributors"}
        return {"license": license} | credit | data

    @property
    def source_name(self) -> str:
        """The given name, or sample_<part>."""
        return self.name or f"sample_{self.part}"

    @cached_property
    def inner(self) -> LocalSource:
        """The source that reads the part."""
        folder = shipped("recipes") / "sample"
        if self.part == "ichikara":
            return Ichikara(path=str(folder / "ichikara-sample-*.json"))
        if self.part == "tengentoppa":
            return Tengentoppa(path=str(folder / "tengentoppa_sample.json"))
        if self.part == "cc_news":
            return CcNews(path=str(folder / "cc_news.jsonl"), key="docId")
        if self.part == "web":
            columns = {"attribution": "author"}
            return Files(path=str(folder / "web.jsonl"), key="id", columns=columns)
        return Files(path=str(folder / "unlicensed.jsonl"))

    def record_kind(self) -> Kind:
        """Kind of the part."""
        return self.inner.record_kind()

    def inputs(self, folder: Path) -> list[Path]:
        """Bundled files of the part."""
        return self.inner.inputs(folder)

    def blocks(self, folder: Path) -> Iterator[Block]:
        """Blocks of the part."""
        return self.inner.blocks(folder)

    def rows(self, block: Block) -> Iterator[Row | Fault]:
        """Decode the rows of a block."""
        return self.inner.rows(block)

    def record(self, row: dict[str, Any]) -> dict[str, Any]:
        """Map by the part's own schema."""
        return self.inner.record(row)

    def own_key(self, row: dict[str, Any]) -> str | None:
        """Key column of the part."""
        return self.inner.own_key(row)
