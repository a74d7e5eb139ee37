"""Pairing of two folders of scores: what is left out, several forms, other prompts, old tasks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from llmx_data.core.storage import write_json
from llmx_train.evaluate.comparison import compare_runs
from llmx_train.evaluate.ledger import write_lines
from llmx_train.evaluate.table import table

Scores = dict[str, Any]


def side(folder: Path, keys: dict[str, Scores], *, prompts: str = "p", weight: float = 1) -> Path:
    """Write scores of keys: item -> value; groups by the item's first letter."""
    results = {}
    for key, values in keys.items():
        lines = [
            {"id": item, "item": item, "group": item[0], "scores": {"accuracy": [value, weight]}}
            for item, value in values.items()
        ]
        write_lines(folder / key / "scores.jsonl", lines)
        results[key] = {
            "metrics": {"accuracy": "higher"},
            "main": "accuracy",
            "aspect": "reading",
            "prompts_sha256": prompts,
        }
    write_json(folder / "results.json", {"results": results})
    return folder


def told(tmp_path: Path, base: dict[str, Scores], tuned: dict[str, Scores]) -> dict[str, Any]:
    one, other = side(tmp_path / "base", base), side(tmp_path / "tuned", tuned)
    return compare_runs(one, other, tmp_path / "comparison.json")


def items(value: float, n: int = 8, letter: str = "a") -> Scores:
    return {f"{letter}{k}": value for k in range(n)}


def test_items_are_paired_by_id_and_the_rest_is_counted(tmp_path: Path) -> None:
    base = {"b1": 1.0, **items(0), "c1": 1.0}
    found = told(tmp_path, {"t": base}, {"t": {**dict(reversed(items(1).items())), "d1": 0.0}})
    row = found["tasks"][0]
    assert (row["n"], row["base"], row["tuned"], row["verdict"]) == (8, 0, 1, "better")
    assert (row["only_base_items"], row["only_tuned_items"]) == (2, 1)
    assert [row["group"] for row in found["groups"]] == ["a"]


def test_forms_of_one_task_are_no_independent_items(tmp_path: Path) -> None:
    gain = {f"a{k}": float(k % 3 > 0) for k in range(30)}
    forms = {"t/bare/0-shot": gain, "t/chat/0-shot": gain, "t/chat/3-shot": gain}
    found = told(tmp_path, {key: items(0.0, 30) for key in forms}, forms)
    aspect, task = found["aspects"][0], found["tasks"][0]
    assert aspect["n"] == 30
    assert aspect["high"] - aspect["low"] == pytest.approx(task["high"] - task["low"], rel=0.2)
    assert aspect["keys"] == sorted(forms)


def test_tasks_of_an_aspect_weigh_the_same(tmp_path: Path) -> None:
    base, tuned = {"s": items(0, 90), "t": items(0, 10)}, {"s": items(0, 90), "t": items(1, 10)}
    assert told(tmp_path, base, tuned)["aspects"][0]["difference"] == pytest.approx(0.5)


def test_what_one_side_lacks_is_named_and_old_folders_do_not_count(tmp_path: Path) -> None:
    side(tmp_path / "base", {"old": items(1)})
    side(tmp_path / "tuned", {"old": items(0)})
    found = told(tmp_path, {"t": items(0), "x": items(0)}, {"t": items(1), "y": items(0)})
    assert [row["key"] for row in found["tasks"]] == ["t"]
    assert (found["only_base"], found["only_tuned"]) == (["x"], ["y"])


def test_other_prompts_are_marked(tmp_path: Path) -> None:
    one = side(tmp_path / "base", {"t": items(0)})
    other = side(tmp_path / "tuned", {"t": items(1)}, prompts="other")
    found = compare_runs(one, other, tmp_path / "comparison.json")
    assert not found["tasks"][0]["same_prompts"]
    assert "t accuracy (!)" in table(found)


def test_other_weights_are_not_comparable(tmp_path: Path) -> None:
    one = side(tmp_path / "base", {"t": items(0)})
    other = side(tmp_path / "tuned", {"t": items(1)}, weight=2)
    row = compare_runs(one, other, tmp_path / "comparison.json")["tasks"][0]
    assert (row["n"], row["verdict"], row["other_weights"]) == (0, "undecided", True)
    assert row["why"] == "no common items"
