"""What a task is: a document, a prompt, its answer; and dice that fall alike anywhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Literal, TypeVar

from llmx_data.synth.rules.passage import Passage

T = TypeVar("T")
Scope = Literal["passage", "paragraph", "sentence", "list"]


@dataclass(frozen=True)
class Document:
    """A curated text; `date` as the source gives it."""

    id: str
    text: str
    title: str | None = None
    date: str | None = None


@dataclass(frozen=True)
class Task:
    """A question about a document and its computed answer.

    `document` is the document's id, `phrasing` the wording's name, `facts` what `verify` needs:
    always `passage` (out of the document) and `shown` (as the prompt quotes it).
    """

    kind: str
    document: str
    prompt: str
    answer: str
    phrasing: str
    facts: Mapping[str, Any]


@dataclass(frozen=True)
class Made:
    """A computed answer before it is worded; `facts` fill the wording's slots too."""

    answer: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    shown: str | None = None
    """What the prompt quotes where that is not the passage itself."""


@dataclass(frozen=True)
class Pool:
    """Wrong choices, out of other documents: (id, text), sorted."""

    titles: tuple[tuple[str, str], ...] = ()
    sentences: tuple[tuple[str, str], ...] = ()
    nouns: tuple[tuple[str, str], ...] = ()


class Dice:
    """Numbers out of a hash of what they are for: the same on every machine and Python."""

    def __init__(self, *purpose: object) -> None:
        self._key = "/".join(map(str, purpose))
        self._throws = 0

    def below(self, bound: int) -> int:
        """Whole number of 0..bound-1."""
        self._throws += 1
        digest = sha256(f"{self._key}#{self._throws}".encode()).digest()
        return int.from_bytes(digest[:8], "big") % bound

    def choose(self, things: Sequence[T]) -> T:
        """One of `things`, which must not be empty."""
        return things[self.below(len(things))]

    def shuffled(self, things: Sequence[T]) -> list[T]:
        """All of `things` in another order, possibly the same."""
        left = list(things)
        return [left.pop(self.below(len(left))) for _ in range(len(left))]

    def sample(self, things: Sequence[T], count: int) -> list[T]:
        """`count` of `things`, in their order; all if there are not as many."""
        chosen = sorted(self.shuffled(range(len(things)))[:count])
        return [things[index] for index in chosen]


@dataclass(frozen=True)
class Scene:
    """What a kind has to make tasks of: a piece of a document, dice and other documents."""

    document: Document
    piece: Passage
    dice: Dice
    pool: Pool = field(default_factory=Pool)


@dataclass(frozen=True)
class Kind:
    """One kind of task: which pieces it is made of, how it is made, how an answer is checked.

    `make` gives nothing where the answer would be open to doubt. `check` takes an answer (without
    the wording's polite frame), the facts and the document, and says what is wrong, or None.
    """

    name: str
    scopes: tuple[Scope, ...]
    make: Callable[[Scene], Iterator[Made]]
    check: Callable[[str, Mapping[str, Any], Document], str | None]
    every: int = 1
    """`balanced` takes one in every so many rounds: 2 for kinds that teach little."""
