"""The ledger of responses: append-only, synced, readable while it grows."""

from __future__ import annotations

import fcntl
import os
import time
from collections import Counter, deque
from collections.abc import Container, Iterator
from dataclasses import dataclass
from io import RawIOBase
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Literal

import msgspec

from llmx_data.core.errors import DataError, EnvironmentTrouble

_encode = msgspec.json.Encoder(order="sorted").encode
LARGEST_LINE = 200
"""Characters of a line that a message shows."""

SYNC_EVERY = 64
"""Answers between two fsyncs; at 1 ms each that is 0.02 ms an answer."""

SYNC_SECONDS = 5.0
"""A slow generator is synced at least this often."""

SHARD_BYTES = 64 << 20
State = Literal["done", "failed"]


@dataclass(frozen=True)
class Response:
    """What came of one attempt. `failed` has an error and may be asked again; `done` never is."""

    request_id: str
    attempt: int
    state: State
    text: str | None = None
    finish_reason: str | None = None
    tokens_in: int = 0
    tokens_out: int = 0
    error: str | None = None
    at: float = 0.0
    """Seconds since 1970; for rates and estimates, never for the data set."""


_decode = msgspec.json.Decoder(Response).decode


class Ledger:
    """Answers in responses-NNNNN.jsonl, in the order they came; one writer, any number of readers.

    Entering it takes the writer's lock and cuts off a line that a killed writer left half-written.
    """

    def __init__(self, folder: Path, *, shard_bytes: int = SHARD_BYTES) -> None:
        self.folder = folder
        self.shard_bytes = shard_bytes
        self.torn = 0
        """Half-written lines cut off when it was opened."""

        self._file: RawIOBase | None = None
        self._lock: IO[str] | None = None
        self._waiting = 0
        self._synced = 0.0

    def __enter__(self) -> Ledger:
        """Take the lock and mend. Errors: EnvironmentTrouble where another process writes."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._lock = (self.folder / "ledger.lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._lock.close()
            raise EnvironmentTrouble(
                f"{self.folder}: another llmx process writes answers here\n    wait for it, or "
                "look with --status"
            ) from error
        self.torn = sum(_mend(path) for path in files(self.folder))
        self._synced = time.monotonic()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Sync and give the lock back."""
        self.sync()
        if self._file is not None:
            self._file.close()
        if self._lock is not None:
            self._lock.close()

    def append(self, response: Response) -> None:
        """Write an answer: kept if this process is killed now, on disk after the next sync.

        Cost: 10 us.
        """
        if self._file is None or self._file.tell() >= self.shard_bytes:
            self._next_file()
        assert self._file is not None
        self._file.write(_encode(response) + b"\n")
        self._waiting += 1
        if self._waiting >= SYNC_EVERY or time.monotonic() - self._synced > SYNC_SECONDS:
            self.sync()

    def sync(self) -> None:
        """Put everything on disk."""
        if self._file is not None and self._waiting:
            os.fsync(self._file.fileno())
        self._waiting, self._synced = 0, time.monotonic()

    def _next_file(self) -> None:
        self.sync()
        if self._file is not None:
            self._file.close()
        written = files(self.folder)
        last = written[-1] if written else None
        if last is None or last.stat().st_size >= self.shard_bytes:
            last = self.folder / f"responses-{len(written):05d}.jsonl"
        self._file = last.open("ab", buffering=0)


def files(folder: Path) -> list[Path]:
    """Files of a ledger, in the order they were written."""
    return sorted(folder.glob("responses-*.jsonl"))


def responses(folder: Path) -> Iterator[Response]:
    """Every whole line of a ledger, in order; a line that is being written is left out.

    Errors: DataError, with file and line, for a whole line that is no response.
    """
    for path in files(folder):
        with path.open("rb") as handle:
            for number, line in enumerate(handle, 1):
                if line.endswith(b"\n"):
                    yield _response(line, f"{path}:{number}")


def _response(line: bytes, place: str) -> Response:
    try:
        return _decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        shown = line[:LARGEST_LINE].decode(errors="replace").rstrip()
        raise DataError(
            f"{place}: not a response: {error}\n    {shown}\n"
            "    remove that line and run the same command again: its request is asked again"
        ) from error


def answers(folder: Path) -> Iterator[Response]:
    """First done answer of every request, in the order they came; later ones are ignored."""
    seen: set[str] = set()
    for response in responses(folder):
        if response.state == "done" and response.request_id not in seen:
            seen.add(response.request_id)
            yield response


def tally(
    folder: Path, *, wanted: Container[str] | None = None, window: float = 60.0
) -> dict[str, Any]:
    """Count a growing ledger: done, failed by error, tokens, rates over the last `window` s.

    Only requests that are `wanted` count, if that is said: a ledger keeps those of older recipes.
    """
    done: set[str] = set()
    failed: dict[str, str] = {}
    tokens_in = tokens_out = 0
    recent: deque[Response] = deque()
    for response in responses(folder):
        if wanted is not None and response.request_id not in wanted:
            continue
        if response.state == "failed":
            failed[response.request_id] = (response.error or "error").partition(":")[0]
            continue
        if response.request_id in done:
            continue
        done.add(response.request_id)
        tokens_in += response.tokens_in
        tokens_out += response.tokens_out
        recent.append(response)
        while recent and recent[0].at < response.at - window:
            recent.popleft()
    lost = Counter(error for request_id, error in failed.items() if request_id not in done)
    span = recent[-1].at - recent[0].at if len(recent) > 1 else 0.0
    return {
        "done": len(done),
        "failed": sum(lost.values()),
        "errors": dict(sorted(lost.items())),
        "tokens_in": tokens_in,
        "tokens_out": tokens_out,
        "requests_per_second": round((len(recent) - 1) / span, 2) if span else None,
        "tokens_per_second": round(sum(r.tokens_out for r in list(recent)[1:]) / span, 1)
        if span
        else None,
    }


def _mend(path: Path) -> int:
    """Cut off what follows the last line break; 1 if there was something."""
    with path.open("rb+") as handle:
        size = handle.seek(0, os.SEEK_END)
        end, step = size, 1 << 16
        while end > 0:
            start = max(0, end - step)
            handle.seek(start)
            found = handle.read(end - start).rfind(b"\n")
            if found >= 0:
                end = start + found + 1
                break
            end = start
        if end == size:
            return 0
        handle.truncate(end)
        handle.flush()
        os.fsync(handle.fileno())
    return 1
