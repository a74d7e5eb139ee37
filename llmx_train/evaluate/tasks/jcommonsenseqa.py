"""JCommonsenseQA of JGLUE: which of five words answers a question of common sense."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from llmx_data.core.errors import DataError
from llmx_train.evaluate.reading import field, json_lines
from llmx_train.evaluate.requests import Aspect
from llmx_train.evaluate.task import Example, Task


class Jcommonsenseqa(Task):
    """The choices are listed; the likeliest of the five words is the answer.

    File: `valid-v1.3.json`, JSON lines, .gz or not; 1,119 items. Metric: accuracy.
    Source: Kurihara et al. (2022); words instead of numbers as in Stability's harness.
    """

    aspect: ClassVar[Aspect] = "reasoning"
    licence: ClassVar[str] = "CC-BY-SA-4.0"
    card: ClassVar[str] = "JGLUE"
    instruction: ClassVar[str] = "質問に対する答えを、選択肢の中から一つ選んで答えてください。"

    def examples(self) -> list[Example]:
        """Read all items."""
        found = []
        for where, record in json_lines(Path(self.path)):
            question = field(where, record, "question", str)
            choices = tuple(str(field(where, record, f"choice{k}", str)) for k in range(5))
            gold = field(where, record, "label", int)
            if not 0 <= gold < 5:
                raise DataError(f"{where}: label {gold} is none of 0 to 4")
            listed = "\n".join(f"- {choice}" for choice in choices)
            found.append(
                Example(
                    id=str(field(where, record, "q_id", int)),
                    question=f"質問:{question}\n選択肢:\n{listed}",
                    answer=choices[gold],
                    texts=(question,),
                    choices=choices,
                    gold=gold,
                )
            )
        return found
