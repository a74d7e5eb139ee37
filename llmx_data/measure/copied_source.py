"""Runs that an answer copies word for word from documents of others."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import polars as pl
from pydantic import Field

from llmx_data.core.part import file_key
from llmx_data.measure import Measure, Texts

if TYPE_CHECKING:
    from llmx_data.kernels.copied import Copies


class CopiedSource(Measure):
    """The longest run of a text that stands word for word in the documents of `path`.

    Compared without white space, after NFKC. Gives: `copied_chars` (UInt32; 0 where it is under
    `run`, null for null). The text's own prompt is not looked at: name documents that somebody else
    owns, not those the prompts were made of, from which an answer may quote.
    Cost: 15 us per 1,000 characters against 25 million characters of documents, 9 against five
    million; up to three times that beside other work, as it waits for memory. Each process that
    measures reads the documents once: 25 us per 1,000 characters of them, and 4.8 MB per million.
    Errors: DataError for documents that cannot be read. Source: ours.
    """

    cost: ClassVar[float] = 15.0
    files: ClassVar[tuple[str, ...]] = ("path",)
    folders: ClassVar[tuple[str, ...]] = ("path",)

    path: str
    """The documents: .parquet, .jsonl or .jsonl.zst with a column `text`, or a folder of such, told
    from the recipe's folder. The `dataset/` of a run is one."""

    run: int = Field(50, ge=16)
    """Characters of the shortest run that is looked for. Ours: a sentence is as long, set phrases
    and names of laws are not; shorter ones make the index larger."""

    def gives(self) -> dict[str, pl.DataType]:
        """One length."""
        return {"copied_chars": pl.UInt32()}

    def measure(self, texts: Texts) -> pl.DataFrame:
        """Look every text up."""
        from llmx_data.kernels.copied import longest_copies

        documents = _documents(self.path, file_key(Path(self.path)), self.run)
        longest = pl.Series("copied_chars", longest_copies(texts.folded, documents))
        there = texts.series.is_not_null()
        return pl.select(copied_chars=pl.when(there).then(longest.cast(pl.UInt32)))


@lru_cache(maxsize=2)
def _documents(path: str, key: str, run: int) -> Copies:
    """Index the documents once per process, whatever the shards and filters that ask."""
    from llmx_data.kernels.copied import index_documents
    from llmx_data.kernels.documents import read_texts

    return index_documents(read_texts(Path(path)), run=run)
