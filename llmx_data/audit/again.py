"""Take the verdicts of a finished run again with today's facts, and say what changed and why."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from llmx_data.audit.groups import Group
from llmx_data.audit.tuples import to_tuple
from llmx_data.audit.waivers import Waiver, waive
from llmx_data.core.errors import DataError
from llmx_data.core.storage import read_json
from llmx_data.core.tables import LICENSE_COLUMNS as COLUMNS
from llmx_data.license.facts import Facts
from llmx_data.license.gate import Result, Verdict, judge, worst
from llmx_data.license.schema import Purpose


@dataclass(frozen=True)
class Change:
    """One act on one group of records whose verdict is another today."""

    source: str
    license: str
    act: str
    then: str
    now: str
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Again:
    """Verdicts of a run with today's facts, beside those it was published with."""

    groups: list[Group]
    changes: list[Change]
    then: str
    now: str
    facts_then: str
    facts_now: str
    together: list[Verdict]
    """Verdicts about all groups at once."""

    waivers: list[Waiver]
    """Waivers the run was published with that still hold."""

    def table(self) -> dict[str, Any]:
        """Give everything as plain data."""
        return {
            "then": self.then,
            "now": self.now,
            "facts_then": self.facts_then,
            "facts_now": self.facts_now,
            "changes": [change.__dict__ for change in self.changes],
            "groups": [group.table() for group in self.groups],
        }


def retake(run: Path, facts: Facts, purpose: Purpose | None = None) -> Again:
    """Judge what a run published (audit/audit.json) for its own purpose, or for another.

    Only groups that went out are judged, with the waivers of then that have not ended. Verdicts
    of another purpose's acts have no `then`.
    Errors: DataError if the run has no audit.
    """
    path = run / "audit" / "audit.json"
    if not path.is_file():
        raise DataError(f"{run}: has no audit/audit.json\n    llmx curate RECIPE makes one")
    stored = read_json(path)
    chosen = purpose or Purpose.model_validate(stored["purpose"])
    old = [group for group in stored["groups"] if group["config"]]
    rows = [_row(group) for group in old]
    every = [Waiver.model_validate_json(json.dumps(w), strict=True) for w in stored["waivers"]]
    waivers = [w for w in every if w.until >= date.today()]
    subjects = [to_tuple(r, r.get("card")) for r in rows]
    verdicts, _ = waive(judge(subjects, chosen, facts), waivers)
    acts = len(chosen.act)
    groups = [
        Group(row, verdicts[i * acts : (i + 1) * acts], group["config"])
        for i, (row, group) in enumerate(zip(rows, old, strict=True))
    ]
    changes = [
        Change(
            row["source"],
            verdict.license_concluded,
            verdict.act,
            then,
            verdict.result.name,
            tuple(r.en for r in verdict.deciding()),
        )
        for row, group, current in zip(rows, old, groups, strict=True)
        for verdict in current.verdicts
        if (then := group["acts"].get(verdict.act, "")) != verdict.result.name
    ]
    now = worst(verdicts) if verdicts else Result.ALLOW
    together = [v for v in verdicts if v.subject is None]
    return Again(
        groups, changes, stored["result"], now.name, stored["facts"], facts.hash, together, waivers
    )


def _row(group: dict[str, Any]) -> dict[str, Any]:
    """Give a group as `to_tuple` takes it."""
    row = {name: group.get(name) for name in COLUMNS} | {"card": group.get("card")}
    row |= {name: group[name] for name in ("records", "chars", "tokens")}
    return row | {"terms": "\n".join(group["terms"])}


def again_page(again: Again, run: Path) -> str:
    """Tell it in a few lines."""
    same = "the same" if again.facts_then == again.facts_now else "other"
    lines = [
        f"{run}: {again.then} when it was published, {again.now} today "
        f"({same} facts: {again.facts_then[:8]}, {again.facts_now[:8]})"
    ]
    for change in again.changes:
        lines.append(
            f"  {change.source} ({change.license}), {change.act}: "
            f"{change.then or 'not asked'} -> {change.now}"
        )
        lines += [f"      {reason}" for reason in change.reasons]
    if not again.changes:
        lines.append("  no verdict changed")
    return "\n".join(lines)
