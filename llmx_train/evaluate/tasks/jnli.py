"""JNLI of JGLUE: does one sentence follow from another, contradict it, or neither."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from llmx_data.core.errors import DataError
from llmx_train.evaluate.reading import field, json_lines
from llmx_train.evaluate.requests import Aspect
from llmx_train.evaluate.task import Example, Task

LABELS = {"entailment": "含意", "contradiction": "矛盾", "neutral": "中立"}


class Jnli(Task):
    """The likeliest of the three labels 含意, 矛盾, 中立 is the answer.

    File: `valid-v1.3.json`, JSON lines, .gz or not; 2,434 items, of which 55 % are neutral: see
    `always_one_share` beside the score. Metric: accuracy. Source: Kurihara et al. (2022).
    """

    aspect: ClassVar[Aspect] = "reasoning"
    licence: ClassVar[str] = "CC-BY-SA-4.0"
    card: ClassVar[str] = "JGLUE"
    instruction: ClassVar[str] = (
        "前提と仮説の関係を、含意、矛盾、中立の中から一つ選んで答えてください。"
        "前提から仮説が導けるなら含意、両立しないなら矛盾、どちらでもないなら中立です。"
    )
    lead: ClassVar[str] = "関係:"

    def examples(self) -> list[Example]:
        """Read all items."""
        names = list(LABELS)
        found = []
        for where, record in json_lines(Path(self.path)):
            first = field(where, record, "sentence1", str)
            second = field(where, record, "sentence2", str)
            label = field(where, record, "label", str)
            if label not in LABELS:
                raise DataError(f"{where}: label '{label}' is none of {', '.join(names)}")
            found.append(
                Example(
                    id=str(field(where, record, "sentence_pair_id", str)),
                    question=f"前提:{first}\n仮説:{second}",
                    answer=LABELS[label],
                    texts=(first, second),
                    choices=tuple(LABELS.values()),
                    gold=names.index(label),
                )
            )
        return found
