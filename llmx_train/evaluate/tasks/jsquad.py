"""JSQuAD of JGLUE: find the answer to a question in a passage of Wikipedia."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field

from llmx_data.core.errors import DataError
from llmx_train.evaluate.metrics import char_f1, exact_match
from llmx_train.evaluate.reading import field, json_file
from llmx_train.evaluate.requests import Aspect, Direction, Output
from llmx_train.evaluate.task import Example, Task

_TITLE_END = " [SEP] "


class Jsquad(Task):
    """A short answer is written and compared with the two or three that people gave.

    File: `valid-v1.3.json`, one JSON object, .gz or not; 4,442 questions. Metrics: exact_match,
    char_f1. The passage's title, which the file puts before ` [SEP] `, is given on its own line.
    Source: Kurihara et al. (2022).
    """

    aspect: ClassVar[Aspect] = "reading"
    licence: ClassVar[str] = "CC-BY-SA-4.0"
    card: ClassVar[str] = "JGLUE"
    instruction: ClassVar[str] = (
        "文章を読み、質問に対する答えを文章の中から抜き出してください。答えだけを書いてください。"
    )
    stop: ClassVar[str | None] = "\n"
    metrics: ClassVar[dict[str, Direction]] = {"char_f1": "higher", "exact_match": "higher"}

    answer_tokens: int = Field(default=64, ge=1)
    """Most tokens of an answer. Ours: every question has a right one of at most 19 characters."""

    def examples(self) -> list[Example]:
        """Read all questions."""
        return list(self._questions(json_file(Path(self.path))))

    def most_tokens(self) -> int | None:
        """Most tokens of an answer."""
        return self.answer_tokens

    def scores(self, example: Example, output: Output) -> dict[str, float]:
        """Compare what was written with every right answer."""
        written = str(output["text"])
        return {
            "char_f1": char_f1(written, example.answers),
            "exact_match": exact_match(written, example.answers),
        }

    def _questions(self, data: dict[str, Any]) -> Iterator[Example]:
        for a, article in enumerate(field(self.path, data, "data", list)):
            for p, paragraph in enumerate(article.get("paragraphs", [])):
                where = f"{self.path}: data[{a}].paragraphs[{p}]"
                context = field(where, paragraph, "context", str)
                for record in field(where, paragraph, "qas", list):
                    yield _example(where, context, record)


def _example(where: str, context: str, record: dict[str, Any]) -> Example:
    question = field(where, record, "question", str)
    answers = [field(where, a, "text", str) for a in field(where, record, "answers", list)]
    if not answers:
        raise DataError(f"{where}: a question without answers")
    title, found, body = context.partition(_TITLE_END)
    passage = f"題名:{title}\n文章:{body}" if found else f"文章:{context}"
    return Example(
        id=field(where, record, "id", str),
        question=f"{passage}\n質問:{question}",
        answer=answers[0] if answers else "",
        texts=(question,),
        answers=tuple(dict.fromkeys(answers)),
        near=context,
    )
