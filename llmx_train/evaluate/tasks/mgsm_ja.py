"""MGSM in Japanese: word problems of arithmetic, each with a number as its answer."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from pydantic import Field

from llmx_data.core.errors import DataError
from llmx_train.evaluate.metrics import last_number
from llmx_train.evaluate.reading import tsv_lines
from llmx_train.evaluate.requests import Aspect, Output
from llmx_train.evaluate.task import Example, Task


class MgsmJa(Task):
    """A solution is written; its last number must be the answer.

    File: `mgsm_ja.tsv`, question and number, no header; 250 items. Metric: accuracy. The file has
    no solutions, so worked examples show the bare number and teach a model to skip the steps:
    leave `shots` at 0 to see it reason. Source: Shi et al. (2022).
    """

    aspect: ClassVar[Aspect] = "mathematics"
    licence: ClassVar[str] = "CC-BY-SA-4.0"
    card: ClassVar[str] = "mgsm-ja"
    instruction: ClassVar[str] = (
        "次の問題を順を追って解き、最後に「答えは18です。」のように答えの数字を書いてください。"
    )
    stop: ClassVar[str | None] = "\n問題:"

    answer_tokens: int = Field(default=512, ge=1)
    """Most tokens of a solution. Ours."""

    def examples(self) -> list[Example]:
        """Read all items; the line's number is the id."""
        found = []
        for number, (where, (question, told)) in enumerate(tsv_lines(Path(self.path), 2), start=1):
            answer = last_number(told)
            if answer is None:
                raise DataError(f"{where}: '{told}' is no number")
            found.append(
                Example(
                    id=str(number),
                    question=f"問題:{question}",
                    answer=f"答えは{told.strip()}です。",
                    texts=(question,),
                    answers=(told,),
                )
            )
        return found

    def most_tokens(self) -> int | None:
        """Most tokens of a solution."""
        return self.answer_tokens

    def scores(self, example: Example, output: Output) -> dict[str, float]:
        """Compare the last number with the answer; no number is wrong."""
        found = last_number(str(output["text"]))
        return {"accuracy": float(found is not None and found == last_number(example.answers[0]))}
