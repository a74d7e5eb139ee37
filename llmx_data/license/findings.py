"""What a rule sees and what it says: the case, the finding, the reason, the obligation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from llmx_data.license.schema import Act, Policy, Purpose, Result, Terms
from llmx_data.license.sentences import OBLIGATIONS, RULES, Lang, say

Role = Literal["content", "database", "terms", "generator", "weights"]
SHARING: frozenset[str] = frozenset({"redistribute", "redistribute_derived"})
TRAINING: frozenset[str] = frozenset(
    {"train_internal", "release_weights", "commercial_service", "train_on_outputs"}
)
UNTOUCHED: frozenset[str] = frozenset({"verbatim", "technical"})
# Duties that stand in the section of another field; those without any are llmx's own rules.
_BORROWED = {
    "practice": "display",
    "registration": "registration",
    "read_renewed": "renewed_text",
    "attribution_weights": "attribution",
    "student_note": "outputs",
    "display": "outputs",
    "name_prefix": "outputs",
    "disclose_generated": "disclose_generated",
}


@dataclass(frozen=True)
class Tuple:
    """One distinct combination of facts about `records` records; the audit judges these, not rows.

    `terms` holds ids of further terms, or limitations such as evaluation_only; `origin` is a
    recovered source, `license_basis` says where the declared licence was read.
    """

    source: str
    license_declared: str | None = None
    license_db: str | None = None
    terms: tuple[str, ...] = ()
    accepted_by: str = "unknown"
    adaptation: str = "verbatim"
    generator: str | None = None
    origin: str | None = None
    license_basis: str = "card"
    records: int = 0


@dataclass(frozen=True)
class Obligation:
    """One duty: its kind, whose it is, where it stands, and the exact words where words are due."""

    kind: str
    license: str
    section: str
    words: str | None = None

    def say(self, lang: Lang = "en") -> str:
        """Say the duty as a sentence, with its licence, section and words."""
        duty = say(OBLIGATIONS, self.kind, lang)
        words = f" {self.words!r}" if self.words else ""
        return f"{duty}{words} [{self.license} {self.section}]"


@dataclass(frozen=True)
class Reason:
    """Why: rule, licence, section, and the sentence in both languages."""

    result: Result
    rule: str
    license: str
    section: str
    ja: str
    en: str
    disputed: bool = False


@dataclass(frozen=True)
class Finding:
    """What one rule found for one case: a graded reason, and duties where it has some."""

    reason: Reason
    obligations: tuple[Obligation, ...] = ()

    @property
    def result(self) -> Result:
        """The grade of the reason."""
        return self.reason.result


@dataclass(frozen=True)
class Verdict:
    """The answer for one tuple and one act; `subject` is None where it is about all together."""

    subject: Tuple | None
    act: Act
    result: Result
    license_concluded: str
    license_db: str | None
    obligations: tuple[Obligation, ...]
    reasons: tuple[Reason, ...]
    tried: tuple[tuple[tuple[str, ...], Result], ...] = ()
    """Alternatives of the contents' licence, and how each of them alone would fare."""

    @property
    def disputed(self) -> bool:
        """Whether a reason that carries the result is disputed."""
        return any(r.disputed for r in self.deciding())

    def deciding(self) -> tuple[Reason, ...]:
        """Give the reasons that carry the result."""
        return tuple(r for r in self.reasons if r.result == self.result)


@dataclass(frozen=True)
class Case:
    """One licence in one role, for one act: all that a rule may look at."""

    terms: Terms
    role: Role
    act: Act
    subject: Tuple
    purpose: Purpose
    policy: Policy
    families: frozenset[str] = frozenset()
    """Families that every model in the mix belongs to: outputs of the own family are no other's."""
    kin: frozenset[str] = frozenset()
    """Families that some of the models belong to."""

    @property
    def limitations(self) -> frozenset[str]:
        """What the terms limit."""
        return frozenset(self.terms.limitations)

    @property
    def shares(self) -> bool:
        """Whether the act passes the text on."""
        return self.act in SHARING

    @property
    def trains(self) -> bool:
        """Whether the act trains a model on the text."""
        return self.act in TRAINING

    @property
    def adapted(self) -> bool:
        """Whether what goes out counts as adapted material under the policy."""
        if self.act == "redistribute_derived" and self.purpose.mode == "unified":
            return True
        if self.subject.adaptation == "normalized":
            return self.policy.normalized_text == "adapted"
        return self.subject.adaptation not in UNTOUCHED

    @property
    def state(self) -> str:
        """What is done to the text: a unified work merges what is otherwise untouched."""
        untouched = self.subject.adaptation in UNTOUCHED
        return "merged" if untouched and self.adapted else self.subject.adaptation

    @property
    def binds(self) -> Literal["bind", "review", "note"]:
        """How far a contract reaches us: ours binds, others' by the policy's switch."""
        if self.terms.binding != "contract" or self.subject.accepted_by == "self":
            return "bind"
        reach = self.policy.upstream_contracts
        return "review" if self.subject.accepted_by == "unknown" and reach == "note" else reach

    def finding(
        self,
        result: Result,
        rule: str,
        *fields: str,
        detail: str = "",
        disputed: bool = False,
        duties: Sequence[str] = (),
    ) -> Finding:
        """Say what a rule found; `fields` name the fact whose section is cited."""
        reason = spoken(
            result,
            rule,
            self.terms.id,
            self.terms.cite(*fields),
            act=self.act,
            adaptation=self.state,
            policy=self.policy.name,
            detail=detail,
            disputed=disputed,
        )
        return Finding(reason, tuple(self.duty(kind) for kind in duties))

    def duty(self, kind: str) -> Obligation:
        """One obligation under these terms, with the words it asks for."""
        words = {str(k): v for k, v in self.terms.sentences.items()}.get(kind)
        cites, borrowed = self.terms.cites, _BORROWED.get(kind, kind)
        section = cites.get(kind) or cites.get(borrowed) or "own rule of llmx"
        return Obligation(kind, self.terms.id, section, words)

    def soften(self, found: Finding) -> Finding:
        """Grade a denial by a contract that we did not accept as the policy says."""
        grade = {"bind": Result.DENY, "review": Result.REVIEW, "note": Result.ALLOW_WITH}
        if found.result < Result.DENY or self.binds == "bind":
            return found
        softer = replace(found.reason, result=grade[self.binds], disputed=True)
        return replace(found, reason=softer)


def spoken(
    result: Result,
    rule: str,
    license: str,
    section: str,
    *,
    act: str,
    adaptation: str = "verbatim",
    policy: str = "",
    detail: str = "",
    disputed: bool = False,
) -> Reason:
    """Make a reason with its sentences in both languages."""
    values = {
        "license": license,
        "act": act,
        "adaptation": adaptation,
        "policy": policy,
        "detail": detail,
    }
    ja, en = say(RULES, rule, "ja", **values), say(RULES, rule, "en", **values)
    return Reason(result, rule, license, section, ja, en, disputed)
