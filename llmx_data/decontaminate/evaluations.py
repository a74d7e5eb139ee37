"""Read the questions of an evaluation set: JSON, JSON lines, CSV or TSV, plain, .gz or .zst."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from llmx_data.core.errors import DataError

USUAL_FIELDS = (
    "question",
    "input_text",
    "instruction",
    "prompt",
    "turns",
    "input",
    "sentence",
    "text",
)
"""Tried in this order where no field is named; the first that a record has is its question."""


def read_evaluation(
    path: Path, *, name: str, fields: list[str] | None = None
) -> list[tuple[str, str]]:
    """Give (`name#row`, question) pairs for `index`; `name#row.k` where a record has several.

    A field may be a path through objects and lists (`data.paragraphs.qas.question`). Columns of a
    CSV or TSV without a header are named by their number, from 0. Errors: DataError with file and
    row if the file cannot be read, or no record has any of the fields.
    """
    questions = []
    wanted = fields or list(USUAL_FIELDS)
    known: set[str] = set()
    for row, record in enumerate(_records(path, wanted)):
        known |= set(record)
        found = [list(_values(record, field.split("."))) for field in wanted]
        texts = list(chain(*found)) if fields else next(filter(None, found), [])
        names = (
            [f"{name}#{row}"]
            if len(texts) == 1
            else [f"{name}#{row}.{k}" for k in range(len(texts))]
        )
        questions += list(zip(names, texts, strict=True))
    if not questions:
        raise DataError(
            f"{path}: no record has a text in {', '.join(wanted)}\n"
            f"    name the fields to read (known: {', '.join(sorted(known))})"
        )
    return questions


def _values(value: Any, path: list[str]) -> Iterator[str]:
    """Texts at the end of a path; lists on the way are walked through."""
    if isinstance(value, list):
        for one in value:
            yield from _values(one, path)
    elif path and isinstance(value, dict):
        yield from _values(value.get(path[0]), path[1:])
    elif not path and isinstance(value, str) and value.strip():
        yield value


def _records(path: Path, fields: list[str]) -> Iterator[dict[str, Any]]:
    text = _text(path)
    suffix = next(s for s in reversed([".", *path.suffixes]) if s not in (".gz", ".zst"))
    if suffix in (".csv", ".tsv"):
        rows = csv.reader(io.StringIO(text), delimiter="," if suffix == ".csv" else "\t")
        header = None if all(field.isdigit() for field in fields) else next(rows, [])
        for cells in rows:
            yield dict(zip(header or map(str, range(len(cells))), cells, strict=False))
    elif suffix in (".json", ".jsonl"):
        yield from _json(path, text)
    else:
        raise DataError(f"{path}: unknown kind of file (known: .json .jsonl .csv .tsv, .gz, .zst)")


def _json(path: Path, text: str) -> Iterator[dict[str, Any]]:
    """Parse a JSON array, one JSON object, or JSON lines (under either ending)."""
    try:
        whole = json.loads(text)
    except json.JSONDecodeError:
        for row, line in enumerate(text.splitlines()):
            if line.strip():
                try:
                    yield json.loads(line)
                except json.JSONDecodeError as error:
                    raise DataError(f"{path}:{row + 1}: not JSON ({error})") from error
        return
    yield from whole if isinstance(whole, list) else [whole]


def _text(path: Path) -> str:
    import zstandard

    try:
        data = path.read_bytes()
        if path.suffix == ".gz":
            data = gzip.decompress(data)
        elif path.suffix == ".zst":
            data = zstandard.ZstdDecompressor().stream_reader(data).read()
        return data.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: cannot be read as UTF-8 text\n    {error}") from error
