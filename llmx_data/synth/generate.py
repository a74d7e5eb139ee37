"""Have requests answered until nothing is left to ask; killed anywhere, it goes on from there."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from llmx_data.core.errors import DataError
from llmx_data.core.storage import whole
from llmx_data.synth.engines import Engine, Try
from llmx_data.synth.ledger import Ledger, Response, responses
from llmx_data.synth.requests import Request

ATTEMPTS = 3
"""A request that fails so often is given up. Ours; most trouble passes at the second."""

LONGER = 1.5
"""An answer cut off by `max_tokens` is asked for once more with this many times as many."""

LENGTH = "length"


def write_requests(path: Path, requests: Iterable[Request]) -> int:
    """Write requests sorted by template and id, each once; gives their number.

    Neighbours share a prompt's beginning, which engines then compute once.
    """
    lines = {(request.template, request.id): request.line() for request in requests}
    with whole(path) as temporary, temporary.open("wb") as out:
        out.writelines(lines[key] for key in sorted(lines))
    return len(lines)


def read_requests(path: Path) -> Iterator[Request]:
    """Read a file of requests in order. Errors: DataError with the line that was changed."""
    with path.open("rb") as handle:
        for number, line in enumerate(handle, 1):
            try:
                yield Request.read(line)
            except ValueError as error:
                remedy = "plan again: llmx synth writes the file anew"
                raise DataError(f"{path}:{number}: {error}\n    {remedy}") from error


@dataclass
class Progress:
    """What a ledger says of each request: settled, tried how often, and cut off before."""

    done: set[str] = field(default_factory=set)
    tried: dict[str, int] = field(default_factory=dict)
    forgiven: dict[str, int] = field(default_factory=dict)
    """Attempts that no longer count."""
    cut_off: dict[str, int] = field(default_factory=dict)

    def note(self, response: Response) -> None:
        """Take in one more response."""
        if response.state == "done":
            self.done.add(response.request_id)
            return
        before = self.tried.get(response.request_id, 0)
        self.tried[response.request_id] = max(before, response.attempt + 1)
        if response.error == LENGTH:
            self.cut_off[response.request_id] = self.cut_off.get(response.request_id, 0) + 1

    def over(self, request_id: str, attempts: int) -> bool:
        """Whether a request needs no more asking."""
        cut_off = self.cut_off.get(request_id, 0) > 1
        tried = self.tried.get(request_id, 0) - self.forgiven.get(request_id, 0)
        return request_id in self.done or cut_off or tried >= attempts

    def forgive(self) -> None:
        """Let requests that were given up be asked again as often as new ones."""
        self.forgiven = dict(self.tried)
        self.cut_off.clear()

    def next_try(self, request: Request, run_seed: int) -> Try:
        """Give the next attempt of a request, with more room if it was cut off."""
        attempt, room = self.tried.get(request.id, 0), request.sampling.max_tokens
        longer = math.ceil(room * LONGER) if request.id in self.cut_off else room
        return Try(request, attempt, request.seed(run_seed, attempt), longer)


def progress(folder: Path) -> Progress:
    """Read a ledger."""
    found = Progress()
    for response in responses(folder):
        found.note(response)
    return found


def generate(
    requests: Path,
    folder: Path,
    engine: Engine,
    *,
    run_seed: int,
    attempts: int = ATTEMPTS,
    again: bool = False,
    advance: Callable[[Response], None] = lambda _: None,
) -> Progress:
    """Answer every request of a file that the ledger in `folder` does not settle yet.

    Failed requests are asked again in another round, `attempts` times in all; an answer cut off by
    its length once, with more tokens; cut off again it is given up. `again` begins with forgiving
    all failures of before. `advance` sees every response. Errors: those of the engine, after all
    that was answered is on disk.
    """
    with Ledger(folder) as ledger:
        now = progress(folder)
        if again:
            now.forgive()
        while True:
            left = (r for r in read_requests(requests) if not now.over(r.id, attempts))
            answered = 0
            for response in engine.answer(now.next_try(r, run_seed) for r in left):
                kept = _whole(response)
                ledger.append(kept)
                now.note(kept)
                advance(kept)
                answered += 1
            if not answered:
                return now


def _whole(response: Response) -> Response:
    """Make an answer that was cut off by its length a failure: half an answer is none."""
    cut = response.finish_reason == LENGTH
    return replace(response, state="failed", error=LENGTH) if cut else response
