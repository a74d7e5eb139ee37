"""ATTRIBUTION.md: every source with title, author, licence, changes, and every credited author."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from llmx_data.license.obligations import attribution, duties

if TYPE_CHECKING:
    from llmx_data.publish.stage import Order


def attribution_page(order: Order) -> str:
    """Credit every source that goes out, its duties, and the authors that its records name."""
    lines = [
        f"# Attribution for {order.name}",
        "",
        "Every record names its source and licence in the columns `source` and `license`.",
        "",
        "## Sources",
        "",
    ]
    known = {source["source"]: source for source in order.sources}
    done: set[str] = set()
    for verdict in order.verdicts:
        if verdict.subject is None:
            continue
        line = attribution(verdict, order.facts)
        source = known.get(verdict.subject.source, {})
        credit = [source[k] for k in ("title", "author", "home") if source.get(k)]
        text = f"- **{verdict.subject.source}**: {line}" + (
            f" ({', '.join(credit)})" if credit else ""
        )
        if text not in done:
            lines.append(text)
            done.add(text)
    lines += ["", "## What each source asks for", ""]
    for name, sentences in duties(order.verdicts):
        if sentences:
            lines += [f"### {name}", "", *[f"- {s}" for s in sentences], ""]
    return "\n".join([*lines, *_authors(order)]) + "\n"


def _authors(order: Order) -> list[str]:
    """Gather authors by source, as records name them, each once with the titles they wrote."""
    lines: list[str] = []
    frames = [
        pl.read_parquet(shard.path, columns=["source", "title", "url", "attribution"])[rows].filter(
            pl.col("attribution").is_not_null()
        )
        for shard, rows in zip(order.shards, order.rows, strict=True)
        if len(rows)
    ]
    if not frames:
        return lines
    named = pl.concat(frames).unique(maintain_order=True)
    for (source,), part in named.partition_by("source", as_dict=True, maintain_order=True).items():
        lines += ["", f"## Authors named by the records of {source}", ""]
        for row in part.sort("attribution", "title", "url", nulls_last=True).iter_rows(named=True):
            where = " ".join(row[k] for k in ("title", "url") if row[k])
            credit = " ".join(row["attribution"].split())
            lines.append(f"- {where}: {credit}" if where else f"- {credit}")
    return lines
