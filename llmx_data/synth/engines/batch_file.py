"""Requests as a batch file for another machine, and its answers read back: `vllm run-batch`.

No server and no network: a file goes out, a file comes back, whole or in part, and what is missing
goes out again. The rows are OpenAI's batch rows, which vllm has read unchanged for years.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from llmx_data.core.errors import DataError
from llmx_data.core.storage import whole
from llmx_data.synth.engines import Try
from llmx_data.synth.engines.chat import body_of, path_of, read_answer
from llmx_data.synth.ledger import Response

LARGEST_LINE = 200
"""Characters that a message shows of a line, and an answer keeps of an error."""


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
        """Give what the answer files hold, then write the rest for another machine.

        Where nothing is left, no requests.jsonl stays: what is there is always work to do.
        """
        some = {custom_id(one): one for one in tries}
        self.folder.mkdir(parents=True, exist_ok=True)
        seen: set[str] = set()
        for response in absorb(sorted(self.folder.glob("answers*.jsonl")), some):
            name = f"{response.request_id}-{response.attempt}"
            if name not in seen:
                seen.add(name)
                yield response
        left = [one for name, one in some.items() if name not in seen]
        out = self.folder / "requests.jsonl"
        if left:
            export(left, self.model, out)
        else:
            out.unlink(missing_ok=True)

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


def absorb(paths: Sequence[Path], tries: Mapping[str, Try]) -> Iterator[Response]:
    """Give a response per row that answers one of `tries` (by `custom_id`), in file order.

    Rows may stand in any order, and files may end early: a last line that is cut off answers
    nothing. Rows of others, like those of earlier rounds, are passed over. A row with an error, or
    with an answer that is none, is a failed response. Errors: DataError, with file and line, for a
    row in the middle of a file that is no JSON object.
    """
    for path in paths:
        for number, row in _rows(path):
            one = tries.get(str(row.get("custom_id")))
            if one is not None:
                yield _read(one, row, f"{path.name}:{number}")


def _rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    data = path.read_bytes()
    lines = data.split(b"\n")
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = msgspec.json.decode(line)
        except msgspec.DecodeError as error:
            if number == len(lines):
                return
            shown = line[:LARGEST_LINE].decode(errors="replace")
            raise DataError(f"{path}:{number}: not JSON ({error})\n    {shown}") from error
        if not isinstance(row, dict):
            raise DataError(f"{path}:{number}: {type(row).__name__} where an object was due")
        yield number, row


def _read(one: Try, row: dict[str, Any], place: str) -> Response:
    """Read a row; of a failed one the error begins with what kind it is, up to a colon."""
    answer = row.get("response") or {}
    status, error = answer.get("status_code"), row.get("error")
    if status == 200 and not error:
        try:
            return read_answer(one, answer["body"])
        except (KeyError, ValueError) as fault:
            error = f"no answer: {place}: {fault}"
    kind = f"status {status}" if status not in (None, 200) else ""
    told = _told(error or answer.get("body"))
    reason = ": ".join(part for part in (kind, told) if part) or "error"
    error = reason[:LARGEST_LINE]
    return Response(one.request.id, one.attempt, "failed", error=error, at=time.time())


def _told(error: Any) -> str:
    """Find what an error says: its code and its message, however deep they stand."""
    if not isinstance(error, dict):
        return str(error or "")
    if error.get("error"):
        return _told(error["error"])
    said = [error.get("code") or error.get("type"), error.get("message")]
    return ": ".join(str(part) for part in said if part) or str(error)
