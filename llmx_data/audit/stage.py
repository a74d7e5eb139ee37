"""Judge a run's tuples for its purpose, and stop, drop or split as the recipe says."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import polars as pl

from llmx_data.audit.tuples import COLUMNS, count_tuples, living_tuples, to_tuple
from llmx_data.core.storage import write_json, write_text
from llmx_data.core.store import Rows, Shard
from llmx_data.core.tables import DROPS
from llmx_data.license.facts import Facts
from llmx_data.license.gate import Result, Verdict, enforce, judge, worst
from llmx_data.license.schema import Purpose

STEP = "audit"


class Recipe(Protocol):
    """What the audit asks of a plan."""

    purpose: Purpose
    on_denied: str
    facts: Facts


@dataclass
class Group:
    """One tuple, what it holds, and what may be done with it."""

    facts: dict[str, Any]
    verdicts: list[Verdict]
    config: str = ""
    """Configuration of the data set that it is published in; '' if it is not."""

    @property
    def result(self) -> Result:
        """Worst verdict over the purpose's acts."""
        return worst(self.verdicts)

    @property
    def license(self) -> str:
        """Concluded licence."""
        return self.verdicts[0].license_concluded

    def may_be_shared(self) -> bool:
        """Whether sharing, which publishing is, is clearly allowed."""
        sharing = [v for v in self.verdicts if v.act in ("redistribute", "redistribute_derived")]
        return worst(sharing) <= Result.ALLOW_WITH

    def table(self) -> dict[str, Any]:
        """Give the group for reports and audit.json."""
        obligations = {(o.kind, o.license): o for v in self.verdicts for o in v.obligations}
        reasons = {(r.rule, r.license, r.en): r for v in self.verdicts for r in v.reasons}
        return {
            **self.facts,
            "terms": [t for t in (self.facts["terms"] or "").split("\n") if t],
            "license_concluded": self.license,
            "result": self.result.name,
            "config": self.config or None,
            "acts": {v.act: v.result.name for v in self.verdicts},
            "obligations": [
                {
                    "id": o.kind,
                    "license": o.license,
                    "section": o.section,
                    "ja": o.say("ja"),
                    "en": o.say("en"),
                }
                for o in obligations.values()
            ],
            "reasons": [
                {
                    "rule": r.rule,
                    "license": r.license,
                    "section": r.section,
                    "result": r.result.name,
                    "ja": r.ja,
                    "en": r.en,
                }
                for r in reasons.values()
            ],
        }


@dataclass
class Audited:
    """What publish needs: rows that go out, groups with their config, drop rows by shard."""

    rows: list[Rows]
    groups: list[Group]
    verdicts: list[Verdict]
    drops: list[pl.DataFrame] = field(default_factory=list)
    came: dict[str, int] = field(default_factory=dict)

    @property
    def result(self) -> Result:
        """Worst verdict over what goes out."""
        return worst(self.verdicts)

    def entry(self) -> dict[str, Any]:
        """Ledger entry of the audit."""
        dropped: dict[str, dict[str, int]] = {}
        for group in self.groups:
            if not group.config:
                counts = dropped.setdefault(_reason(group), {})
                for name in ("records", "chars", "tokens"):
                    if name in self.came:
                        counts[name] = counts.get(name, 0) + int(group.facts[name] or 0)
        return {
            "step": f"98-{STEP}",
            "came": self.came,
            "dropped": dropped,
            "edited": {},
            "cpu_seconds": {},
            "measured": {},
        }


def audit(
    plan: Recipe, shards: list[Shard], rows: list[Rows], out: Path, *, tokens: bool
) -> Audited:
    """Judge the living; writes AUDIT.md and audit.json before it refuses.

    Errors: LicenseDenied (exit 5) or ReviewNeeded (exit 4) unless the recipe drops or splits.
    """
    table = count_tuples(shards, rows)
    subjects = [to_tuple(row) for row in table.iter_rows(named=True)]
    verdicts = judge(subjects, plan.purpose, plan.facts)
    acts = len(plan.purpose.act)
    groups = [
        Group(row, verdicts[i * acts : (i + 1) * acts])
        for i, row in enumerate(table.iter_rows(named=True))
    ]
    came = {"records": sum(len(r) for r in rows)}
    came |= {
        name: int(table[name].sum() or 0)
        for name in ("chars", "tokens")
        if name == "chars" or tokens
    }
    _choose(plan, groups)
    kept = judge([to_tuple(g.facts) for g in groups if g.config], plan.purpose, plan.facts)
    result = Audited(list(rows), groups, kept if plan.on_denied != "stop" else verdicts, came=came)
    _write(plan, result, out)
    if plan.on_denied != "split":
        enforce(result.verdicts)
    _drop(result, shards, rows)
    return result


