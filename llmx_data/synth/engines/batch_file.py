"""Requests as a batch file for another machine, and its answers read back: `vllm run-batch`.

No server and no network: a file goes out, a file comes back, whole or in part, and what is missing
goes out again. The rows are OpenAI's batch rows, which vllm has read unchanged for years.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from llmx_data.core.errors import DataError
from llmx_data.core.storage import whole
from llmx_data.synth.engines import Try
from llmx_data.synth.engines.chat import body_of, path_of, read_answer
from llmx_data.synth.ledger import Response

LARGEST_LINE = 200
"""Characters of a line that a message shows."""


@dataclass(frozen=True)
class BatchFile:
    """Reads answers*.jsonl in `folder`; what they lack goes into requests.jsonl there."""

    folder: Path
    model: str

    @property
    def name(self) -> str:
        """For the manifest."""
        return f"batch file ({self.model})"

    def answer(self, tries: Iterable[Try]) -> Iterator[Response]:
        """Give what the answer files hold, then write the rest for another machine."""
        some = {custom_id(one): one for one in tries}
        self.folder.mkdir(parents=True, exist_ok=True)
        seen: set[str] = set()
        for response in absorb(sorted(self.folder.glob("answers*.jsonl")), some):
            name = f"{response.request_id}-{response.attempt}"
            if name not in seen:
                seen.add(name)
                yield response
        left = [one for name, one in some.items() if name not in seen]
        if left:
            export(left, self.model, self.folder / "requests.jsonl")

    def close(self) -> None:
        """Nothing is held."""


def export(tries: Iterable[Try], model: str, path: Path) -> int:
    """Write one row per try, in order, whole or not at all; gives their number."""
    count = 0
    with whole(path) as temporary, temporary.open("wb") as out:
        for one in tries:
            row = {
                "custom_id": custom_id(one),
                "method": "POST",
                "url": f"/v1/{path_of(one)}",
                "body": body_of(one, model),
            }
            out.write(msgspec.json.encode(row) + b"\n")
            count += 1
    return count


def custom_id(one: Try) -> str:
    """Name a row: the request, and which attempt it is."""
    return f"{one.request.id}-{one.attempt}"


@dataclass
class Absorbed:
    """What a pass over answer files met beside good answers."""

    strange: int = 0
    """Rows of requests that nobody made here."""

    torn: int = 0
    """Last lines that were cut off, by a full disk or a killed process."""

    errors: dict[str, int] = field(default_factory=dict)


def absorb(
    paths: Sequence[Path], tries: Mapping[str, Try], seen: Absorbed | None = None
) -> Iterator[Response]:
    """Give a response per row that answers one of `tries` (by `custom_id`), in file order.

    Rows may stand in any order, and files may end early. A row with an error, or with an answer
    that is none, is a failed response. Errors: DataError, with file and line, for a row in the
    middle of a file that is no JSON object.
    """
    met = seen if seen is not None else Absorbed()
    for path in paths:
        for number, row in _rows(path, met):
            one = tries.get(str(row.get("custom_id")))
            if one is None:
                met.strange += 1
                continue
            yield _read(one, row, met, f"{path}:{number}")


def _rows(path: Path, met: Absorbed) -> Iterator[tuple[int, dict[str, Any]]]:
    data = path.read_bytes()
    lines = data.split(b"\n")
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = msgspec.json.decode(line)
        except msgspec.DecodeError as error:
            if number == len(lines):
                met.torn += 1
                return
            shown = line[:LARGEST_LINE].decode(errors="replace")
            raise DataError(f"{path}:{number}: not JSON ({error})\n    {shown}") from error
        if not isinstance(row, dict):
            raise DataError(f"{path}:{number}: {type(row).__name__} where an object was due")
        yield number, row


def _read(one: Try, row: dict[str, Any], met: Absorbed, place: str) -> Response:
    answer = row.get("response") or {}
    status, error = answer.get("status_code"), row.get("error")
    if status == 200 and not error:
        try:
            return read_answer(one, answer["body"])
        except (KeyError, ValueError) as fault:
            error = f"{place}: {fault}"
    reason = str(error or f"status {status}")[:LARGEST_LINE]
    kind = f"status {status}" if status not in (None, 200) else "error"
    met.errors[kind] = met.errors.get(kind, 0) + 1
    return Response(one.request.id, one.attempt, "failed", error=reason, at=time.time())
