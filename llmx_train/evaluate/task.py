"""A task: a local file of items in its original form, asked bare or in the trained template."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field

from llmx_data.core.part import Part, content_key
from llmx_train.evaluate.requests import Aspect, Direction, Exam, Output, Score
from llmx_train.evaluate.subject import Subject


@dataclass(frozen=True)
class Example:
    """One item: what is asked, what is right, and what must not stand in training data."""

    id: str
    question: str
    """The item as the model reads it, without instruction and without the word before an answer."""
    answer: str
    """The right answer as a worked example shows it."""
    texts: tuple[str, ...]
    """Texts of the item that training data must not hold."""
    choices: tuple[str, ...] = ()
    gold: int = 0
    """Which choice is right."""
    answers: tuple[str, ...] = ()
    """All right answers, where one is written."""
    group: str = ""
    """Subject, if the task has several."""
    near: str = ""
    """Items with the same are never worked examples for each other."""
    licence: str = ""
    """Where it is not the task's."""


class Task(Part):
    """One evaluation set; a file of `tasks/` holds one class, named after the file."""

    files: ClassVar[tuple[str, ...]] = ("path",)

    path: str
    """The file as its makers give it."""
    shots: int = Field(default=0, ge=0, le=32)
    """Worked examples before the question, from the file's own other items."""
    template: Literal["bare", "chat"] = "chat"
    """Plain text, or the template that was trained."""

    aspect: ClassVar[Aspect]
    licence: ClassVar[str]
    card: ClassVar[str]
    """Id in the catalogue of data sets."""
    instruction: ClassVar[str]
    """What is to be done, in Japanese."""
    lead: ClassVar[str] = "回答:"
    """Word before an answer, in the bare form."""
    stop: ClassVar[str | None] = None
    """End of a written answer in the bare form."""
    metrics: ClassVar[dict[str, Direction]] = {"accuracy": "higher"}

    @abstractmethod
    def examples(self) -> list[Example]:
        """Read all items. Errors: DataError with the file and the place."""

    def scores(self, example: Example, output: Output) -> dict[str, float]:
        """Score one output; here the likeliest choice, the first of equals."""
        logprobs = list(output["logprobs"])
        likeliest = max(range(len(logprobs)), key=lambda k: (logprobs[k], -k))
        return {"accuracy": float(likeliest == example.gold)}

    def most_tokens(self) -> int | None:
        """Most tokens of a written answer; null takes the recipe's."""
        return None

    def key(self) -> str:
        """Name of the score: two are comparable only under one."""
        return f"{self.part_name()}/{self.template}/{self.shots}-shot"

    def texts(self) -> list[tuple[str, str]]:
        """Give (`<task>#<item>.<k>`, text) pairs that training data must not hold."""
        name = self.part_name()
        return [
            (f"{name}#{example.id}" + (f".{k}" if len(example.texts) > 1 else ""), text)
            for example in self.examples()
            for k, text in enumerate(example.texts)
        ]

    def exam(self, subject: Subject, *, limit: int | None = None) -> Exam:
        """Ask `limit` items of a model (all, if null); the same items for every model.

        Errors: DataError where worked examples are wanted and the file has too few.
        """
        from llmx_train.evaluate.asking import ask

        found = self.examples()
        asked = sample(found, limit, self.part_name())
        by_item = {example.id: example for example in asked}
        requests = ask(self, subject, found, asked)
        return Exam(
            key=self.key(),
            aspect=self.aspect,
            requests=requests,
            score=lambda request, output: self._scored(by_item[request.item], output),
            metrics=self.metrics,
            facts=self._facts(found, asked),
            max_new_tokens=self.most_tokens(),
        )

    def _scored(self, example: Example, output: Output) -> dict[str, Score]:
        return {name: Score(value) for name, value in self.scores(example, output).items()}

    def _facts(self, found: Sequence[Example], asked: Sequence[Example]) -> dict[str, object]:
        licences = [example.licence or self.licence for example in asked]
        told: dict[str, object] = {
            "task": self.part_name(),
            "card": self.card,
            "licences": {name: licences.count(name) for name in sorted(set(licences))},
            "form": self.template,
            "shots": self.shots,
            "items_in_file": len(found),
            "file": Path(self.path).name,
        }
        golds = [example.gold for example in asked if example.choices]
        if golds:
            told["always_one_share"] = max(golds.count(g) for g in set(golds)) / len(golds)
        return told


def sample(found: Sequence[Example], limit: int | None, name: str) -> list[Example]:
    """Take `limit` items by the hash of their ids, in the file's order."""
    if limit is None or limit >= len(found):
        return list(found)
    first = sorted(range(len(found)), key=lambda k: content_key([name, found[k].id]))[:limit]
    return [found[k] for k in sorted(first)]
