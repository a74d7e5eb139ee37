"""Prompts and outputs as files: whole or append-only, so that a killed evaluation goes on."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from hashlib import sha256
from io import RawIOBase
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from llmx_data.core.errors import DataError, EnvironmentTrouble
from llmx_data.core.storage import disk_trouble, make_folder, write_text


def dump(line: Any) -> str:
    """One JSON line, keys in their order, without the line break."""
    return json.dumps(line, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def write_lines(path: Path, lines: Iterable[Any]) -> str:
    """Write a whole JSON-lines file; give its sha256."""
    text = "".join(dump(line) + "\n" for line in lines)
    write_text(path, text)
    return sha256(text.encode()).hexdigest()


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Read a JSON-lines file of our own. Errors: DataError with file and line."""
    found = []
    for number, line in enumerate(path.read_bytes().split(b"\n"), start=1):
        if line.strip():
            found.append(_parsed(path, number, line))
    return found


def _parsed(path: Path, number: int, line: bytes) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise DataError(f"{path}:{number}: not JSON ({error})") from error
    if not isinstance(record, dict):
        raise DataError(f"{path}:{number}: not a JSON object")
    return record


class Outputs(AbstractContextManager["Outputs"]):
    """Outputs by request id; one writer, who is safe to kill at any time.

    Entering takes the lock and cuts off a line that a killed writer left half-written. The first
    output of an id counts.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.known: dict[str, dict[str, Any]] = {}
        self._file: RawIOBase | None = None
        self._lock: IO[str] | None = None

    def __enter__(self) -> Outputs:
        """Take the lock, mend, read. Errors: EnvironmentTrouble where another process writes."""
        make_folder(self.path.parent)
        self._lock = self.path.with_suffix(".lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._lock.close()
            problem = "another llmx process writes outputs here\n    wait for it"
            raise EnvironmentTrouble(f"{self.path.parent}: {problem}") from error
        try:
            self._open()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the file and give the lock back."""
        if self._file is not None:
            self._file.close()
        if self._lock is not None:
            self._lock.close()

    def append(self, lines: Sequence[dict[str, Any]]) -> None:
        """Write the outputs of one batch and put them on disk."""
        assert self._file is not None
        data = "".join(dump(line) + "\n" for line in lines).encode()
        try:
            while data:
                data = data[self._file.write(data) or 0 :]
            os.fsync(self._file.fileno())
        except OSError as error:
            raise disk_trouble(error, self.path) from error
        for line in lines:
            self.known.setdefault(line["id"], line)

    def _open(self) -> None:
        self._file = self.path.open("ab+", buffering=0)
        self._file.seek(0)
        data = self._file.read() or b""
        whole = data.rfind(b"\n") + 1
        if whole < len(data):
            self._file.truncate(whole)
            os.fsync(self._file.fileno())
        for number, line in enumerate(data[:whole].split(b"\n")[:-1], start=1):
            record = _parsed(self.path, number, line)
            self.known.setdefault(str(record.get("id")), record)
