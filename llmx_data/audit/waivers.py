"""Waivers: a person's answer to one question of the audit, with name, ground, scope and end.

They stand as licenses/waivers/*.yaml beside the recipe:

    source: news            # one source, one act, one rule: nothing wider
    act: redistribute_derived
    rule: unknown_license
    who: 山田花子（法務）
    why: The publisher allowed redistribution of these 300 articles by letter.
    until: 2027-03-31
    basis: permission       # review (settles a REVIEW) or permission (also lifts a DENY)
    evidence: letter of 2026-10-02, file 2026-117
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from llmx_data.core.errors import Mistake, RecipeError
from llmx_data.core.yaml12 import load
from llmx_data.license.gate import Result, Verdict
from llmx_data.license.schema import Act, Strict

LONGEST = timedelta(days=366)
"""A question comes back after a year at the latest. Ours."""


class Waiver(Strict):
    """One answer; it holds for one source, one act and one rule, until a day."""

    source: str = Field(pattern=r"^[^*?]+$")
    act: Act
    rule: str = Field(pattern=r"^[a-z_]+$")
    who: str = Field(min_length=2)
    why: str = Field(min_length=20)
    until: date
    basis: Literal["review", "permission"] = "review"
    evidence: str | None = None

    def lifts(self, verdict: Verdict, result: Result, rule: str) -> bool:
        """Whether it answers a reason of this grade and rule of a verdict."""
        if verdict.subject is None or verdict.subject.source != self.source:
            return False
        strongest = Result.DENY if self.basis == "permission" else Result.REVIEW
        return verdict.act == self.act and rule == self.rule and result <= strongest

    def words(self) -> str:
        """Say who waived what, until when, and why."""
        ground = f" ({self.evidence})" if self.evidence else ""
        return (
            f"{self.rule} for {self.source}, {self.act}: waived by {self.who} until {self.until}: "
            f"{self.why}{ground}"
        )


def read_waivers(folder: Path, today: date) -> tuple[list[Waiver], list[Mistake]]:
    """Read licenses/waivers/*.yaml beside a recipe; expired or too wide ones are mistakes."""
    found: list[Waiver] = []
    mistakes: list[Mistake] = []
    for path in sorted((folder / "licenses" / "waivers").glob("*.yaml")):
        try:
            document = load(path)
            mistakes += document.mistakes
            waiver = Waiver.model_validate_json(json.dumps(document.data), strict=True)
        except RecipeError as error:
            mistakes += error.mistakes
            continue
        except ValidationError as error:
            for fault in error.errors():
                place = tuple(fault["loc"])
                words = ".".join(map(str, place))
                mistakes.append(Mistake(document.where(place), words, fault["msg"], _REMEDY))
            continue
        fault_words = _fault(waiver, today)
        if fault_words:
            mistakes.append(Mistake(document.where(("until",)), "until", fault_words, _REMEDY))
        else:
            found.append(waiver)
    return found, mistakes


_REMEDY = "a waiver names one source, act and rule, who, why, and a day within a year"


def _fault(waiver: Waiver, today: date) -> str:
    if waiver.until < today:
        return f"this waiver ended on {waiver.until}"
    if waiver.until > today + LONGEST:
        return f"{waiver.until} is more than a year ahead"
    if waiver.basis == "permission" and not waiver.evidence:
        return "a permission needs evidence: where it is written"
    return ""


def waive(
    verdicts: Sequence[Verdict], waivers: Sequence[Waiver]
) -> tuple[list[Verdict], list[Waiver]]:
    """Lower the reasons that waivers answer to ALLOW_WITH; gives the verdicts and those used."""
    used: list[Waiver] = []
    changed = []
    for verdict in verdicts:
        reasons = []
        for reason in verdict.reasons:
            answers = [w for w in waivers if w.lifts(verdict, reason.result, reason.rule)]
            if answers and reason.result >= Result.REVIEW:
                used += [w for w in answers[:1] if w not in used]
                told = answers[0].words()
                reason = replace(
                    reason,
                    result=Result.ALLOW_WITH,
                    en=f"{reason.en} {told}",
                    ja=f"{reason.ja}（免除：{told}）",
                )
            reasons.append(reason)
        result = max((r.result for r in reasons), default=verdict.result)
        changed.append(replace(verdict, result=result, reasons=tuple(reasons)))
    return changed, used
