"""Play methods in rounds: all ask, everything is answered, all read; until every method is done."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from llmx_data.core.storage import sha256_file
from llmx_data.synth.desk import Desk
from llmx_data.synth.generate import write_requests
from llmx_data.synth.ledger import answers
from llmx_data.synth.methods import Answers, Made, Method, Rounds
from llmx_data.synth.requests import Request

Seat = tuple[Method, Desk]
"""A method with its desk."""


@dataclass
class Played:
    """What came of it: records per seat, in their order; `waiting` requests have no answer yet."""

    made: list[list[Made]] = field(default_factory=list)
    rounds: int = 0
    waiting: int = 0


def round_files(folder: Path) -> list[Path]:
    """Files of requests, one per round, in their order."""
    return sorted(folder.glob("requests-*.jsonl"))


def write_round(folder: Path, number: int, asked: Sequence[Request]) -> Path:
    """Write a round; if it differs from what was there, later rounds of before are no more."""
    path = folder / f"requests-{number:02d}.jsonl"
    before = sha256_file(path) if path.exists() else None
    write_requests(path, asked)
    if before != sha256_file(path):
        for later in round_files(folder):
            if later > path:
                later.unlink()
    return path


def play(seats: Sequence[Seat], folder: Path, answer: Callable[[Path], int]) -> Played:
    """Run the methods to their end, or to a round that is not answered in full.

    `answer` has a file of requests answered into the ledger of `folder` and gives the number of
    those it could not settle now. Rounds that were answered before cost nothing but their making.
    Memory: about 3 KB per request of a round.
    """
    found = Played([[] for _ in seats])
    going: dict[int, Rounds[list[Made]]] = {}
    asked: dict[int, Sequence[Request]] = {}
    for i, (method, desk) in enumerate(seats):
        going[i] = method.make(desk)
        _on(i, going, asked, found, None)
    while going:
        every = [request for i in sorted(asked) for request in asked[i]]
        path = write_round(folder, found.rounds, every)
        found.rounds += 1
        found.waiting = answer(path) if every else 0
        if found.waiting:
            return found
        said = read_answers(folder / "ledger", {request.id for request in every})
        for i in sorted(going):
            own = {r.id: said[r.id] for r in asked[i] if r.id in said}
            _on(i, going, asked, found, own)
    return found


def first_round(seats: Sequence[Seat]) -> list[Request]:
    """Give what would be asked first; nothing is answered or written."""
    return [request for method, desk in seats for request in next(method.make(desk), ())]


def read_answers(ledger: Path, wanted: set[str]) -> dict[str, str]:
    """Texts of the requests that are done, by id."""
    found = ((r.request_id, r.text) for r in answers(ledger) if r.request_id in wanted)
    return {request_id: text for request_id, text in found if text is not None}


def _on(
    i: int,
    going: dict[int, Rounds[list[Made]]],
    asked: dict[int, Sequence[Request]],
    found: Played,
    said: Answers | None,
) -> None:
    """Let a method go on to its next round, or take what it made."""
    try:
        asked[i] = next(going[i]) if said is None else going[i].send(said)
    except StopIteration as end:
        found.made[i] = end.value
        del going[i]
        asked.pop(i, None)


def merged(seats: Sequence[Seat], played: Played) -> Mapping[str, list[Made]]:
    """Gather records by name of the method, each key once: the same task twice is one record."""
    found: dict[str, list[Made]] = {}
    seen: set[str] = set()
    for (method, desk), some in zip(seats, played.made, strict=True):
        kept = found.setdefault(method.part_name(), [])
        for made in some:
            if made.request.id in seen:
                desk.reject(made.request, "repeated_task", made.messages[-1]["content"])
                continue
            seen.add(made.request.id)
            kept.append(made)
    return found
