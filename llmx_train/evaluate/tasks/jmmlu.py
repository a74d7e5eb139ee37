"""JMMLU: four choices of an exam question, in 53 subjects and three under narrower terms."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import ClassVar

from llmx_data.core.errors import DataError
from llmx_train.evaluate.reading import csv_files
from llmx_train.evaluate.requests import Aspect
from llmx_train.evaluate.task import Example, Task

LETTERS = "ABCD"
NARROW = ("japanese_civics", "japanese_geography", "japanese_idiom")
"""Subjects of the folder JMMLU_NC_ND: evaluation of language models is allowed, and no more."""

NARROW_LICENCE = "CC-BY-NC-ND-4.0"


class Jmmlu(Task):
    """The likeliest of the four letters is the answer; worked examples are of the same subject.

    Path: the archive (tar, packed or not) or the folder with `<subject>.csv`: question, four
    choices, letter; no header. 7,097 items in 53 subjects; items of the three subjects under
    CC-BY-NC-ND-4.0 (card JMMLU-NC-ND) are read if they are there, and counted by licence.
    Metric: accuracy, over items; groups tell it by subject. Source: nlp-waseda/JMMLU.
    """

    folders: ClassVar[tuple[str, ...]] = ("path",)
    aspect: ClassVar[Aspect] = "knowledge"
    licence: ClassVar[str] = "CC-BY-SA-4.0"
    card: ClassVar[str] = "JMMLU"
    instruction: ClassVar[str] = (
        "次の問題の答えを、A、B、C、Dの中から一つ選んで記号で答えてください。"
    )

    def examples(self) -> list[Example]:
        """Read all items of all subjects."""
        found: list[Example] = []
        for name, rows in csv_files(Path(self.path)):
            subject = PurePosixPath(name).stem
            narrow = subject in NARROW or "NC_ND" in PurePosixPath(name).parent.name
            licence = NARROW_LICENCE if narrow else ""
            for number, cells in enumerate(rows, start=1):
                where = f"{self.path}: {name}:{number}"
                found.append(_example(where, f"{subject}-{number}", subject, licence, cells))
        return found


def _example(where: str, key: str, subject: str, licence: str, cells: list[str]) -> Example:
    if len(cells) != 6 or cells[5].strip() not in [*LETTERS]:
        raise DataError(f"{where}: wanted a question, four choices and a letter A to D")
    question, *choices = (cell.strip() for cell in cells[:5])
    listed = "\n".join(f"{letter}. {c}" for letter, c in zip(LETTERS, choices, strict=True))
    gold = LETTERS.index(cells[5].strip())
    return Example(
        id=key,
        question=f"問題:{question}\n{listed}",
        answer=LETTERS[gold],
        texts=(question,),
        choices=tuple(LETTERS),
        gold=gold,
        group=subject,
        licence=licence,
    )
