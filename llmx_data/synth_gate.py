"""The gate of synthesis: documents, generator and judge are judged before anything is asked."""

from __future__ import annotations

import polars as pl

from llmx_data.license.findings import Tuple, Verdict
from llmx_data.license.gate import enforce, judge, worst
from llmx_data.license.inputs import Input
from llmx_data.license.roles import judge_inputs
from llmx_data.license.schema import Result
from llmx_data.synth.methods import Method
from llmx_data.synth.writing import OWN
from llmx_data.synth_desks import usable
from llmx_data.synth_plan import SynthPlan

BY = ["license", "source", "origin", "license_db", "terms", "accepted_by", "adaptation",
      "generator"]  # fmt: skip
"""Columns that a verdict rests on."""


def gate(plan: SynthPlan, records: pl.DataFrame) -> list[Verdict]:
    """Judge what would be made before anything is: reworked documents, the generators' terms.

    Errors: LicenseDenied (exit 5) or ReviewNeeded (exit 4) unless the recipe drops.
    """
    found = verdicts(plan, records)
    if plan.top.on_denied == "stop" and worst(found) > Result.ALLOW_WITH:
        enforce(found)
    return found


def verdicts(plan: SynthPlan, records: pl.DataFrame) -> list[Verdict]:
    """Give a verdict per case of documents and method, and one for the judge."""
    cases = [case for method in plan.methods for case in _cases(plan, records, method)]
    found = judge(list(dict.fromkeys(cases)), plan.purpose, plan.facts)
    if plan.top.judge is not None:
        scorer = Input(model=plan.top.judge.model, role="judge", accepted_by="self")
        for act in plan.purpose.act:
            found += [j.verdict for j in judge_inputs([scorer], act, plan.purpose, plan.facts)]
    return found


def allowed(plan: SynthPlan, records: pl.DataFrame, method: Method) -> pl.DataFrame:
    """Give the records of which a method may make something; all, where a denial stops the run.

    With `on_denied` drop or split nobody is asked about what could not go out.
    """
    some = usable(records, method)
    if plan.top.on_denied == "stop" or not some.height:
        return some
    cases = _cases(plan, records, method)
    judged = zip(_grouped(some).iter_rows(named=True), cases, strict=True)
    fine = [
        {name: row[name] for name in BY}
        for row, case in judged
        if worst(judge([case], plan.purpose, plan.facts)) <= Result.ALLOW_WITH
    ]
    kept = pl.DataFrame(fine, schema={name: some.schema[name] for name in BY})
    return some.with_columns(pl.col("terms").list.sort()).join(
        kept, on=BY, how="semi", nulls_equal=True, maintain_order="left"
    )


def _writers(plan: SynthPlan, method: Method) -> str:
    """Name whose terms bind the records: the generator's, and the judge's who chooses pairs."""
    judge = [plan.named(plan.top.judge).name] if method.judged and plan.top.judge else []
    return "; ".join(dict.fromkeys([plan.named(plan.top.generator).name, *judge]))


def _cases(plan: SynthPlan, records: pl.DataFrame, method: Method) -> list[Tuple]:
    """Make one case of all records that agree in what a verdict rests on.

    A method without records stands on llmx's own material.
    """
    model = _writers(plan, method) if method.model else None
    if not method.kinds:
        return [
            Tuple(
                "llmx's own material", license_declared=OWN, accepted_by="self",
                adaptation="generated", generator=model, license_basis="computed",
            )
        ]  # fmt: skip
    return [
        Tuple(
            f"{row['source']} ({row['license']})",
            license_declared=row["license"],
            license_db=row["license_db"],
            terms=tuple(row["terms"] or ()),
            accepted_by="self" if model is not None else row["accepted_by"],
            adaptation=method.adaptation or row["adaptation"],
            generator=model or row["generator"],
            origin=row["origin"],
            license_basis="computed",
            records=row["len"],
        )
        for row in _grouped(usable(records, method)).iter_rows(named=True)
    ]


def _grouped(records: pl.DataFrame) -> pl.DataFrame:
    sorted_terms = records.with_columns(pl.col("terms").list.sort())
    return sorted_terms.group_by(BY, maintain_order=True).len().sort(BY[:3], maintain_order=True)
