"""The proof tree of an answer: the whole, each input in its role, each rule with its section."""

from __future__ import annotations

from typing import Any

from llmx_data.license.findings import Reason, Verdict, spoken
from llmx_data.license.mix import Answer
from llmx_data.license.roles import Judged
from llmx_data.license.schema import Result
from llmx_data.license.sentences import ACTS, Lang

LIMITS = {
    "noncommercial": ("非営利に限る", "non-commercial use only"),
    "research_only": ("研究に限る", "research only"),
}


def proof(answer: Answer) -> dict[str, Any]:
    """Give the tree as plain data: verdict, what was asked, and `because` down to the sections."""
    return {
        "verdict": answer.result.name,
        "act": answer.act,
        "policy": answer.policy,
        "outgoing": list(answer.outgoing),
        "per_record": answer.per_record,
        "limits": list(answer.limits),
        "database": list(answer.database),
        "disputed": answer.disputed,
        "because": [
            *(_input(one) for one in answer.inputs),
            *(_joint(verdict) for verdict in answer.joint),
        ],
    }


def page(answer: Answer, *, lang: Lang = "en") -> str:
    """Write the tree as indented lines, worst branch first, in one language."""
    at = 0 if lang == "ja" else 1
    lines = [f"{answer.result.name}  {ACTS[answer.act][at]} [{answer.policy}]"]
    lines += _goes_out(answer, lang)
    nodes = [
        *((j.given.name, j.given.part, j.verdict) for j in answer.inputs),
        *(("一体として" if lang == "ja" else "together", "", v) for v in answer.joint),
    ]
    for name, role, verdict in sorted(nodes, key=lambda n: -n[2].result):
        lines.append(f"  {verdict.result.name}  {name} {role}".rstrip())
        lines += [f"    {_line(r, lang)}" for r in verdict.reasons]
    return "".join(f"{line}\n" for line in lines)


def _goes_out(answer: Answer, lang: Lang) -> list[str]:
    """Say under what the result goes out, with what else binds it."""
    if not answer.outgoing:
        return []
    at = 0 if lang == "ja" else 1
    names = (", " if answer.per_record else " AND ").join(answer.outgoing)
    more = [LIMITS[limit][at] for limit in answer.limits]
    more += [("レコードごと", "per record")[at]] if answer.per_record else []
    line = f"  -> {names}" + (f" ({'; '.join(more)})" if more else "")
    base = ("データベース", "database")[at]
    return [line, *(f"  -> {name} ({base})" for name in answer.database if answer.per_record)]


def said(reason: Reason) -> dict[str, Any]:
    """Give one reason as plain data, with its sentence in both languages."""
    return {
        "result": reason.result.name,
        "rule": reason.rule,
        "license": reason.license,
        "section": reason.section,
        "disputed": reason.disputed,
        "ja": reason.ja,
        "en": reason.en,
    }


def spelled(rule: str, policy: str, answer: Answer) -> Reason:
    """Make a reason about the answer itself, such as a policy that does not fit the actor."""
    return spoken(
        Result.ALLOW,
        rule,
        "policy",
        f"policies/{policy}",
        act=answer.act,
        policy=policy,
        detail=answer.policy,
    )


def _input(one: Judged) -> dict[str, Any]:
    return {
        "input": one.given.name,
        "role": one.given.part,
        "act": one.verdict.act,
        "verdict": one.verdict.result.name,
        "license": one.verdict.license_concluded,
        "database": one.verdict.license_db,
        "alternatives": [
            {"license": " AND ".join(branch), "alone": grade.name}
            for branch, grade in one.verdict.tried
            if len(one.verdict.tried) > 1
        ],
        "weight": one.given.weight,
        "because": [said(r) for r in one.verdict.reasons],
    }


def _joint(verdict: Verdict) -> dict[str, Any]:
    return {
        "together": verdict.license_concluded,
        "verdict": verdict.result.name,
        "because": [said(r) for r in verdict.reasons],
    }


def _line(reason: Reason, lang: Lang) -> str:
    text = reason.ja if lang == "ja" else reason.en
    doubt = (" (争いあり)" if lang == "ja" else " (disputed)") if reason.disputed else ""
    return f"{reason.result.name}{doubt} {text} [{reason.rule}, {reason.license} {reason.section}]"
