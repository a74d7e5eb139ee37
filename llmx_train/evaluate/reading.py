"""Evaluation files as their makers give them: JSON lines, JSON, TSV, CSV in an archive; .gz too."""

from __future__ import annotations

import csv
import gzip
import io
import json
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from llmx_data.core.errors import DataError


def text_of(path: Path) -> str:
    """Read a UTF-8 file, packed by gzip or not. Errors: DataError."""
    try:
        data = path.read_bytes()
        return _decoded(path, gzip.decompress(data) if path.suffix == ".gz" else data)
    except (OSError, EOFError) as error:
        raise DataError(f"{path}: cannot be read\n    {error}") from error


def json_lines(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give (file:line, object) pairs. Errors: DataError for a line that is no JSON object."""
    for number, line in enumerate(text_of(path).split("\n"), start=1):
        if line.strip():
            yield f"{path}:{number}", _object(f"{path}:{number}", line)


def json_file(path: Path) -> dict[str, Any]:
    """Read one JSON object. Errors: DataError."""
    return _object(str(path), text_of(path))


def tsv_lines(path: Path, columns: int) -> Iterator[tuple[str, list[str]]]:
    """Give (file:line, cells) pairs of a TSV without quotes or header, CRLF or not."""
    for number, line in enumerate(text_of(path).split("\n"), start=1):
        cells = line.rstrip("\r").split("\t")
        if line.strip() and len(cells) != columns:
            raise DataError(f"{path}:{number}: {len(cells)} columns, not {columns}")
        if line.strip():
            yield f"{path}:{number}", cells


def csv_files(path: Path) -> Iterator[tuple[str, list[list[str]]]]:
    """Give (name, rows) of every CSV of a folder or tar archive, in the order of names."""
    found = _folder(path) if path.is_dir() else _archive(path)
    files = {name: data for name, data in found if _is_data(name)}
    if not files:
        raise DataError(f"{path}: holds no CSV file")
    for name in sorted(files):
        text = _decoded(Path(name), files[name])
        yield name, [row for row in csv.reader(io.StringIO(text, newline="")) if row]


def field(where: str, record: dict[str, Any], name: str, kind: type | tuple[type, ...]) -> Any:
    """Take a field of the right type. Errors: DataError with file, line and the fields there."""
    value = record.get(name)
    if not isinstance(value, kind) or isinstance(value, bool) is not (kind is bool):
        known = ", ".join(sorted(record))
        raise DataError(f"{where}: no usable field '{name}' (there: {known})")
    return value


def _is_data(name: str) -> bool:
    """Tell data from what archivers of some systems add (._name)."""
    return name.endswith(".csv") and not Path(name).name.startswith(".")


def _folder(path: Path) -> Iterator[tuple[str, bytes]]:
    for file in path.rglob("*.csv"):
        yield file.relative_to(path).as_posix(), file.read_bytes()


def _archive(path: Path) -> Iterator[tuple[str, bytes]]:
    try:
        with tarfile.open(path) as archive:
            for member in archive:
                handle = archive.extractfile(member) if member.isfile() else None
                if handle is not None:
                    yield member.name, handle.read()
    except (OSError, EOFError, tarfile.TarError) as error:
        raise DataError(f"{path}: cannot be read as a tar archive\n    {error}") from error


def _decoded(path: Path, data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: not UTF-8 ({error})") from error


def _object(where: str, text: str) -> dict[str, Any]:
    try:
        record = json.loads(text)
    except json.JSONDecodeError as error:
        raise DataError(f"{where}: not JSON ({error})") from error
    if not isinstance(record, dict):
        raise DataError(f"{where}: not a JSON object")
    return record
