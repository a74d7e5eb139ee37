"""Tasks that code computes from documents, each answer checked by a second route; no model."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Any, ClassVar

from llmx_data.core.errors import DataError
from llmx_data.core.part import content_key
from llmx_data.core.storage import sha256_file
from llmx_data.synth.desk import Desk
from llmx_data.synth.methods import Adaptation, Made, Method, Rounds
from llmx_data.synth.requests import Request, Role, Sampling


def version() -> str:
    """Content hash of the rules and wordings: changed, they make other tasks."""
    folder = Path(__file__).parent.parent / "rules"
    files = sorted(p for p in folder.rglob("*") if p.suffix in (".py", ".yaml"))
    return content_key([(p.name, sha256_file(p)) for p in files])


class Rules(Method):
    """Verifiable tasks of 27 kinds, as evenly as the documents allow.

    Cost: 15 ms a task. Errors: DataError for an answer that does not hold, which is a bug.
    """

    kinds: ClassVar[tuple[str, ...]] = ("document",)
    model: ClassVar[bool] = False
    adaptation: ClassVar[Adaptation] = "merged"

    def expects(self, count: int) -> dict[Role, int]:
        """Nobody is asked: the answers are there."""
        return {"answer": count}

    def make(self, desk: Desk) -> Rounds[list[Made]]:
        """Choose tasks, verify each, and take the answers as the engine gives them."""
        from llmx_data.synth.rules import Document, balanced, verify

        made_by = version()
        given = {
            r["id"]: Document(r["id"], r["text"], r["title"], str(r["date"] or "") or None)
            for r in desk.records
        }
        requests = []
        for task in balanced(list(given.values()), desk.count, desk.seed):
            why = verify(task, given[task.document])
            if why is not None:
                raise DataError(
                    f"a computed answer does not hold, a {task.kind} of document {task.document}: "
                    f"{why}\n    a bug in llmx; please report it"
                )
            facts: dict[str, Any] = {"kind": task.kind, "phrasing": task.phrasing, **task.facts}
            template = f"rules-v1/{task.kind}/{task.phrasing}"
            requests.append(
                Request(
                    method="rules",
                    template=template,
                    template_sha256=sha256(f"{made_by}/{template}".encode()).hexdigest(),
                    messages=({"role": "user", "content": task.prompt},),
                    sampling=Sampling(max_tokens=max(1, len(task.answer))),
                    generator=desk.generator,
                    parents=(task.document,),
                    facts=facts | {"answer": task.answer},
                )
            )
        said = yield requests
        return [
            Made(
                request,
                (*request.messages, {"role": "assistant", "content": said[request.id]}),
                adaptation="merged",
                by_model=False,
                meta={name: request.facts[name] for name in ("kind", "phrasing")},
            )
            for request in requests
            if request.id in said
        ]
