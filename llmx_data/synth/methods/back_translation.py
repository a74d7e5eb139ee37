"""Prompts for texts that people wrote: the answer is human, only the request is made."""

from __future__ import annotations

from typing import ClassVar

import msgspec
from pydantic import Field

from llmx_data.synth.answering import user
from llmx_data.synth.desk import Desk
from llmx_data.synth.methods import Adaptation, Made, Method, Rounds
from llmx_data.synth.replies import plain, read_json
from llmx_data.synth.requests import Request, Role

PROMPT = "back_translation-v1"


class Guess(msgspec.Struct, forbid_unknown_fields=True):
    """Whether a text reads as an answer, and to what."""

    fits: bool
    instruction: str


class BackTranslation(Method):
    """Asks which request a document answers; the document itself is the answer, word for word.

    The document's licence therefore has to allow passing it on. Rejects: bad_json, does_not_fit,
    empty. Source: instruction back-translation (Humpback).
    """

    kinds: ClassVar[tuple[str, ...]] = ("document",)
    adaptation: ClassVar[Adaptation] = "merged"
    min_chars: int = Field(default=100, ge=1)
    """Shorter documents are no answers. Ours."""
    max_chars: int = Field(default=2000, ge=100)
    """Longer documents are left out: a cut text is no whole answer. Ours."""

    def expects(self, count: int) -> dict[Role, int]:
        """Count one request per document."""
        return {"instruct": count}

    def make(self, desk: Desk) -> Rounds[list[Made]]:
        """Ask about as many documents as records are wanted."""
        rows = [r for r in desk.records if self.min_chars <= len(r["text"]) <= self.max_chars]
        texts = {row["id"]: row["text"] for row in rows}
        asked = [
            desk.ask(PROMPT, "instruct", parents=[row["id"]], document=row["text"])
            for row in desk.shuffled(rows, "document")[: desk.count]
        ]
        said = yield asked
        found = [
            self._read(desk, request, said[request.id], texts[request.parents[0]])
            for request in asked
            if request.id in said
        ]
        return [made for made in found if made is not None]

    def _read(self, desk: Desk, request: Request, text: str, document: str) -> Made | None:
        found = read_json(text, Guess)
        instruction = plain(found.instruction) if found is not None else ""
        reason = (
            "bad_json" if found is None
            else "does_not_fit" if not found.fits
            else None if instruction else "empty"
        )  # fmt: skip
        if reason is not None:
            desk.reject(request, reason, text)
            return None
        said = {"role": "assistant", "content": document}
        return Made(request, (user(instruction), said), adaptation="merged")
