"""Tables of a model card: what it learned from, and how it was trained."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import polars as pl

from llmx_data.license.facts import Facts
from llmx_data.license.sentences import ADAPTATIONS, Lang
from llmx_data.publish.outline import generators_of
from llmx_train.recipe import Sft


@dataclass(frozen=True)
class Source:
    """Records of one source under one licence, as training saw them."""

    name: str
    license: str
    records: int
    times_seen: float
    supervised_seen: float
    written_by_models: int
    generators: tuple[str, ...]
    adaptations: tuple[str, ...]
    link: str | None
    """Page of the source; None where it has none."""
    hub: str | None
    """Id of the data set on the hub."""


def sources_of(
    sums: pl.DataFrame, audit: dict[str, Any], manifest: dict[str, Any], facts: Facts
) -> list[Source]:
    """Put what training saw (by source and licence) beside what the mix knows of the sources."""
    homes = {one["source"]: one.get("home") for one in manifest["sources"]}
    found = []
    for row in sums.iter_rows(named=True):
        groups = [
            g
            for g in audit["groups"]
            if (g["source"], g["license_concluded"]) == (row["source"], row["license"])
        ]
        card = facts.card(next((g["card"] for g in groups if g["card"]), None) or row["source"])
        hub = card.hub if card is not None else None
        home = homes.get(row["source"]) or ""
        link = home if home.startswith("http") else hub and f"https://huggingface.co/datasets/{hub}"
        wrote = dict.fromkeys(m for g in groups for m in generators_of(g, facts))
        every = bool(groups) and all(generators_of(g, facts) for g in groups)
        found.append(
            Source(
                row["source"],
                row["license"],
                row["records"],
                row["times_seen"],
                row["supervised_seen"],
                row["records"] if every else row["written_by_models"],
                tuple(wrote),
                tuple(dict.fromkeys(g["adaptation"] for g in groups)),
                link or None,
                hub,
            )
        )
    return found


def data_section(sources: list[Source], mix: str, lang: Lang) -> Iterator[str]:
    """Tell every source: records, licence, how much was learned from it, and who wrote it."""
    ja = lang == "ja"
    yield from ("## 学習データ" if ja else "## Training data", "")
    yield (
        "| 出典 | ライセンス | 件数 | 延べ件数 | 学習したトークン | 割合 | 状態 | 書いたモデル |"
        if ja
        else "| source | licence | records | times seen | tokens learned | share | state "
        "| written by |"
    )
    yield "|---|---|--:|--:|--:|--:|---|---|"
    total = sum(s.supervised_seen for s in sources) or 1.0
    for s in sources:
        states = ", ".join(ADAPTATIONS[a][0 if ja else 1] for a in s.adaptations)
        name = f"[{s.name}]({s.link})" if s.link else f"[{s.name}](ATTRIBUTION.md)"
        yield (
            f"| {name} | {s.license} | {s.records:,} | {s.times_seen:,.6g} | "
            f"{s.supervised_seen:,.0f} | {s.supervised_seen / total:.1%} | {states} | "
            f"{', '.join(s.generators) or '-'} |"
        )
    yield ""
    records = sum(s.records for s in sources) or 1
    share = sum(s.written_by_models for s in sources) / records
    yield (
        f"ミックスは {mix}。言語モデルが書いたと分かっている記録は {share:.1%}。"
        "一件ごとの内訳は provenance.parquet、著作者は ATTRIBUTION.md にある。"
        if ja
        else f"Mix: {mix}. Records known to be written by a language model: {share:.1%}. Every "
        "record is in provenance.parquet, every credit in ATTRIBUTION.md."
    )


def making_section(
    recipe: Sft, train: dict[str, Any], prepare: dict[str, Any], lang: Lang
) -> Iterator[str]:
    """Tell method, settings, tokens, steps, template and versions."""
    ja = lang == "ja"
    yield from ("## 学習方法" if ja else "## How it was trained", "")
    yield "| 項目 | 値 |" if ja else "| setting | value |"
    yield "|---|---|"
    for name, value in settings(recipe, train, prepare):
        yield f"| {name} | {value} |"
    yield ""
    left = {k: n for k, n in prepare["splits"]["train"]["all"].items() if k in _LEFT and n}
    told = ", ".join(f"{k} {n:,}" for k, n in left.items())
    if told:
        yield f"学習前に除いた、または切った記録: {told}。" if ja else f"Left out or cut: {told}."
    yield (
        "時間とメモリは measured.json にある。設定の全体は recipe.resolved.yaml にある。"
        if ja
        else "Time and memory are in measured.json; every setting is in recipe.resolved.yaml."
    )


_LEFT = ("over_length", "unsupervised", "truncated")


def settings(
    recipe: Sft, train: dict[str, Any], prepare: dict[str, Any]
) -> Iterator[tuple[str, str]]:
    """List settings and counts by name; only those that the method has."""
    top = recipe.top
    yield "method", f"{train['kind']}, {train['method']}"
    for name in _OWN.get(train["method"], ()):
        yield f"peft.{name}", _value(getattr(top.peft, name))
    if train["kind"] == "dpo":
        yield "train.beta", _value(top.train.beta)
    for name in _TRAIN:
        yield f"train.{name}", _value(getattr(top.train, name))
    yield "model.dtype", top.model.dtype
    yield "seed", str(train["seed"])
    yield "epochs", f"{train['epochs']:g}"
    yield "steps", f"{train['steps']:,} / {train['planned_steps']:,} ({train['ended']})"
    yield "tokens", f"{train['tokens']:,}"
    yield "supervised tokens", f"{train['supervised']:,}"
    losses = (train["first_loss"], train["last_loss"])
    yield "loss", " → ".join("-" if loss is None else f"{loss:.4f}" for loss in losses)
    template = prepare["template"]
    yield "template", f"{template['name']}, sha256 `{template['sha256']}`"
    yield "tokenizer", f"sha256 `{prepare['tokenizer']['sha256']}`"
    yield "versions", ", ".join(f"{name} {v}" for name, v in sorted(train["versions"].items()))


_LORA = ("r", "alpha", "dropout", "targets", "rslora")
_OWN: dict[str, tuple[str, ...]] = {
    "lora": _LORA,
    "qlora": _LORA,
    "dora": _LORA,
    "prompt_tuning": ("virtual_tokens", "init_text"),
}
_TRAIN = (
    "lr", "scheduler", "warmup", "global_batch", "max_length", "packing", "neftune", "optimizer",
    "weight_decay", "clip", "precision",
)  # fmt: skip


def _value(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "-" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
