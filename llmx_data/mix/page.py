"""What `llmx mix` prints: shares asked and reached, splits, verdict."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def mixed_page(summary: dict[str, Any]) -> str:
    """Tell of a finished mix."""
    verdict = summary["verdict"]
    lines = [
        *mix_page(summary["name"], summary["mix"]),
        f"licences: {verdict['result']} ({', '.join(verdict['outgoing'])}), see "
        "dataset/ATTRIBUTION.md",
        f"report:   {summary['run']}/report.html",
        f'load:     datasets.load_dataset("{summary["run"]}/dataset")',
    ]
    return "\n".join(lines)


def plan_page(found: dict[str, Any]) -> str:
    """Tell what a mix would hold."""
    lines = [*mix_page(found["name"], found["mix"]), f"licences: {found['verdict']}"]
    lines += [f"  {reason}" for reason in found["reasons"]]
    lines += [found["fix"]] if found["fix"] else []
    return "\n".join(lines)


def mix_page(name: str, mix: dict[str, Any]) -> Iterator[str]:
    """Give a line per run and per source, sizes in records and in the unit of the shares."""
    unit = "records" if mix["unit"] == "rows" else mix["unit"]
    more = unit if unit != "records" else "chars"
    budget = f" of {mix['budget']:,} asked" if mix["budget"] is not None else ""
    yield (
        f"{name}: {mix['train']['records']:,} records to train on, an epoch has "
        f"{mix['epoch'][unit]:,} {unit}{budget}; {mix['dev']['records']:,} held out"
    )
    yield f"{'run':<30}{'train':>9}{'seen':>6}{more:>14}{'asked':>8}{'reached':>9}{'dev':>8}"
    for run in mix["runs"]:
        yield (
            f"{run['name']:<30}{run['train']['records']:>9,}{run['upsample']:>6}"
            f"{run['epoch'][more]:>14,}{run['asked']:>8.1%}{run['reached']:>9.1%}"
            f"{run['dev']['records']:>8,}"
        )
        for source in run["sources"]:
            yield (
                f"  {source['source']:<28}{source['train']['records']:>9,}{'':>6}"
                f"{source['epoch'][more]:>14,}{'':>17}{source['dev']['records']:>8,}"
            )
    yield (
        f"{mix['clusters']:,} clusters of records that are alike, the largest has "
        f"{mix['largest_cluster']:,}; none is on both sides"
    )
