"""`llmx mix`: join finished runs into a training set; the road of curate, with one more step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from pathlib import Path
from typing import Any

import polars as pl

from llmx_data.blending import mixture
from llmx_data.closing import mix_of
from llmx_data.core.parts import Spec
from llmx_data.core.progress import Talk
from llmx_data.core.run import Run
from llmx_data.core.storage import write_parquet
from llmx_data.core.yaml12 import Place
from llmx_data.license.gate import Result
from llmx_data.mix_members import Brought, bring
from llmx_data.mix_plan import MixPlan
from llmx_data.mix_runs import runs_of
from llmx_data.origins import origins_of
from llmx_data.plan import Plan
from llmx_data.road import curate, rehearse
from llmx_data.steps import Step


@dataclass
class Joined(Plan):
    """Plan of the road for a mix; its sources are what finished runs published."""

    brought: Brought = field(default_factory=Brought)

    def filter_data(self) -> list[dict[str, Any]]:
        """Tell what the classifiers of the runs learned from."""
        return self.brought.filters

    def resolved(self) -> dict[str, Any]:
        """Every value that will be used; runs are told by name, not by where they lie."""
        values = super().resolved()
        values["sources"] = [
            {name: source[name] for name in ("use", "name", "of", "card", "priority", "members")}
            | {"path": [Path(run).name for run in source["path"]]}
            for source in values["sources"]
        ]
        return values


def mix(plan: MixPlan, run: Run, *, workers: int | None, talk: Talk) -> dict[str, Any]:
    """Run a mix recipe to the end; gives the summary of the training set, with `mix`: its table.

    Errors: those of the recipes that are run first; DataError where two runs do not agree about a
    record; LicenseDenied or ReviewNeeded for the mix's own purpose. All leave a run that the same
    command continues.
    """
    joined = _joined(plan, run, workers=workers, talk=talk)
    summary = curate(joined, run, workers=workers, limit=None, talk=talk)
    return summary | {"mix": mixture(run.path)}


def preview(plan: MixPlan, run: Run, *, workers: int | None, talk: Talk) -> dict[str, Any]:
    """Tell what a mix would hold and what the licences say; publishes nothing."""
    joined = _joined(plan, run, workers=workers, talk=talk)
    state, audited = rehearse(joined, run, workers=workers, talk=talk)
    found = mix_of(joined, run, state, audited)
    doubts = [v for v in audited.all_verdicts if v.result > Result.ALLOW_WITH]
    return {
        "name": plan.name,
        "mix": found,
        "verdict": audited.result.name,
        "exit_code": {Result.DENY: 5, Result.REVIEW: 4}.get(audited.result, 0),
        "reasons": sorted({reason.en for verdict in doubts for reason in verdict.deciding()}),
        "fix": audited.fix.say() if audited.fix is not None else None,
    }


def _joined(plan: MixPlan, run: Run, *, workers: int | None, talk: Talk) -> Joined:
    """Have the runs made, and lay the road through what they published."""
    runs = runs_of(plan, run, workers=workers, talk=talk)
    brought = bring(plan, runs)
    for line in brought.notes:
        talk.note(line)
    members = run.store / "mix" / f"members-{_digest(brought.members)}.parquet"
    if not members.exists():
        write_parquet(brought.members, members)
    values = {name: getattr(plan.frame, name) for name in Plan.__dataclass_fields__}
    sources = [Spec("ingest", "finished", o | {"members": str(members)}) for o in brought.sources]
    joined = Joined(**values | {"sources": sources, "steps": _steps(plan, members)})
    joined.brought = brought
    joined.origins = origins_of(
        plan.reader, joined.resolved(), _placed(joined, plan), plan.top.purpose
    )
    return joined


def _placed(joined: Joined, plan: MixPlan) -> Iterator[tuple[Place, Spec]]:
    """Every part and where it stands; what the step of the mix was told stands in several."""
    yield from ((at, spec) for at, spec in joined.placed() if spec.place)
    here: Place = ("steps", len(joined.steps) - 1, "mix", 0)
    asked: list[tuple[Place, Place]] = [(("budget",), ("budget",)), (("dev",), ("dev",))]
    asked += [(("shares", i), ("runs", i)) for i in range(len(plan.top.runs))]
    for inside, place in asked:
        yield (*here, *inside), Spec("mix", "blend", place=place)


def _digest(members: pl.DataFrame) -> str:
    """Hash the table of members to 16 hex digits."""
    told = blake2b(digest_size=8)
    for name in members.columns:
        told.update("\n".join(members[name].cast(pl.String)).encode())
    return told.hexdigest()


def _steps(plan: MixPlan, members: Path) -> list[Step]:
    """List the steps of the road: dedup, decontaminate, and the mix itself."""
    top = plan.top
    steps = [Step(0, "dedup", (spec,), f"dedup-{spec.use}") for spec in plan.dedup]
    if plan.decontaminate is not None:
        steps.append(Step(0, "decontaminate", (plan.decontaminate,), "decontaminate"))
    options: dict[str, Any] = {
        "members": str(members),
        "shares": [
            entry.share() | {"name": plan.label(number)} for number, entry in enumerate(top.runs)
        ],
        "dev": top.dev.model_dump(mode="json"),
        "seed": top.seed,
        "count_tokens": plan.frame.tokenizer is not None,
    }
    if top.budget is not None:
        options["budget"] = top.budget.model_dump(mode="json")
    steps.append(Step(0, "mix", (Spec("mix", "blend", options),), "mix"))
    return [replace(step, number=number) for number, step in enumerate(steps, 1)]
