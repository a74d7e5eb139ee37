"""Groups of records under one licence tuple, and what an audit found about all of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import polars as pl

from llmx_data.audit.fix import Fix
from llmx_data.audit.twins import Twin
from llmx_data.audit.waivers import Waiver
from llmx_data.core.store import Rows
from llmx_data.license.gate import Result, Verdict, worst

STEP = "audit"


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
        """Whether sharing is clearly allowed; where the purpose shares nothing, whether all is."""
        sharing = [v for v in self.verdicts if v.act in ("redistribute", "redistribute_derived")]
        return worst(sharing or self.verdicts) <= Result.ALLOW_WITH

    def reason(self) -> str:
        """Reason of its drop rows, if it does not go out."""
        return "licence_denied" if self.result == Result.DENY else "licence_review"

    def table(self) -> dict[str, Any]:
        """Give the group for reports and audit.json."""
        obligations = {(o.kind, o.license): o for v in self.verdicts for o in v.obligations}
        reasons = {(r.rule, r.license, r.en): r for v in self.verdicts for r in v.reasons}
        name = str(self.facts["source"])
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
                    "ja": o.say("ja").replace("{database}", name),
                    "en": o.say("en").replace("{database}", name),
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
    filters: list[dict[str, Any]] = field(default_factory=list)
    """Data that classifiers learned from: its text is not in the data set, its judgement is."""
    waivers: list[Waiver] = field(default_factory=list)
    """Waivers that changed a verdict."""

    together: list[Verdict] = field(default_factory=list)
    """Verdicts about all groups at once, those that do not go out included."""

    twins: list[Twin] = field(default_factory=list)
    """Texts that also stood in another source, or under another licence."""

    fix: Fix | None = None
    """What to leave out, where not everything may be used."""

    @property
    def all_verdicts(self) -> list[Verdict]:
        """Verdicts of all groups, and of all together."""
        return [*(v for group in self.groups for v in group.verdicts), *self.together]

    @property
    def result(self) -> Result:
        """Worst verdict over what goes out."""
        return worst(self.verdicts)

    def entry(self) -> dict[str, Any]:
        """Ledger entry of the audit."""
        dropped: dict[str, dict[str, int]] = {}
        for group in self.groups:
            if not group.config:
                counts = dropped.setdefault(group.reason(), {})
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
