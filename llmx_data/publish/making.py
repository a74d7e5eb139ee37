"""The card's section on generated records: who wrote them, with which prompts, and what it gave."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    from llmx_data.publish.stage import Order

METHOD = pl.col("meta").str.json_path_match("$.method").fill_null("unknown")


def making_section(order: Order) -> list[str]:
    """Tell how the generated sources were made (their `synthesis`); nothing where there are none.

    Sources of one synth run, which hold its kinds of record, are told of once.
    """
    told: list[tuple[list[str], dict[str, Any] | None]] = []
    for source in order.sources:
        if "synthesis" in source:
            same = [names for names, made in told if made == source["synthesis"]]
            if same:
                same[0].append(source["source"])
            else:
                told.append(([source["source"]], source["synthesis"]))
    if not told:
        return []
    lines = ["", "## How the texts were generated"]
    for names, made in told:
        lines += ["", *_told(order, names, made)]
    return lines


def _told(order: Order, names: list[str], made: dict[str, Any] | None) -> Iterator[str]:
    counts = records_by_method(order, names)
    if made is None:
        yield f"How the records of {', '.join(names)} were generated is not known here."
        yield from ("", "| method | records |", "|---|--:|")
        yield from (f"| {_cell(name)} | {count:,} |" for name, count in counts.items())
        return
    yield from _who(made)
    yield from ("", "| method | requests | answered | made | records here | rejected when made |")
    yield "|---|--:|--:|--:|--:|---|"
    for name in sorted({*counts, *made["methods"]}):
        of = made["methods"].get(name, {})
        reasons = ", ".join(f"{_cell(r)} {n:,}" for r, n in sorted(of.get("rejected", {}).items()))
        figures = " | ".join(_number(of.get(k)) for k in ("requests", "answered", "made"))
        yield f"| {_cell(name)} | {figures} | {counts.get(name, 0):,} | {reasons or 'none'} |"
    yield from ("", "Made and not here: dropped by the steps above.")
    if made["prompts"]:
        yield from ("", "| prompt | requests | sha256 |", "|---|--:|---|")
        for one in made["prompts"]:
            many = f" ({one['wordings']:,} wordings)" if one["wordings"] > 1 else ""
            yield f"| {_cell(one['id'])}{many} | {one['requests']:,} | `{one['sha256']}` |"


def _who(made: dict[str, Any]) -> Iterator[str]:
    """List models, engine, seed, sampling and tokens."""
    if made["rules"]:
        named = ", ".join(f"{o['model']}, revision `{o['revision']}`" for o in made["generators"])
        rules = f" ({named})" if named else ""
        yield f"- No language model was used: the texts were computed by rules{rules}."
    else:
        for one in made["generators"]:
            parts = [f"`{one['repo']}`"] if one["repo"] else []
            parts.append(f"revision `{one['revision']}`" if one["revision"] else "no revision set")
            parts += [f"quantization {one['quantization']}"] if one["quantization"] else []
            yield f"- {one['role'].capitalize()}: {one['model']} ({', '.join(parts)})"
    yield f"- Engine: {made['engine']}"
    yield f"- Seed: {made['seed']}"
    for role, options in made["sampling"].items():
        values = (f"{k} {v}" for k, v in options.items() if v is not None and v != [])
        yield f"- Sampling ({role}): {', '.join(values)}"
    if made["tokens_out"]:
        yield f"- Tokens: {made['tokens_in']:,} in, {made['tokens_out']:,} out"


def records_by_method(order: Order, names: list[str]) -> dict[str, int]:
    """Count what goes out of these sources by method, sorted by name; reads the column meta."""
    found: dict[str, int] = {}
    for shard, rows in zip(order.shards, order.rows, strict=True):
        if shard.source not in names or not len(rows):
            continue
        methods = pl.read_parquet(shard.path, columns=["meta"]).select(METHOD)["meta"].gather(rows)
        for name, count in methods.value_counts().iter_rows():
            found[name] = found.get(name, 0) + count
    return dict(sorted(found.items()))


def _number(count: int | None) -> str:
    return "" if count is None else f"{count:,}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
