"""Token files: their columns, and a writer whose bytes depend on the rows alone."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq

from llmx_data.core.storage import whole

Kind = Literal["sft", "dpo"]

GROUP = 2_048
"""Rows per Parquet row group; fixed, so that bytes do not depend on what was left out. Ours."""

IDS = pa.list_(pa.int32())

HEAD = [("record_id", pa.string()), ("source", pa.string()), ("license", pa.string())]
TAIL = [("tokens_count", pa.uint32()), ("supervised_count", pa.uint32()), ("weight", pa.uint32())]
BODY: dict[Kind, list[tuple[str, pa.DataType]]] = {
    "sft": [("input_ids", IDS), ("labels", IDS)],
    "dpo": [("prompt_ids", IDS), ("chosen_ids", IDS), ("rejected_ids", IDS)],
}
DROPS = pa.schema([*HEAD[:2], ("reason", pa.string()), ("tokens_count", pa.uint32())])


def columns(kind: Kind) -> pa.Schema:
    """Columns of the token file of a kind of training."""
    return pa.schema([*HEAD, *BODY[kind], *TAIL])


class Parquet:
    """A Parquet file that is whole or absent, written in groups of a fixed number of rows."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._schema, self._stack, self._path = schema, ExitStack(), path
        self._waiting: list[pa.RecordBatch] = []

    def __enter__(self) -> Parquet:
        """Open a file under a temporary name."""
        temporary = self._stack.enter_context(whole(self._path))
        writer = pq.ParquetWriter(temporary, self._schema, compression="zstd", compression_level=3)
        self._writer = self._stack.enter_context(writer)
        return self

    def __exit__(self, *error: Any) -> None:
        """Write the rest and name the file, or remove it."""
        if error[0] is None:
            self._flush(0)
        self._stack.__exit__(*error)

    def add(self, rows: list[dict[str, Any]]) -> None:
        """Add rows; keys that are no column are left out."""
        self._waiting.append(pa.RecordBatch.from_pylist(rows, schema=self._schema))
        self._flush(GROUP)

    def _flush(self, least: int) -> None:
        """Write whole groups while at least `least` rows wait; 0 writes all."""
        table = pa.Table.from_batches(self._waiting, self._schema).combine_chunks()
        while table.num_rows >= max(least, 1):
            self._writer.write_table(table.slice(0, GROUP), row_group_size=GROUP)
            table = table.slice(GROUP)
        self._waiting = table.to_batches()
