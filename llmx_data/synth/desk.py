"""What a method has at hand: records, generators, sampling, and a hand that writes requests."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any, TypeVar

from llmx_data.synth.material import Prompt, prompt
from llmx_data.synth.methods import Message
from llmx_data.synth.requests import Generator, Request, Role, Sampling

Item = TypeVar("Item")
Row = Mapping[str, Any]


MARKS = re.compile(
    r"<(\|[^<>|]{1,40}\||/?s|bos|eos|start_of_turn|end_of_turn|/?think)>|\[(/?INST)\]"
)
"""Special tokens of chat templates, as texts of others may spell them."""


def harmless(text: str) -> str:
    """Break up special tokens, so that no document ends a turn or begins one."""
    return MARKS.sub(lambda found: found[0][0] + " " + found[0][1:], text)


@dataclass(frozen=True)
class Rejected:
    """An answer that became no record, and why; `text` is what was said."""

    request_id: str
    method: str
    reason: str
    text: str


@dataclass
class Desk:
    """One method's place of work; `count` records are wanted from it."""

    method: str
    count: int
    seed: int
    generator: Generator
    sampling: Mapping[Role, Sampling]
    judge: Generator | None = None
    """Scores answers if given."""
    min_score: int | None = None
    """Least score of an answer that is kept, 1 to 5."""
    samples: int = 1
    """Answers per task; with more than one the judge picks the best."""
    system: str = "answer-v1"
    """Prompt file of the system turn for answers."""
    family: str | None = None
    """Template family of the generator, for raw prompts."""
    seat: int = 0
    """Which of several desks of the same method: each draws otherwise."""
    records: Sequence[Row] = ()
    """Curated records of the method's kinds, sorted by id; none that a model wrote."""

    rejected: list[Rejected] = field(default_factory=list)

    @property
    def judging(self) -> bool:
        """Whether answers are scored: to pick the best of several, or to keep the good ones."""
        return self.samples > 1 or self.min_score is not None

    def reject(self, request: Request, reason: str, text: str) -> None:
        """Note an answer that becomes no record."""
        self.rejected.append(Rejected(request.id, self.method, reason, text))

    def shuffled(self, items: Iterable[Item], name: str, key: str = "id") -> list[Item]:
        """Put rows in an order drawn by seed and name, the same on every machine."""

        def drawn(item: Any) -> bytes:
            return self.draw(f"{name}/{item[key]}")

        return sorted(items, key=drawn)

    def draw(self, name: str) -> bytes:
        """Draw 32 bytes by seed and name."""
        seat = f"#{self.seat}" if self.seat else ""
        return sha256(f"{self.seed}/{self.method}{seat}/{name}".encode()).digest()

    def pick(self, items: Sequence[Item], name: str) -> Item:
        """Draw one of some items by name."""
        return items[int.from_bytes(self.draw(name)[:8], "big") % len(items)]

    def ask(
        self,
        name: str,
        role: Role,
        *,
        parents: Sequence[str] = (),
        facts: Mapping[str, Any] | None = None,
        sample: int = 0,
        **slots: str,
    ) -> Request:
        """Make a request of a prompt file with its slots filled.

        The room for the answer is the smaller of the file's and the recipe's.
        """
        text = prompt(name)
        said = ({"role": "user", "content": text.fill(**slots)},)
        return self._request(text, role, said, parents, facts or {}, sample)

    def ask_answer(
        self,
        messages: Sequence[Message],
        *,
        parents: Sequence[str] = (),
        facts: Mapping[str, Any] | None = None,
        sample: int = 0,
    ) -> Request:
        """Ask for the assistant's next turn of a conversation, under the system text."""
        text = prompt(self.system)
        said = ({"role": "system", "content": text.text}, *messages)
        return self._request(text, "answer", said, parents, facts or {}, sample)

    def _request(
        self,
        text: Prompt,
        role: Role,
        messages: tuple[Message, ...],
        parents: Sequence[str],
        facts: Mapping[str, Any],
        sample: int,
    ) -> Request:
        drawn = self.sampling[role]
        if text.role == "user":
            stop = tuple(dict.fromkeys((*drawn.stop, *text.stop)))
            room = min(drawn.max_tokens, text.max_tokens)
            drawn = replace(drawn, max_tokens=room, stop=stop)
        asked = self.judge if role == "judge" and self.judge is not None else self.generator
        return Request(
            method=self.method,
            template=text.id,
            template_sha256=text.sha256,
            messages=tuple({**turn, "content": harmless(turn["content"])} for turn in messages),
            sampling=drawn,
            generator=asked,
            sample=sample,
            schema=text.schema,
            parents=tuple(parents),
            facts=facts,
        )
