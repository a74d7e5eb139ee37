"""Section of a model card on evaluation: before and after, with intervals, and what is unknown."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

from llmx_data.core.storage import read_json
from llmx_data.license.sentences import Lang
from llmx_train.evaluate.requests import Aspect

ASPECTS: dict[str, tuple[str, str]] = {
    "fit": ("学習データへの適合", "fit to held-out data"),
    "form": ("答えの形", "form of answers"),
    "knowledge": ("知識", "knowledge"),
    "reasoning": ("推論", "reasoning"),
    "reading": ("読解", "reading"),
    "mathematics": ("数学", "mathematics"),
}
VERDICTS = {
    "better": ("改善", "better"),
    "worse": ("悪化", "worse"),
    "undecided": ("判定できない", "undecided"),
}
WHY = {
    "neither way is better": "方向の良し悪しがない",
    "no item differs": "差のある項目がない",
    "no common items": "共通の項目がない",
    "fewer than two items": "項目が2件未満",
}
"""Reasons of the comparison in Japanese; others are told as they are."""


def evaluation_of(run: Path) -> dict[str, Any] | None:
    """Read the comparison; the tuned model's figures where the base was not measured; else None."""
    comparison = run / "eval" / "comparison.json"
    if comparison.is_file():
        found: dict[str, Any] = read_json(comparison)
        return found
    alone = run / "eval" / "tuned" / "results.json"
    if not alone.is_file():
        return None
    rows = [
        {"key": key, "metric": metric, "aspect": one["aspect"], "direction": direction}
        | {"n": one["means"][metric]["n"], "tuned": one["means"][metric]["mean"]}
        for key, one in sorted(read_json(alone)["results"].items())
        for metric, direction in sorted(one["metrics"].items())
    ]
    return {"format": "llmx.figures/1", "tasks": rows}


def evaluation_section(told: dict[str, Any] | None, lang: Lang) -> Iterator[str]:
    """Tell what was measured before and after, with intervals, and what was not."""
    ja = lang == "ja"
    yield from ("## 評価" if ja else "## Evaluation", "")
    compared = told is not None and "aspects" in told
    if told is None:
        yield "何も測っていない。" if ja else "Nothing was measured."
    elif compared:
        yield from _compared(told, lang)
    else:
        yield from _alone(told, lang)
    measured = {row["aspect"] for row in (told or {}).get("tasks", []) if row["n"]}
    names = [ASPECTS.get(a, (a, a))[0 if ja else 1] for a in get_args(Aspect) if a not in measured]
    yield ""
    if ja:
        yield f"測っていないもの: {'、'.join([*names, '安全性', '偏り', '人による評価'])}。"
    else:
        yield f"Not measured: {', '.join([*names, 'safety', 'bias', 'human judgement'])}."


def _compared(told: dict[str, Any], lang: Lang) -> Iterator[str]:
    ja = lang == "ja"
    level = f"{told['level']:.0%}"
    yield (
        f"元のモデルと学習後を同じ項目で比べた。区間は対応のあるブートストラップ"
        f"（{told['resamples']:,} 回）の {level} 区間。区間が 0 をまたぐものは判定できない。"
        if ja
        else f"Base and tuned model on the same items; intervals are {level} of a paired bootstrap "
        f"({told['resamples']:,} draws). Where one holds 0, nothing is decided."
    )
    yield ""
    heads = ("観点", "課題") if ja else ("aspect", "task")
    for head, rows in zip(heads, (told["aspects"], told["tasks"]), strict=True):
        if rows:
            yield (
                f"| {head} | 件数 | 元 | 学習後 | 差 | {level} 区間 | 判定 |"
                if ja
                else f"| {head} | items | base | tuned | difference | {level} interval | verdict |"
            )
            yield "|---|--:|--:|--:|--:|---|---|"
            yield from (_row(row, lang) for row in rows)
            yield ""
    yield "↓ は小さいほど良い。" if ja else "↓: lower is better."
    lost = [*told["only_base"], *told["only_tuned"]]
    if lost:
        names = ", ".join(lost)
        yield f"片方だけで測った課題: {names}。" if ja else f"Measured on one side only: {names}."


def _row(row: dict[str, Any], lang: Lang) -> str:
    at = 0 if lang == "ja" else 1
    name = f"{row['key']} {row['metric']}" if "metric" in row else _aspect(row["aspect"], lang)
    name += " ↓" if row["direction"] == "lower" else ""
    if not row.get("same_prompts", True):
        name += "（問いの文が異なる）" if lang == "ja" else " (prompts differ)"
    between = "-" if row["low"] is None else f"[{row['low']:+.3f}, {row['high']:+.3f}]"
    why = WHY.get(row["why"], row["why"]) if lang == "ja" else row["why"]
    verdict = VERDICTS[row["verdict"]][at] + (f" ({why})" if why else "")
    numbers = [_number(row["base"]), _number(row["tuned"]), _number(row["difference"], "+")]
    return "| " + " | ".join([name, f"{row['n']:,}", *numbers, between, verdict]) + " |"


def _aspect(name: str, lang: Lang) -> str:
    return ASPECTS.get(name, (name, name))[0 if lang == "ja" else 1]


def _number(value: float | None, sign: str = "") -> str:
    return "-" if value is None else f"{value:{sign}.3f}"


def _alone(told: dict[str, Any], lang: Lang) -> Iterator[str]:
    ja = lang == "ja"
    yield (
        "元のモデルは測っていないので、学習の効果は分からない。"
        if ja
        else "The base was not measured, so the effect of training is not known."
    )
    yield ""
    yield "| 課題 | 件数 | 学習後 |" if ja else "| task | items | tuned |"
    yield "|---|--:|--:|"
    for row in told["tasks"]:
        mark = " ↓" if row["direction"] == "lower" else ""
        name = f"{row['key']} {row['metric']}{mark}"
        yield f"| {name} | {row['n']:,} | {_number(row['tuned'])} |"
