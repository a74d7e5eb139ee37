"""Documents told again in another style: the same facts in new words."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from llmx_data.synth.desk import Desk
from llmx_data.synth.material import wordings
from llmx_data.synth.methods import Kind, Made, Method, Rounds
from llmx_data.synth.passages import excerpt
from llmx_data.synth.replies import plain

PROMPT = "rewrite-v1"


class Rewrite(Method):
    """Makes documents, not pairs. The screening step `copied_source` drops what was only copied.

    Rejects: empty. Source: WRAP, Nemotron-CC, synthetic-texts-by-llm.
    """

    kinds: ClassVar[tuple[str, ...]] = ("document",)
    makes: ClassVar[Kind] = "document"
    min_chars: int = Field(default=200, ge=1)
    """Documents with fewer characters say too little. Ours."""
    max_chars: int = Field(default=1200, ge=100)
    """Longer documents are cut at the end of a sentence. Ours: told again they fit 1,024 tokens."""
    styles: list[str] = Field(default=[])
    """Styles in words; those of llmx if empty."""

    def make(self, desk: Desk) -> Rounds[list[Made]]:
        """Ask about as many documents as records are wanted."""
        rows = [row for row in desk.records if len(row["text"]) >= self.min_chars]
        styles = self.styles or list(wordings()["rewrite"])
        asked = []
        for row in desk.shuffled(rows, "document")[: desk.count]:
            style = desk.pick(styles, f"style/{row['id']}")
            text = excerpt(row["text"], self.max_chars)
            facts = {"style": style}
            asked.append(
                desk.ask(
                    PROMPT, "answer", parents=[row["id"]], facts=facts, document=text, style=style
                )
            )
        said = yield asked
        found = []
        for request in (request for request in asked if request.id in said):
            text = plain(said[request.id])
            if not text:
                desk.reject(request, "empty", said[request.id])
                continue
            turn = {"role": "assistant", "content": text}
            found.append(Made(request, (turn,), kind="document", meta=request.facts))
        return found
