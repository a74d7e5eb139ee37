"""docs/evaluate.md tells every task, option, metric and figure, and its recipe is a real one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from llmx_data.core.yaml12 import load
from llmx_train.evaluate.compare import FEWEST, RESAMPLES
from llmx_train.evaluate.finding import find_task, read_tasks, task_names
from llmx_train.evaluate.tier0 import ANSWERS, FIT_METRICS, FORM_METRICS
from llmx_train.recipe import Evaluation

PAGE = (Path(__file__).parents[3] / "docs" / "evaluate.md").read_text(encoding="utf-8")
RECIPE = "\n".join(
    line[4:] for line in re.findall(r"(?m)^    (?:eval:|  ).*$", PAGE.partition("## Tasks")[0])
)


def test_the_recipe_of_the_page_is_read(tmp_path: Path) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text(RECIPE, encoding="utf-8")
    given = Evaluation.model_validate(load(path).data["eval"])
    for entry in given.tasks:
        file = tmp_path / entry["path"]
        file.parent.mkdir(exist_ok=True)
        file.touch()
    keys = [task.key() for task in read_tasks(given.tasks, path)]
    assert keys[:2] == ["jcommonsenseqa/bare/3-shot", "jcommonsenseqa/chat/0-shot"]
    assert len(keys) == 4


@pytest.mark.parametrize("use", task_names())
def test_every_task_has_its_row(use: str) -> None:
    kind = find_task(use)
    row = next(line for line in PAGE.splitlines() if line.startswith(f"| `{use}` |"))
    own = set(kind.model_fields) - {"path", "shots", "template"}
    told = [f"`{name}`" for name in (*kind.metrics, *own)]
    assert all(word in row for word in (*told, kind.aspect, f"{kind.licence} ({kind.card})")), row


def test_every_metric_of_tier_0_has_its_row() -> None:
    for name, better in (FIT_METRICS | FORM_METRICS).items():
        shown = "-" if better == "none" else better
        assert re.search(rf"(?m)^\|.*\| `{name}` \| {shown} \|", PAGE), name


def test_figures_are_those_of_the_code() -> None:
    assert f"{RESAMPLES:,} times" in PAGE
    assert f"at most {ANSWERS} records" in PAGE
    assert FEWEST == 6
    assert "fewer than six" in PAGE
