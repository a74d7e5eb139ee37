"""From a recipe and curated records to methods at their desks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from llmx_data.core.errors import DataError
from llmx_data.core.storage import read_json
from llmx_data.core.tables import MESSAGES
from llmx_data.license.facts import Facts
from llmx_data.synth.desk import Desk
from llmx_data.synth.methods import Method
from llmx_data.synth.requests import Role
from llmx_data.synth.rounds import Seat
from llmx_data.synth.serving import served
from llmx_data.synth_engines import Cast
from llmx_data.synth_plan import DEFAULTS, SynthPlan

COLUMNS = ["id", "source", "origin", "title", "text", "date", "url", "attribution", "license",
           "license_db", "terms", "accepted_by", "adaptation", "generator"]  # fmt: skip


def read_records(run: Path, methods: Sequence[Method], facts: Facts) -> pl.DataFrame:
    """Read the records of a run that the methods ask about, sorted by id, with their kind.

    What the run knows of their sources stays with them: `origin` is the data set's card, so that
    its terms go on to bind, and `attribution` credits the source where a record names nobody.
    Errors: DataError where there are none though a method asks about some.
    """
    dataset, frames = run / "dataset", []
    kinds = list(dict.fromkeys(kind for method in methods for kind in method.kinds))
    for kind in kinds:
        for file in sorted(dataset.glob(f"{kind}*/train-*.parquet")):
            chat = [] if kind == "document" else ["messages"]
            frame = pl.read_parquet(file, columns=[*COLUMNS, *chat])
            if not chat:
                frame = frame.with_columns(messages=pl.lit(None, MESSAGES))
            frames.append(frame.with_columns(kind=pl.lit(kind)))
    if kinds and not frames:
        wanted = ", ".join(kinds)
        raise DataError(f"{dataset}: holds no records of kind {wanted}\n    llmx curate RECIPE")
    if not frames:
        schema = dict.fromkeys([*COLUMNS, "kind"], pl.String)
        return pl.DataFrame(schema=schema | {"terms": pl.List(pl.String), "messages": MESSAGES})
    groups = read_json(run / "audit" / "audit.json")["groups"]
    cards = {g["source"]: g["card"] or _card(g["source"], facts) for g in groups}
    credits = {s["source"]: _credit(s) for s in read_json(run / "manifest.json")["sources"]}
    return (
        pl.concat(frames)
        .with_columns(
            pl.coalesce("origin", _looked_up(cards)),
            pl.coalesce("attribution", _looked_up(credits)),
        )
        .sort("id")
    )


def _looked_up(by_source: Mapping[str, str | None]) -> pl.Expr:
    return pl.col("source").replace_strict(by_source, default=None, return_dtype=pl.String)


def _card(source: str, facts: Facts) -> str | None:
    card = facts.card(source)
    return card.id if card is not None else None


def _credit(source: dict[str, Any]) -> str:
    said = (source["title"] or source["source"], source["author"], source["home"])
    return ", ".join(part for part in said if part)


def usable(records: pl.DataFrame, method: Method) -> pl.DataFrame:
    """Give records of a method's kinds; where a model is asked, none that a model wrote.

    Those would carry the terms of two generators, and records name one.
    """
    some = records.filter(pl.col("kind").is_in(list(method.kinds)))
    return some.filter(pl.col("generator").is_null()) if method.model else some


def seats(plan: SynthPlan, cast: Cast, records: Sequence[pl.DataFrame]) -> list[Seat]:
    """Seat every method at a desk with the records that it may ask about."""
    given = plan.top.judge
    entry = served(plan.top.generator.model, plan.facts)
    roles: tuple[Role, ...] = tuple(DEFAULTS)
    names = [method.part_name() for method in plan.methods]
    return [
        (
            method,
            Desk(
                method=method.part_name(),
                count=plan.count(method),
                seed=plan.top.seed,
                seat=names[:place].count(method.part_name()),
                generator=cast.generator,
                sampling={role: plan.sampling(role) for role in roles},
                judge=cast.judge,
                min_score=given.min_score if given is not None else None,
                samples=plan.top.samples,
                system=plan.system,
                family=plan.top.generator.family or (entry.entry.template if entry else None),
                records=records[place].to_dicts(),
            ),
        )
        for place, method in enumerate(plan.methods)
    ]
