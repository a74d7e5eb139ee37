"""Write what was made: a row per record with licence and credit of its parents, and the rejects."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import polars as pl

from llmx_data.core.storage import whole, write_json
from llmx_data.license.expression import both
from llmx_data.synth.desk import Desk
from llmx_data.synth.generate import read_requests
from llmx_data.synth.ledger import answers, responses
from llmx_data.synth.methods import Made
from llmx_data.synth.rounds import Seat, round_files

_encode = msgspec.json.Encoder(order="sorted").encode

OWN = "CC0-1.0"
"""Licence of llmx's own seeds, persona factors and prompts: records without parents stand on it."""

COPIED_CHARS = 50
"""So many characters of a parent in a row, and the record holds its words: the reference's figure
for source copying."""

Known = Mapping[str, Mapping[str, Any]]


def write_made(made: Mapping[str, Sequence[Made]], known: Known, folder: Path) -> list[Path]:
    """Write <method>.<kind>.jsonl, rows in the order of their keys; gives the files.

    `known` holds the curated records by id. A record's licence is that of all its parents; where 50
    characters of one stand in it in a row it is `merged`, not only `generated`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for stale in folder.glob("*.jsonl"):
        stale.unlink()
    sorts: dict[str, list[Made]] = {}
    for method, some in made.items():
        for one in some:
            sorts.setdefault(f"{method}.{one.kind}.jsonl", []).append(one)
    found = []
    for name, some in sorted(sorts.items()):
        some.sort(key=lambda one: one.request.id)
        found.append(_write(folder / name, list(_rows(some, known))))
    return found


def _rows(made: Sequence[Made], known: Known) -> Iterator[dict[str, Any]]:
    copies = _copies(made, known)
    for one, copied in zip(made, copies, strict=True):
        parents = [known[i] for i in one.request.parents]
        databases = [p["license_db"] for p in parents if p["license_db"]]
        first = parents[0] if parents else {}
        row = {
            "request_id": one.request.id,
            "license_declared": both([p["license"] for p in parents]) if parents else OWN,
            "license_db": both(databases) if databases else None,
            "terms": sorted({t for p in parents for t in p["terms"] or ()}),
            "accepted_by": "self" if one.by_model or not parents else first["accepted_by"],
            "adaptation": _adaptation(one, first, copied=copied),
            "generator": _writers(one) if one.by_model else first["generator"],
            "origin": first.get("origin"),
            "parents": list(one.request.parents),
            "title": first.get("title"),
            "url": first.get("url"),
            "attribution": first.get("attribution"),
            "meta": {"method": one.request.method, **one.meta,
                     "template": one.request.template, **_maker(one)},
        }  # fmt: skip
        if one.kind == "document":
            yield row | {"text": one.messages[-1]["content"]}
        else:
            yield row | {"messages": one.messages, "rejected": one.rejected}


def _maker(one: Made) -> dict[str, str]:
    """Name the maker in `meta`, rules too; a text that a judge only kept was made by none."""
    human = one.adaptation is None and not one.by_model
    return {} if human else {"made_by": one.request.generator.name}


def _writers(one: Made) -> str:
    """Name who wrote, and who chose where the choice goes out; set apart as the law reads them."""
    judge = (one.judge.name,) if one.judge is not None else ()
    return "; ".join(dict.fromkeys((one.request.generator.name, *judge)))


def _adaptation(one: Made, parent: Mapping[str, Any], *, copied: bool) -> str:
    if one.adaptation is None:
        return str(parent["adaptation"])
    return "merged" if copied else one.adaptation


def _copies(made: Sequence[Made], known: Known) -> list[bool]:
    """Whether a record holds so many characters of a parent in a row."""
    from llmx_data.kernels.echo import echoes
    from llmx_data.kernels.text import Texts

    parents = ["\n".join(known[i]["text"] for i in one.request.parents) for one in made]
    texts = ["\n".join(turn["content"] for turn in one.messages) for one in made]
    batches = (Texts(pl.Series(some, dtype=pl.String)).folded for some in (parents, texts))
    longest = echoes(*batches, run=COPIED_CHARS)[:, 1]
    return list(np.asarray(longest >= COPIED_CHARS))


def write_failed(folder: Path) -> int:
    """Write failed.jsonl: a row per request that was given up, with its last error."""
    ledger = folder / "ledger"
    done = {r.request_id for r in answers(ledger)}
    errors = {r.request_id: r.error for r in responses(ledger) if r.state == "failed"}
    gone = [r for path in round_files(folder) for r in read_requests(path) if r.id not in done]
    rows = [
        {
            "request_id": r.id,
            "method": r.method,
            "error": errors.get(r.id),
            "parents": r.parents,
            "prompt": r.prompt or r.messages[-1]["content"],
        }
        for r in gone
    ]
    _write(folder / "failed.jsonl", rows)
    return len(rows)


def write_rejected(desks: Iterable[Desk], folder: Path) -> None:
    """Write rejected.jsonl: a row per answer that became no record, with its reason and text."""
    rows = [msgspec.structs.asdict(r) if isinstance(r, msgspec.Struct) else r.__dict__
            for desk in desks for r in desk.rejected]  # fmt: skip
    _write(folder / "rejected.jsonl", sorted(rows, key=lambda row: row["request_id"]))


def method_facts(
    folder: Path, seats: Sequence[Seat], made: Mapping[str, Sequence[Made]]
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Count by method: requests, answered, failed, rejected, made, tokens; and prompts used."""
    usage = {r.request_id: (r.tokens_in, r.tokens_out) for r in answers(folder / "ledger")}
    methods = {method.part_name(): _nothing() for method, _ in seats}
    prompts: Counter[tuple[str, str]] = Counter()
    seen: set[str] = set()
    for path in round_files(folder):
        for request in read_requests(path):
            if request.id in seen:
                continue
            seen.add(request.id)
            prompts[request.template, request.template_sha256] += 1
            into = methods[request.method]
            into["requests"] += 1
            into["answered" if request.id in usage else "failed"] += 1
            tokens = usage.get(request.id, (0, 0))
            into["tokens_in"] += tokens[0]
            into["tokens_out"] += tokens[1]
    for method, desk in seats:
        reasons = methods[method.part_name()]["rejected"]
        reasons.update(Counter(rejected.reason for rejected in desk.rejected))
    for name, some in made.items():
        methods[name]["made"] = len(some)
    listed = [{"id": i, "sha256": s, "requests": n} for (i, s), n in sorted(prompts.items())]
    return methods, listed


def _nothing() -> dict[str, Any]:
    counts = ("requests", "answered", "failed", "made", "tokens_in", "tokens_out")
    return dict.fromkeys(counts, 0) | {"rejected": Counter()}


def write_facts(folder: Path, facts: Mapping[str, Any]) -> None:
    """Write synthesis.json beside the rows: what the card and the report tell."""
    write_json(folder / "synthesis.json", dict(facts))


def _write(path: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    with whole(path) as temporary, temporary.open("wb") as out:
        for row in rows:
            out.write(_encode(row) + b"\n")
    return path
