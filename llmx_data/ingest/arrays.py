"""JSON files that hold an array of records: found, split into elements, never repaired."""

from __future__ import annotations

import json
from pathlib import Path
from typing import IO, Any

import msgspec

from llmx_data.core.errors import DataError

_any = msgspec.json.Decoder()
_array = msgspec.json.Decoder(list[msgspec.Raw])
_object = msgspec.json.Decoder(dict[str, msgspec.Raw])

REMEDY = "nothing was repaired; mend or re-fetch the file, or leave it out of the path"


def looks_like_lines(handle: IO[bytes]) -> bool:
    """Tell JSON lines under a .json name: the first line is an object of its own, more follows."""
    first = handle.readline(1 << 20).removeprefix(b"\xef\xbb\xbf")
    if not first.startswith(b"{") or not first.endswith(b"\n"):
        return False
    try:
        _any.decode(first)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    return bool(handle.read(1 << 10).strip())


def elements(data: bytes, path: Path, *, at: str | None, encoding: str) -> list[bytes]:
    """Elements of the array in a JSON file, each on one line, as the file spells them.

    `at` is the key of the array inside an object. Only the shape is checked here; an element may
    still be unreadable by itself. Errors: DataError with the offset where the shape breaks.
    """
    if encoding != "utf-8":
        data = _recoded(data, path, encoding)
    data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        found = _array.decode(_inside(data, path, at))
    except msgspec.ValidationError as error:
        raise DataError(
            f"{path}: holds no array of records"
            + (f" at '{at}'" if at else "\n    say where with records_at: KEY")
        ) from error
    except msgspec.DecodeError as error:
        return _slowly(data, path, at, error)
    return [bytes(element).replace(b"\n", b" ").replace(b"\r", b" ") for element in found]


def _inside(data: bytes, path: Path, at: str | None) -> bytes | msgspec.Raw:
    if at is None:
        return data
    found = _object.decode(data)
    if at not in found:
        raise DataError(f"{path}: has no key '{at}' (there are: {', '.join(found)})")
    return found[at]


def _slowly(data: bytes, path: Path, at: str | None, error: Exception) -> list[bytes]:
    """Split what is an array but for NaN or half surrogate pairs: those rows fail one by one."""
    try:
        value: Any = json.loads(data)
    except json.JSONDecodeError as fault:
        offset = len(fault.doc[: fault.pos].encode("utf-8", "surrogatepass"))
        raise DataError(
            f"{path}: not valid JSON at byte {offset}, line {fault.lineno}: {fault.msg}\n"
            f"    {REMEDY}"
        ) from fault
    except (UnicodeDecodeError, RecursionError) as fault:
        raise DataError(f"{path}: not valid JSON: {fault}\n    {REMEDY}") from fault
    value = value.get(at) if at is not None and isinstance(value, dict) else value
    if not isinstance(value, list):
        raise DataError(f"{path}: holds no array of records: {error}")
    return [json.dumps(element).encode() for element in value]


def _recoded(data: bytes, path: Path, encoding: str) -> bytes:
    try:
        return data.decode(encoding).encode()
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: not {encoding.upper()} at byte {error.start}") from error
