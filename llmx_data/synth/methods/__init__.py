"""Methods: one file each; a method is a part that asks in rounds and makes records of the answers.

A method's `make` is a generator. Each `yield` hands over a round of requests and gives back the
answers by request id; what was answered before a kill is given back at once, so the same code
resumes. What it returns are the records.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Generator as Rounding
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeAlias, TypeVar

from pydantic import Field

from llmx_data.core.part import Part
from llmx_data.synth.requests import Generator, Request, Role

if TYPE_CHECKING:
    from llmx_data.synth.desk import Desk

Message: TypeAlias = Mapping[str, str]
Answers: TypeAlias = Mapping[str, str]
"""Texts by request id; requests that were given up are not in it."""

Kind: TypeAlias = Literal["document", "instruction", "conversation", "preference"]
Adaptation: TypeAlias = Literal["generated", "merged"] | None

Result = TypeVar("Result")
Rounds: TypeAlias = Rounding[Sequence[Request], Answers, Result]


@dataclass(frozen=True)
class Made:
    """A record to be: `request` completes it, and its id is the record's key.

    `messages` are the whole conversation; of a preference, `rejected` is the other one. A document
    has one message, the text. `adaptation` says what became of the parents' text: `generated`,
    `merged` where their words stand in the record, None where nothing was changed.
    """

    request: Request
    messages: tuple[Message, ...]
    rejected: tuple[Message, ...] | None = None
    kind: Kind = "instruction"
    adaptation: Adaptation = "generated"
    by_model: bool = True
    """Whether a model wrote any of it: its terms then bind."""
    judge: Generator | None = None
    """Who chose, where the record passes the choice on."""
    meta: Mapping[str, Any] = field(default_factory=dict)


class Method(Part):
    """A way to make records, found by its file name; options as in the recipe."""

    share: float | None = Field(default=None, gt=0, le=1)
    """Its share of the recipe's `count`, 0..1; methods without one share the rest evenly."""

    kinds: ClassVar[tuple[str, ...]] = ()
    """Kinds of record it asks about; without any it lives on material of llmx's own (CC0-1.0)."""

    makes: ClassVar[Kind] = "instruction"
    """Kind of record it makes, where that does not follow the records it asks about."""

    model: ClassVar[bool] = True
    """Whether it needs a language model."""

    judged: ClassVar[bool] = False
    """Whether its records pass a judge's choice on: the judge's terms then bind as a writer's."""

    raw: ClassVar[bool] = False
    """Whether it has raw text continued, which `vllm run-batch` does not (0.32)."""

    best_of: ClassVar[bool] = False
    """Whether its answers are asked for `samples` times, and scored where there is a judge."""

    adaptation: ClassVar[Adaptation] = "generated"
    """What the gate takes its records for before any exist."""

    def expects(self, count: int) -> dict[Role, int]:
        """Count requests by role that `count` records take, if nothing is rejected on the way."""
        return {"answer": count}

    @abstractmethod
    def make(self, desk: Desk) -> Rounds[list[Made]]:
        """Ask and make; see the module."""
