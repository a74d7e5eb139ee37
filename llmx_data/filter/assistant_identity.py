"""Drop answers in which a model speaks of itself."""

from __future__ import annotations

from collections.abc import Iterator

from llmx_data.filter import Filter, Need, On, Reason, above


class AssistantIdentity(Filter):
    """Self-references: a model trained on them takes another model's name.

    Reason: assistant_identity.
    """

    on: On = "answer"
    """The assistant's side."""
    max_claims: int | None = 0
    """Sentences in which a model says what it is or who made it. Ours."""

    def needs(self) -> list[Need]:
        """Claims."""
        return [Need("assistant_identity")]

    def reasons(self) -> Iterator[Reason]:
        """Any claim."""
        yield from above("assistant_identity", "identity_claims_count", self.max_claims)
