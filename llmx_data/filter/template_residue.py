"""Drop texts with left-overs of prompts and chat templates."""

from __future__ import annotations

from collections.abc import Iterator

from llmx_data.filter import Filter, Need, On, Reason, above


class TemplateResidue(Filter):
    """Special tokens, prompt headers, role labels, unfilled slots, code fences left open.

    Reasons: template_token, prompt_header, role_label, prompt_slot, open_fence.
    """

    on: On = "answer"
    """The assistant's side."""
    max_tokens: int | None = 0
    """Special tokens of chat templates outside of code. Ours."""
    max_headers: int | None = 0
    """Headers and prefaces of prompts. Ours."""
    max_labels: int | None = 0
    """Role labels before or after the text. Ours."""
    max_slots: int | None = 0
    """Slots of a prompt nobody filled. Ours."""
    max_open_fences: int | None = 0
    """Code fences left open. Ours."""

    def needs(self) -> list[Need]:
        """Left-overs by kind."""
        return [Need("template_residue")]

    def reasons(self) -> Iterator[Reason]:
        """Each kind."""
        yield from above("template_token", "template_tokens_count", self.max_tokens)
        yield from above("prompt_header", "prompt_headers_count", self.max_headers)
        yield from above("role_label", "role_labels_count", self.max_labels)
        yield from above("prompt_slot", "prompt_slots_count", self.max_slots)
        yield from above("open_fence", "open_fences_count", self.max_open_fences)
