"""The real evaluation files, read to their last item; they are beside the project, never in it."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

from llmx_train.evaluate.competition import read_competition
from llmx_train.evaluate.finding import find_task
from llmx_train.evaluate.task import Example

from .fakes import subject

BESIDE = Path(__file__).parents[4] / "shared" / "data"
DATA = Path(os.environ.get("LLMX_SHARED_DATA", BESIDE)) / "eval"
pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason=f"no shared evaluation sets in {DATA} (LLMX_SHARED_DATA)"
)

FILES = {
    "jcommonsenseqa": ("jglue_jcommonsenseqa_valid-v1.3.json.gz", 1_119),
    "jnli": ("jglue_jnli_valid-v1.3.json.gz", 2_434),
    "jsquad": ("jglue_jsquad_valid-v1.3.json.gz", 4_442),
    "jmmlu": ("jmmlu.tar.gz", 7_097),
    "mgsm_ja": ("mgsm_ja.tsv", 250),
}


def examples(use: str) -> list[Example]:
    return find_task(use)(path=str(DATA / FILES[use][0])).examples()


@pytest.mark.parametrize("use", sorted(FILES))
def test_every_item_is_read(use: str) -> None:
    found = examples(use)
    assert len(found) == FILES[use][1]
    assert len({example.id for example in found}) == len(found)
    assert all(example.question and example.answer and all(example.texts) for example in found)
    assert all(e.answer == e.choices[e.gold] for e in found if e.choices)
    assert all(e.choices or e.answers for e in found)


@pytest.mark.parametrize("use", sorted(FILES))
@pytest.mark.parametrize("template", ["bare", "chat"])
def test_a_part_of_each_is_asked_with_worked_examples(use: str, template: str) -> None:
    path = str(DATA / FILES[use][0])
    made = find_task(use)(path=path, shots=3, template=template)
    exam = made.exam(subject(), limit=40)
    assert len(exam.requests) == 40
    assert exam.key == f"{use}/{template}/3-shot"


def test_what_is_known_of_them() -> None:
    golds = Counter(example.answer for example in examples("jnli"))
    assert golds == {"中立": 1_350, "矛盾": 735, "含意": 349}
    subjects = Counter(example.group for example in examples("jmmlu"))
    assert len(subjects) == 53
    assert not any(example.licence for example in examples("jmmlu")), "the three are not in it"
    assert max(min(map(len, e.answers)) for e in examples("jsquad")) == 19
    assert {e.answers[0] for e in examples("mgsm_ja")} >= {"2,125", "276,000"}


def test_the_mirror_of_elyza_tasks_is_a_task_file() -> None:
    assert len(read_competition(DATA / "elyza_tasks_100.jsonl")) == 100
