"""ATTRIBUTION.md: every source with title, author, licence, changes, and every credited author."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import polars as pl

from llmx_data.license.expression import atoms
from llmx_data.license.facts import Facts
from llmx_data.license.findings import Obligation
from llmx_data.license.obligations import held_in
from llmx_data.license.sentences import ADAPTATIONS
from llmx_data.publish.changes import edited_records, said
from llmx_data.publish.generators import generator_notice
from llmx_data.publish.outline import Origin, address, origins

if TYPE_CHECKING:
    from llmx_data.publish.stage import Order


def attribution_page(order: Order) -> str:
    """Credit every source that goes out, its duties, and the authors that its records name."""
    edits = edited_records(order)
    found = origins(order)
    lines = [
        f"# Attribution for {order.name}",
        "",
        "Every record names its source and licence in the columns `source` and `license`, and what "
        "was done to it in `adaptation`.",
        "",
        "## Sources",
        "",
    ]
    for origin in found:
        lines += [*_source(origin, said(edits.get(origin.name, {})), order.facts), ""]
    lines += ["## What each source asks for", ""]
    for name, duties in _duties(order).items():
        lines += [f"### {name}", "", *(_duty(duty, name, order.facts) for duty in duties), ""]
    generators = dict.fromkeys(g for origin in found for g in origin.generators)
    asked = generator_notice(generators, order.facts)
    if asked:
        head = "## What models trained on generated text must bear"
        lines += [head, "", *(line and f"    {line}" for line in asked.splitlines()), ""]
    return "\n".join([*lines, *_authors(order)]).rstrip("\n") + "\n"


def _source(origin: Origin, edits: list[str], facts: Facts) -> Iterator[str]:
    """Title, author, source, licence and changes of one source (CC's TASL); unknowns left out."""
    yield f"### {origin.name}"
    yield ""
    yield f"- Title: {origin.title}"
    if origin.author:
        yield f"- Author: {origin.author}"
    if origin.home:
        yield f"- Source: {origin.home}"
    for expression, count in origin.licenses.items():
        yield f"- Licence: {_links(expression, facts)} ({count:,} records)"
    for database in origin.databases:
        yield f"- Licence of the database: {_links(database, facts)}"
    states = (f"{ADAPTATIONS[a][1]} {n:,}" for a, n in origin.adaptations.items())
    yield f"- Changes: {', '.join(states)} records" + "".join(f"; {edit}" for edit in edits)
    if origin.generators:
        yield f"- Written by: {', '.join(origin.generators)}"
    if origin.citation:
        yield f"- Citation: {' '.join(origin.citation.split())}"


def _links(expression: str, facts: Facts) -> str:
    return " AND ".join(_link(license_id, facts) for license_id in atoms(expression))


def _link(license_id: str, facts: Facts) -> str:
    """Licence with its own page, and the text that lies in LICENSES/ where there is one."""
    terms, path = facts.terms.get(license_id), facts.text_of(license_id)
    url = terms.url if terms is not None and terms.url else address(license_id, facts)
    text = f" (text: LICENSES/{license_id}{path.suffix})" if path is not None else ""
    return (f"[{license_id}]({url})" if url != license_id else license_id) + text


def _duties(order: Order) -> dict[str, list[Obligation]]:
    found: dict[str, dict[Obligation, None]] = {}
    for verdict in order.verdicts:
        if verdict.subject is not None and verdict.obligations:
            found.setdefault(verdict.subject.source, {}).update(dict.fromkeys(verdict.obligations))
    return {source: list(duties) for source, duties in found.items()}


def _duty(duty: Obligation, source: str, facts: Facts) -> str:
    place = held_in(duty, facts)
    words = duty.say().replace("{database}", source)
    return f"- {words}" + (f" Here: {place}" if place else " Not held in a file: yours to see to.")


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
        lines += [f"## Authors named by the records of {source}", ""]
        for row in part.sort("attribution", "title", "url", nulls_last=True).iter_rows(named=True):
            where = " ".join(row[k] for k in ("title", "url") if row[k])
            credit = " ".join(row["attribution"].split())
            lines.append(f"- {where}: {credit}" if where else f"- {credit}")
        lines.append("")
    return lines
