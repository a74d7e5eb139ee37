"""Judge a run's tuples for its purpose, and stop, drop or split as the recipe says."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import polars as pl

from llmx_data.audit.fix import smallest_fix
from llmx_data.audit.groups import STEP, Audited, Group
from llmx_data.audit.page import write_audit
from llmx_data.audit.tuples import count_tuples, living_tuples, to_tuple
from llmx_data.audit.twins import read_twins
from llmx_data.audit.waivers import Waiver, waive
from llmx_data.core.store import Rows, Shard
from llmx_data.core.tables import DROP_ROWS
from llmx_data.core.tables import LICENSE_COLUMNS as COLUMNS
from llmx_data.license.facts import Facts
from llmx_data.license.gate import Result, Tuple, enforce, judge, worst
from llmx_data.license.schema import Purpose


class Recipe(Protocol):
    """What the audit asks of a plan."""

    purpose: Purpose
    on_denied: str
    facts: Facts
    waivers: list[Waiver]

    def cards(self) -> dict[str, str]:
        """Id in the catalogue of each source that is known there."""

    def filter_data(self) -> list[dict[str, Any]]:
        """Tell what classifiers of the recipe learned from."""


def audit(
    plan: Recipe,
    shards: list[Shard],
    rows: list[Rows],
    edits: Sequence[Sequence[Path]],
    out: Path,
    *,
    tokens: bool,
    twins: Sequence[Path] = (),
) -> Audited:
    """Judge the living, refuse what may not go out, and drop or split off what the recipe says.

    Writes AUDIT.md and audit.json before it refuses. Errors: LicenseDenied (exit 5) or
    ReviewNeeded (exit 4) unless the recipe drops or splits. `twins` are the files in which dedup
    says where copies stood.
    """
    result = look(plan, shards, rows, edits, out, tokens=tokens, twins=twins)
    if plan.on_denied != "split":
        enforce(result.verdicts, fix=result.fix.say() if result.fix is not None else "")
    _drop(result, shards, rows, edits)
    return result


def look(
    plan: Recipe,
    shards: list[Shard],
    rows: list[Rows],
    edits: Sequence[Sequence[Path]],
    out: Path,
    *,
    tokens: bool,
    twins: Sequence[Path] = (),
) -> Audited:
    """Judge the living; writes AUDIT.md and audit.json, refuses nothing."""
    table = count_tuples(shards, rows, edits)
    cards = plan.cards()
    subjects = [to_tuple(row, cards.get(row["source"])) for row in table.iter_rows(named=True)]
    verdicts, used = waive(judge(subjects, plan.purpose, plan.facts), plan.waivers)
    acts = len(plan.purpose.act)
    groups = [
        Group(
            row | {"card": row["origin"] or cards.get(row["source"])},
            verdicts[i * acts : (i + 1) * acts],
        )
        for i, row in enumerate(table.iter_rows(named=True))
    ]
    came = {"records": sum(len(r) for r in rows)}
    came |= {
        name: int(table[name].sum() or 0)
        for name in ("chars", "tokens")
        if name == "chars" or tokens
    }
    _choose(plan, groups)
    going = [subject for subject, group in zip(subjects, groups, strict=True) if group.config]
    kept, _ = waive(judge(going, plan.purpose, plan.facts), plan.waivers)
    result = Audited(list(rows), groups, kept if plan.on_denied != "stop" else verdicts, came=came)
    result.filters = _filters(plan)
    result.waivers = used
    result.twins = read_twins(twins, plan.facts, cards)
    result.together = [v for v in verdicts if v.subject is None]
    if worst(verdicts) > Result.ALLOW_WITH:
        result.fix = smallest_fix(groups, plan.purpose, plan.facts, plan.waivers)
    write_audit(plan.purpose, plan.facts, result, out)
    return result


def _filters(plan: Recipe) -> list[dict[str, Any]]:
    """Judge what classifiers learned from for the act of annotating; listed, never a gate."""
    data = plan.filter_data()
    annotating = Purpose(act=("annotate_only",), policy=plan.purpose.policy)
    subjects = [Tuple(source=d["name"], license_declared=d["license"]) for d in data]
    verdicts = judge(subjects, annotating, plan.facts)
    return [
        d | {"act": v.act, "result": v.result.name, "reasons": [r.en for r in v.deciding()]}
        for d, v in zip(data, verdicts, strict=False)
    ]


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


def _drop(
    result: Audited, shards: list[Shard], rows: list[Rows], edits: Sequence[Sequence[Path]]
) -> None:
    """Drop rows of groups without a config; `also` names the licence."""
    out = [g for g in result.groups if not g.config]
    gone = pl.DataFrame(
        [
            {**{c: g.facts[c] for c in COLUMNS}, "reason": g.reason(), "license": g.license}
            for g in out
        ],
        schema={**dict.fromkeys(COLUMNS, pl.String), "reason": pl.String, "license": pl.String},
    )
    for k, (shard, some, paths) in enumerate(zip(shards, rows, edits, strict=True)):
        if not out or not len(some):
            result.drops.append(pl.DataFrame(schema=DROP_ROWS))
            continue
        tuples = living_tuples(shard, some, paths).with_columns(
            row=pl.Series(some, dtype=pl.UInt32)
        )
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
