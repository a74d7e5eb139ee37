"""Pairs grounded in a document: question with evidence, summary, title, explanation."""

from __future__ import annotations

from typing import ClassVar, Literal

import msgspec
from pydantic import Field

from llmx_data.synth.answering import user
from llmx_data.synth.desk import Desk
from llmx_data.synth.material import wordings
from llmx_data.synth.methods import Adaptation, Made, Method, Rounds
from llmx_data.synth.passages import excerpt, holds
from llmx_data.synth.replies import plain, read_json
from llmx_data.synth.requests import Request, Role

Style = Literal["qa", "summary", "title", "explain"]


class Grounded(msgspec.Struct, forbid_unknown_fields=True):
    """A question with its answer, and where the document says so."""

    question: str
    answer: str
    evidence: str


class FromDocument(Method):
    """One request per document, in a style drawn for it.

    `qa` makes a pair that stands without the document, and is kept only if its evidence stands in
    the document word for word; the other styles show the document in the prompt.
    Rejects: bad_json, empty, no_evidence.
    """

    kinds: ClassVar[tuple[str, ...]] = ("document",)
    adaptation: ClassVar[Adaptation] = "merged"
    styles: list[Style] = Field(default=["qa", "summary", "title", "explain"], min_length=1)
    """What to ask for."""
    min_chars: int = Field(default=200, ge=1)
    """Documents with fewer characters say too little. Ours."""
    max_chars: int = Field(default=2000, ge=100)
    """Longer documents are cut at the end of a sentence. synthetic-texts-by-llm's figure."""
    evidence_chars: int = Field(default=10, ge=1)
    """Least characters of the evidence, as the prompt asks."""

    def make(self, desk: Desk) -> Rounds[list[Made]]:
        """Ask about as many documents as records are wanted."""
        rows = [row for row in desk.records if len(row["text"]) >= self.min_chars]
        texts, asked = {}, []
        for row in desk.shuffled(rows, "document")[: desk.count]:
            style = desk.pick(self.styles, f"style/{row['id']}")
            text = texts[row["id"]] = excerpt(row["text"], self.max_chars)
            asked.append(
                desk.ask(
                    f"from_document_{style}-v1",
                    "answer",
                    parents=[row["id"]],
                    facts={"kind": style},
                    document=text,
                )
            )
        said = yield asked
        found = [
            self._read(desk, request, said[request.id], texts[request.parents[0]])
            for request in asked
            if request.id in said
        ]
        return [made for made in found if made is not None]

    def _read(self, desk: Desk, request: Request, text: str, document: str) -> Made | None:
        style = request.facts["kind"]
        if style == "qa":
            return self._pair(desk, request, text, document)
        answer = plain(text)
        if not answer:
            desk.reject(request, "empty", text)
            return None
        wording = desk.pick(wordings()[style], f"wording/{request.id}")
        asked = user(wording.replace("{document}", document))
        said = {"role": "assistant", "content": answer}
        return Made(request, (asked, said), adaptation="merged", meta={"kind": style})

    def _pair(self, desk: Desk, request: Request, text: str, document: str) -> Made | None:
        found = read_json(text, Grounded)
        if found is None:
            desk.reject(request, "bad_json", text)
            return None
        question, answer, evidence = plain(found.question), plain(found.answer), found.evidence
        if not question or not answer:
            desk.reject(request, "empty", text)
            return None
        if len(evidence.strip()) < self.evidence_chars or not holds(document, evidence):
            desk.reject(request, "no_evidence", text)
            return None
        said = {"role": "assistant", "content": answer}
        meta = {"kind": "qa", "evidence_chars": len(evidence)}
        return Made(request, (user(question), said), meta=meta)

    def expects(self, count: int) -> dict[Role, int]:
        """Count one request per document."""
        return {"answer": count}
