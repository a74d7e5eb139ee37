"""One question to the law: an act, the purpose around it, and the models that are trained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from llmx_data.license.facts import Facts
from llmx_data.license.findings import Case, Finding, Role, Tuple, spoken
from llmx_data.license.rules import examine
from llmx_data.license.schema import Act, Policy, Purpose, Result, Terms


@dataclass(frozen=True)
class Ask:
    """All that a verdict needs beside its subject."""

    act: Act
    purpose: Purpose
    facts: Facts
    families: frozenset[str] = frozenset()
    kin: frozenset[str] = frozenset()

    @property
    def policy(self) -> Policy:
        """The switches that answer disputed questions."""
        return self.facts.policies[self.purpose.policy]

    def case(self, terms: Terms, role: Role, subject: Tuple) -> Case:
        """Put one licence in one role before the rules."""
        policy, purpose = self.policy, self.purpose
        return Case(terms, role, self.act, subject, purpose, policy, self.families, self.kin)

    def examine(self, ids: Sequence[str], role: Role, subject: Tuple) -> list[Finding]:
        """Run the rules on licences that all apply; those without facts are a question."""
        found: list[Finding] = []
        for license_id in ids:
            terms = self.facts.terms.get(license_id)
            if terms is not None:
                found += examine(self.case(terms, role, subject))
                continue
            rule = "unknown_term" if role == "terms" else "no_facts"
            reason = spoken(Result.REVIEW, rule, license_id, "no facts", act=self.act)
            found.append(Finding(reason))
        return found
