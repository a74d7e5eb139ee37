"""What is asked of a model and what comes back: two kinds of request, two kinds of output."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from llmx_data.core.part import content_key

Direction = Literal["higher", "lower", "none"]
"""Which way a metric is better; none is told with its interval and never judged."""

Aspect = Literal["fit", "form", "knowledge", "reasoning", "reading", "mathematics"]
"""What a task is about; the comparison is grouped by it."""


class Row(NamedTuple):
    """Token ids, and the positions of those whose likelihood is wanted (never the first)."""

    ids: Sequence[int]
    scored: Sequence[int]


@dataclass(frozen=True)
class Weigh:
    """Log-likelihoods wanted: one row per choice, or the row of a whole conversation."""

    id: str
    item: str
    group: str
    prompt: str
    rows: tuple[Row, ...]
    choices: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """Tokens of the longest row."""
        return max(len(row.ids) for row in self.rows)

    def line(self) -> dict[str, Any]:
        """Tell it as the prompts file does; token ids stand as their hash."""
        told = {"id": self.id, "item": self.item, "group": self.group, "prompt": self.prompt}
        rows = content_key([[list(row.ids), list(row.scored)] for row in self.rows])
        return told | {"choices": list(self.choices), "rows": rows}


@dataclass(frozen=True)
class Write:
    """An answer wanted."""

    id: str
    item: str
    group: str
    prompt: str
    ids: tuple[int, ...]
    stop: str | None = None
    """Text after which nothing counts; generation ends there."""

    @property
    def size(self) -> int:
        """Tokens of the prompt."""
        return len(self.ids)

    def line(self) -> dict[str, Any]:
        """Tell it as the prompts file does; token ids stand as their hash."""
        told = {"id": self.id, "item": self.item, "group": self.group, "prompt": self.prompt}
        return told | {"stop": self.stop, "ids": content_key(list(self.ids))}


Request = Weigh | Write
Output = Mapping[str, Any]
"""A line of the outputs file: `logprobs` and `tokens` per row, or `text`, `tokens`, `finished`.

`cut` is how many tokens of the prompt's beginning did not fit into the model.
"""


class Score(NamedTuple):
    """One item's value of one metric; `weight` where a mean over items is weighted (tokens)."""

    value: float
    weight: float = 1.0


@dataclass(frozen=True)
class Exam:
    """All that one task asks of one model, and how its outputs become scores."""

    key: str
    """`<task>/<template>/<n>-shot`: two scores are comparable only under one key."""
    aspect: Aspect
    requests: list[Request]
    score: Callable[[Request, Output], dict[str, Score]]
    """Metrics of an item; a metric that cannot be told of it is left out."""
    metrics: dict[str, Direction]
    """The first is the main one: it stands for the task in its aspect."""
    facts: dict[str, Any] = field(default_factory=dict)
    """Licence, source card, notes: told beside the scores."""
    max_new_tokens: int | None = None
    """Most tokens of an answer, in place of the recipe's."""
    settings: dict[str, Any] = field(default_factory=dict)
    """How answers are drawn; empty for likelihoods."""
