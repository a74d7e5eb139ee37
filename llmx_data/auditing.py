"""`llmx audit`: verdicts of a recipe or of a finished run, for its purpose or another one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from llmx_data.audit.again import again_page, retake
from llmx_data.audit.fix import Fix, smallest_fix
from llmx_data.audit.groups import Group
from llmx_data.audit.table import verdict_table
from llmx_data.audit.tuples import to_tuple
from llmx_data.audit.waivers import Waiver, waive
from llmx_data.core.errors import RecipeError, nearest
from llmx_data.core.progress import Talk
from llmx_data.core.run import Run
from llmx_data.core.storage import read_json, shipped
from llmx_data.license.facts import Facts
from llmx_data.license.facts import load as load_facts
from llmx_data.license.gate import Result, Verdict, judge, worst
from llmx_data.license.schema import Purpose
from llmx_data.license.sentences import Lang
from llmx_data.plan import read_plan
from llmx_data.road import audit_only


@dataclass(frozen=True)
class Question:
    """What the command line asks beyond the recipe's own purpose."""

    purpose: str | None = None
    policy: str | None = None
    act: Sequence[str] = ()
    actor: Sequence[str] = ()
    drop: Sequence[str] = ()
    explain: bool = False
    fail_on: str = "review"
    lang: Lang = "en"

    def asked(self, own: Purpose, facts: Facts) -> Purpose:
        """Lay the command line over a purpose. Errors: RecipeError for unknown names."""
        base = facts.purpose(self.purpose) if self.purpose else own
        changes: dict[str, Any] = {}
        if self.policy:
            changes["policy"] = self.policy
        if self.act:
            changes["act"] = list(self.act)
        if self.actor:
            changes["actor"] = base.actor.model_dump() | dict(_pair(p) for p in self.actor)
        if not changes:
            return base
        return facts.purpose(base.model_dump(mode="json") | changes)

    def exit_code(self, result: Result) -> int:
        """5 for DENY; 4 for REVIEW unless only denials shall fail."""
        if result == Result.DENY:
            return 5
        return 4 if result == Result.REVIEW and self.fail_on == "review" else 0


def _pair(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals:
        raise RecipeError(f"--actor {text}: wanted NAME=VALUE, as in kind=company")
    return name, int(value) if value.isdigit() else value


@dataclass(frozen=True)
class Answer:
    """What the command prints, as text and as plain data, and how it ends."""

    page: str
    facts: dict[str, Any]
    exit_code: int


def audit_recipe(
    path: Path,
    question: Question,
    *,
    sets: list[str],
    out: Path | None,
    workers: int | None,
    limit: int | None,
    talk: Talk,
) -> Answer:
    """Ingest a recipe's sources and judge them."""
    plan = read_plan(path, sets)
    plan.purpose = question.asked(plan.purpose, plan.facts)
    run = Run(out or Path("runs") / plan.name)
    audited = audit_only(plan, run, workers=workers, limit=limit, talk=talk)
    groups, verdicts = audited.groups, list(audited.all_verdicts)
    result, fix = audited.result, audited.fix
    if question.drop:
        groups, verdicts = _without(groups, question.drop, plan.purpose, plan.facts, plan.waivers)
        result = worst(verdicts)
        fix = smallest_fix(groups, plan.purpose, plan.facts, plan.waivers)
    page = _page(groups, verdicts, question, fix)
    facts = read_json(run.path / "audit" / "audit.json") | {"result": result.name}
    if question.drop:
        facts |= {"dropped": list(question.drop), "groups": [g.table() for g in groups]}
        facts["fix"] = fix.table() if fix is not None else None
    return Answer(page, facts, question.exit_code(result))


def audit_run(run: Path, question: Question) -> Answer:
    """Take the verdicts of a finished run again with today's facts."""
    facts = load_facts(shipped("licenses"))
    stored = read_json(run / "audit" / "audit.json")
    own = Purpose.model_validate(stored["purpose"])
    purpose = question.asked(own, facts)
    again = retake(run, facts, purpose)
    groups = again.groups
    verdicts = [*(v for g in groups for v in g.verdicts), *again.together]
    if question.drop:
        groups, verdicts = _without(groups, question.drop, purpose, facts, again.waivers)
    fix = smallest_fix(groups, purpose, facts, again.waivers)
    table = _page(groups, verdicts, question, fix)
    page = f"{again_page(again, run)}\n\n{table}"
    return Answer(page, again.table(), question.exit_code(worst(verdicts)))


def _page(groups: list[Group], verdicts: list[Verdict], question: Question, fix: Fix | None) -> str:
    return verdict_table(groups, verdicts, lang=question.lang, explain=question.explain, fix=fix)


def _without(
    groups: Sequence[Group],
    sources: Sequence[str],
    purpose: Purpose,
    facts: Facts,
    waivers: Sequence[Waiver],
) -> tuple[list[Group], list[Verdict]]:
    """Judge again as if some sources were not there."""
    known = sorted({str(g.facts["source"]) for g in groups})
    for name in sources:
        if name not in known:
            raise RecipeError(f"--what-if drop:{name}: no such source\n    {nearest(name, known)}")
    rows = [g.facts for g in groups if g.facts["source"] not in sources]
    judged = judge([to_tuple(r, r.get("card")) for r in rows], purpose, facts)
    verdicts, _ = waive(judged, waivers)
    acts = len(purpose.act)
    left = [Group(row, verdicts[i * acts : (i + 1) * acts]) for i, row in enumerate(rows)]
    return left, verdicts
