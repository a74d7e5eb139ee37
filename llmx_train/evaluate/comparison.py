"""Base and tuned, task by task, source by source, aspect by aspect: `eval/comparison.json`."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from llmx_data.core.storage import read_json, write_json
from llmx_train.evaluate.compare import LEVEL, RESAMPLES, Pairs, compare, seed_of
from llmx_train.evaluate.ledger import read_lines
from llmx_train.evaluate.requests import Direction

FORMAT = "llmx.comparison/1"
Lines = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Metric:
    """One metric of one key, with the items that both sides scored."""

    key: str
    name: str
    main: bool
    aspect: str
    direction: Direction
    items: list[str]
    groups: list[str]
    pairs: Pairs
    notes: dict[str, Any]

    @property
    def facts(self) -> dict[str, Any]:
        """What names it in a row."""
        told = {"key": self.key, "metric": self.name, "aspect": self.aspect}
        return told | {"direction": self.direction}

    def of(self, group: str) -> Pairs:
        """Pairs of one source or subject."""
        where = [k for k, name in enumerate(self.groups) if name == group]
        return _at(self.pairs, where)


def compare_runs(base: Path, tuned: Path, out: Path, *, seed: int = 0) -> dict[str, Any]:
    """Compare two folders of scores, pairing items by id; write and give the comparison.

    `tasks`: one row per key and metric; `groups`: the same within each source or subject;
    `aspects`: the mean over the tasks of one aspect, each by its main metric, a task asked in
    several forms by the mean over them. Items that one side lacks are left out and counted.
    Where a task's prompts are not the same on both sides, its rows say `same_prompts: false`.
    """
    sides = [read_json(folder / "results.json")["results"] for folder in (base, tuned)]
    metrics = [
        metric
        for key in sorted(set(sides[0]) & set(sides[1]))
        for metric in _metrics(key, [side[key] for side in sides], [base / key, tuned / key])
    ]
    found = {
        "format": FORMAT,
        "resamples": RESAMPLES,
        "level": LEVEL,
        "seed": seed,
        "tasks": [_row(metric, seed) for metric in metrics],
        "groups": [row for metric in metrics for row in _group_rows(metric, seed)],
        "aspects": _aspect_rows([metric for metric in metrics if metric.main], seed),
        "only_base": sorted(set(sides[0]) - set(sides[1])),
        "only_tuned": sorted(set(sides[1]) - set(sides[0])),
    }
    write_json(out, found)
    return found


def _row(metric: Metric, seed: int) -> dict[str, Any]:
    own = seed_of(seed, metric.key, metric.name)
    return metric.facts | compare([metric.pairs], metric.direction, seed=own).row() | metric.notes


def _group_rows(metric: Metric, seed: int) -> list[dict[str, Any]]:
    rows = []
    for group in sorted(set(metric.groups) - {""}):
        own = seed_of(seed, metric.key, metric.name, group)
        told = compare([metric.of(group)], metric.direction, seed=own)
        rows.append(metric.facts | {"group": group} | told.row())
    return rows


def _aspect_rows(metrics: list[Metric], seed: int) -> list[dict[str, Any]]:
    rows = []
    ordered = sorted(metrics, key=lambda m: (m.aspect, m.direction, m.key))
    for (aspect, direction), found in groupby(ordered, key=lambda m: (m.aspect, m.direction)):
        part = list(found)
        tasks = groupby(part, key=lambda m: m.key.partition("/")[0])
        strata = [_over_forms(list(forms)) for _, forms in tasks]
        told = compare(strata, direction, seed=seed_of(seed, "aspect", aspect))
        keys = [metric.key for metric in part]
        rows.append({"aspect": aspect, "direction": direction, "keys": keys} | told.row())
    return rows


def _over_forms(forms: list[Metric]) -> Pairs:
    """Mean of one task's forms per item: forms are no independent items."""
    common = set(forms[0].items).intersection(*(form.items for form in forms))
    parts = [
        _at(form.pairs, [k for k, item in enumerate(form.items) if item in common])
        for form in forms
    ]
    base = np.mean([part.base for part in parts], axis=0)
    return Pairs(base, np.mean([part.tuned for part in parts], axis=0), parts[0].weight)


def _metrics(key: str, results: list[dict[str, Any]], folders: list[Path]) -> list[Metric]:
    """Metrics of a key, the main one first."""
    base, tuned = ({x["item"]: x for x in read_lines(f / "scores.jsonl")} for f in folders)
    same = results[0]["prompts_sha256"] == results[1]["prompts_sha256"]
    main = results[1]["main"]
    found = []
    for name in sorted(results[1]["metrics"], key=lambda name: (name != main, name)):
        items, pairs, notes = _pairs(base, tuned, name)
        found.append(
            Metric(
                key=key,
                name=name,
                main=name == main,
                aspect=results[1]["aspect"],
                direction=results[1]["metrics"][name],
                items=items,
                groups=[str(base[item]["group"]) for item in items],
                pairs=pairs,
                notes=notes | {"same_prompts": same},
            )
        )
    return found


def _pairs(base: Lines, tuned: Lines, name: str) -> tuple[list[str], Pairs, dict[str, Any]]:
    """Pair the items that both sides scored, and tell what was left out.

    Where the weights differ (other tokens by another tokenizer) nothing is comparable.
    """
    one, other = (
        {item: line["scores"][name] for item, line in side.items() if name in line["scores"]}
        for side in (base, tuned)
    )
    items = [item for item in one if item in other]
    notes: dict[str, Any] = {
        "only_base_items": len(one) - len(items),
        "only_tuned_items": len(other) - len(items),
    }
    if any(one[item][1] != other[item][1] for item in items):
        items, notes["other_weights"] = [], True
    left, right = (
        np.array([side[item] for item in items], np.float64).reshape(-1, 2) for side in (one, other)
    )
    return items, Pairs(left[:, 0], right[:, 0], left[:, 1]), notes


def _at(pairs: Pairs, where: list[int]) -> Pairs:
    return Pairs(pairs.base[where], pairs.tuned[where], pairs.weight[where])
