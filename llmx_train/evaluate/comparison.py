"""Base and tuned, task by task, source by source, aspect by aspect: `eval/comparison.json`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from llmx_data.core.storage import read_json, write_json
from llmx_train.evaluate.compare import LEVEL, RESAMPLES, Pairs, compare, seed_of
from llmx_train.evaluate.ledger import read_lines

FORMAT = "llmx.comparison/1"


def compare_runs(base: Path, tuned: Path, out: Path, *, seed: int = 0) -> dict[str, Any]:
    """Compare two folders of scores, pairing items by id; write and give the comparison.

    `tasks`: one row per key and metric; `groups`: the same within each source or subject;
    `aspects`: the mean over the tasks of one aspect that are better when higher, each task by its
    first metric. Items that one side lacks are left out and counted. Where a task's prompts
    are not the same on both sides, its rows say `same_prompts: false`.
    """
    rows: list[dict[str, Any]] = []
    groups: list[dict[str, Any]] = []
    aspects: dict[str, list[tuple[str, Pairs]]] = {}
    for key, one, other in _both(base, tuned):
        sides = [_items(folder / key) for folder in (base, tuned)]
        for number, (metric, direction) in enumerate(other["metrics"].items()):
            facts = {"key": key, "metric": metric, "direction": direction}
            facts |= {"aspect": other["aspect"]}
            pairs, lost, where = _pairs(sides[0], sides[1], metric)
            told = compare([pairs], direction, seed=seed_of(seed, key, metric)).row()
            same = one["prompts_sha256"] == other["prompts_sha256"]
            rows.append(facts | told | lost | {"same_prompts": same})
            for group in sorted(set(where) - {""}):
                part = _part(pairs, [k for k, name in enumerate(where) if name == group])
                told = compare([part], direction, seed=seed_of(seed, key, metric, group)).row()
                groups.append(facts | {"group": group} | told)
            if number == 0 and direction == "higher" and len(pairs.base):
                aspects.setdefault(other["aspect"], []).append((key, pairs))
    found = {
        "format": FORMAT,
        "resamples": RESAMPLES,
        "level": LEVEL,
        "seed": seed,
        "tasks": rows,
        "groups": groups,
        "aspects": [_aspect(name, parts, seed) for name, parts in sorted(aspects.items())],
        "only_base": sorted(set(_keys(base)) - set(_keys(tuned))),
        "only_tuned": sorted(set(_keys(tuned)) - set(_keys(base))),
    }
    write_json(out, found)
    return found


def _aspect(name: str, parts: list[tuple[str, Pairs]], seed: int) -> dict[str, Any]:
    told = compare([pairs for _, pairs in parts], "higher", seed=seed_of(seed, "aspect", name))
    return {"aspect": name, "direction": "higher", "keys": [key for key, _ in parts]} | told.row()


def _keys(folder: Path) -> list[str]:
    """Keys of finished tasks; a task is finished when its result is there."""
    found = folder.rglob("result.json")
    return sorted(path.parent.relative_to(folder).as_posix() for path in found)


def _both(base: Path, tuned: Path) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    there = set(_keys(base))
    for key in _keys(tuned):
        if key in there:
            one, other = (read_json(folder / key / "result.json") for folder in (base, tuned))
            yield key, one, other


def _items(folder: Path) -> dict[str, dict[str, Any]]:
    return {line["item"]: line for line in read_lines(folder / "scores.jsonl")}


def _pairs(
    base: dict[str, dict[str, Any]], tuned: dict[str, dict[str, Any]], metric: str
) -> tuple[Pairs, dict[str, Any], list[str]]:
    """Pairs of the items that both sides scored, what was left out, and the items' groups.

    Where the weights differ (other tokens by another tokenizer) nothing is comparable.
    """
    has = [
        {item for item, line in side.items() if metric in line["scores"]} for side in (base, tuned)
    ]
    both = [item for item in base if item in has[0] & has[1]]
    told = {"only_base_items": len(has[0] - has[1]), "only_tuned_items": len(has[1] - has[0])}
    sides = [
        np.array([side[item]["scores"][metric] for item in both], np.float64).reshape(-1, 2)
        for side in (base, tuned)
    ]
    if not np.array_equal(sides[0][:, 1], sides[1][:, 1]):
        both, sides = [], [np.zeros((0, 2))] * 2
        told["other_weights"] = True
    found = Pairs(sides[0][:, 0], sides[1][:, 0], sides[0][:, 1])
    return found, told, [str(base[item]["group"]) for item in both]


def _part(pairs: Pairs, where: list[int]) -> Pairs:
    return Pairs(pairs.base[where], pairs.tuned[where], pairs.weight[where])
