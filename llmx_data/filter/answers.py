"""Keep answers that are answers: no refusal, no machine's self-claim, no unfilled template."""

from __future__ import annotations

from collections.abc import Iterator

from llmx_data.filter import Filter, Need, On, Reason, above


class Answers(Filter):
    """Telling phrases on the assistant's side.

    Reasons: refusal, self_claim, placeholder. Documents have no answer and are never judged.
    """

    on: On = "answer"
    """The assistant's side."""
    max_refusals: int | None = 0
    """Apologies that refuse. Ours; Tengentoppa's own cleaning drops them too."""
    max_self_claims: int | None = 0
    """Sentences in which a model says who made it. Ours."""
    max_placeholders: int | None = 0
    """Template slots left unfilled. Ours."""

    def needs(self) -> list[Need]:
        """Phrase counts."""
        return [Need("phrases")]

    def reasons(self) -> Iterator[Reason]:
        """Each phrase."""
        yield from above("refusal", "refusal_count", self.max_refusals)
        yield from above("self_claim", "self_claim_count", self.max_self_claims)
        yield from above("placeholder", "placeholder_count", self.max_placeholders)