def _choose(plan: Recipe, groups: list[Group]) -> None:
    """Give each group its config; groups that may not go out keep none."""
    for group in groups:
        kind = group.facts["kind"]
        if plan.on_denied == "split":
            group.config = f"{kind}-{slug(group.license)}" if group.may_be_shared() else ""
        elif plan.on_denied == "drop":
            group.config = kind if group.result <= Result.ALLOW_WITH else ""
        else:
            group.config = kind


def slug(license: str) -> str:
    """Licence as part of a config name: cc-by-sa-4.0."""
    word = license.lower().removeprefix("licenseref-").replace(" ", "-")
    return "".join(c for c in word if c.isalnum() or c in "-.")


def _reason(group: Group) -> str:
    return "licence_denied" if group.result == Result.DENY else "licence_review"


def _drop(result: Audited, shards: list[Shard], rows: list[Rows]) -> None:
    """Drop rows of groups without a config; `also` names the licence."""
    out = [g for g in result.groups if not g.config]
    gone = pl.DataFrame(
        [
            {**{c: g.facts[c] for c in COLUMNS}, "reason": _reason(g), "license": g.license}
            for g in out
        ],
        schema={**dict.fromkeys(COLUMNS, pl.String), "reason": pl.String, "license": pl.String},
    )
    for k, (shard, some) in enumerate(zip(shards, rows, strict=True)):
        if not out or not len(some):
            result.drops.append(pl.DataFrame(schema={"row": pl.UInt32, **DROPS}))
            continue
        tuples = living_tuples(shard, some).with_columns(row=pl.Series(some, dtype=pl.UInt32))
        hit = tuples.join(gone, on=COLUMNS, nulls_equal=True, maintain_order="left")
        ids = pl.read_parquet(shard.sizes, columns=["id"])["id"].gather(hit["row"])
        result.drops.append(
            hit.select(
                "row",
                ids.alias("id"),
                "source",
                place=pl.lit(None, pl.String),
                step=pl.lit(STEP),
                reason="reason",
                value=pl.lit(None, pl.Float64),
                threshold=pl.lit(None, pl.Float64),
                kept_id=pl.lit(None, pl.String),
                also=pl.concat_list("license"),
            )
        )
        result.rows[k] = np.setdiff1d(some, hit["row"].to_numpy())


def _write(plan: Recipe, result: Audited, out: Path) -> None:
    purpose = plan.purpose
    write_json(
        out / "audit.json",
        {
            "purpose": purpose.model_dump(mode="json"),
            "result": result.result.name,
            "facts": plan.facts.hash,
            "groups": [g.table() for g in result.groups],
            "together": [
                {"act": v.act, "result": v.result.name, "reasons": [r.en for r in v.reasons]}
                for v in result.verdicts
                if v.subject is None
            ],
        },
    )
    lines = [
        f"# Licence audit: {purpose.title or purpose.name}",
        "",
        f"Acts: {', '.join(purpose.act)}; mode: {purpose.mode}; policy: {purpose.policy}. "
        f"Result: **{result.result.name}**. This is not legal advice.",
        "",
        "| source | records | declared | concluded | database | adaptation | result |",
        "|---|--:|---|---|---|---|---|",
    ]
    for group in result.groups:
        f = group.facts
        lines.append(
            f"| {f['source']} | {f['records']:,} | {f['license_declared']} | {group.license} | "
            f"{f['license_db'] or ''} | {f['adaptation']} | {group.result.name} |"
        )
    lines += ["", "## Why", ""]
    for group in result.groups:
        lines.append(f"### {group.facts['source']} ({group.license})")
        lines += [
            "",
            *[
                f"- {r['result']}: {r['en']} [{r['rule']}, {r['license']} {r['section']}]"
                for r in group.table()["reasons"]
            ],
            "",
        ]
    write_text(out / "AUDIT.md", "\n".join(lines) + "\n")
