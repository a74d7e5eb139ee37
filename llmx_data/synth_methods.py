"""Methods of synthesis: from curated records to requests. Each says which records it asks about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import polars as pl

from llmx_data.core.errors import DataError
from llmx_data.core.part import content_key
from llmx_data.core.storage import read_json, sha256_file
from llmx_data.core.tables import MESSAGES
from llmx_data.license.facts import Facts
from llmx_data.synth.engines.rules import GENERATOR
from llmx_data.synth.requests import Generator, Request, Sampling
from llmx_data.synth_plan import RULES, SynthPlan

COLUMNS = ["id", "source", "origin", "title", "text", "date", "url", "attribution", "license",
           "license_db", "terms", "accepted_by", "generator"]  # fmt: skip
KINDS = {"rules": ("document",), "answer": ("instruction", "conversation")}
"""Kinds of record that each method asks about."""


def read_records(run: Path, methods: list[str], facts: Facts) -> pl.DataFrame:
    """Read the records of a run that the methods ask about, sorted by id, with their kind.

    What the run knows of their sources stays with them: `origin` is the data set's card, so that
    its terms go on to bind, and `attribution` credits the source where a record names nobody.
    Errors: DataError where there are none.
    """
    dataset, frames = run / "dataset", []
    for kind in dict.fromkeys(kind for method in methods for kind in KINDS[method]):
        for file in sorted(dataset.glob(f"{kind}*/train-*.parquet")):
            chat = [] if kind == "document" else ["messages"]
            frame = pl.read_parquet(file, columns=[*COLUMNS, *chat])
            if not chat:
                frame = frame.with_columns(messages=pl.lit(None, MESSAGES))
            frames.append(frame.with_columns(kind=pl.lit(kind)))
    if not frames:
        wanted = ", ".join(dict.fromkeys(kind for method in methods for kind in KINDS[method]))
        raise DataError(f"{dataset}: holds no records of kind {wanted}\n    llmx curate RECIPE")
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


def requests_of(plan: SynthPlan, records: pl.DataFrame) -> Iterator[Request]:
    """Make the requests of every method of a recipe."""
    for method in plan.methods:
        some = records.filter(pl.col("kind").is_in(list(KINDS[method])))
        yield from (_rules if method == RULES else _answer)(plan, some)


def version(plan: SynthPlan) -> str:
    """Content hash of the rules, wordings and prompts: changed, they make other requests."""
    from llmx_data.synth.material import prompt

    folder = Path(__file__).parent / "synth" / "rules"
    files = sorted(p for p in folder.rglob("*") if p.suffix in (".py", ".yaml"))
    return content_key([(p.name, sha256_file(p)) for p in files] + [prompt(plan.system).sha256])


def _rules(plan: SynthPlan, records: pl.DataFrame) -> Iterator[Request]:
    """Make verified tasks of documents; an answer that does not hold is a bug and stops the run."""
    from llmx_data.synth.rules import Document, balanced, verify

    made_by = version(plan)
    given = {
        r["id"]: Document(r["id"], r["text"], r["title"], str(r["date"] or "") or None)
        for r in records.iter_rows(named=True)
    }
    for task in balanced(list(given.values()), plan.top.count, plan.top.seed):
        why = verify(task, given[task.document])
        if why is not None:
            raise DataError(
                f"a computed answer does not hold, a {task.kind} of document {task.document}: "
                f"{why}\n    a bug in llmx; please report it"
            )
        facts: dict[str, Any] = {"kind": task.kind, "phrasing": task.phrasing, **task.facts}
        yield Request(
            method=RULES,
            template=f"rules-v1/{task.kind}/{task.phrasing}",
            template_sha256=made_by,
            messages=({"role": "user", "content": task.prompt},),
            sampling=Sampling(max_tokens=max(1, len(task.answer))),
            generator=Generator(GENERATOR, revision=made_by[:12]),
            parents=(task.document,),
            facts=facts | {"answer": task.answer},
        )


def _answer(plan: SynthPlan, records: pl.DataFrame) -> Iterator[Request]:
    """Ask for new answers to prompts that people wrote, up to the last one of a conversation.

    Records that a model wrote are left out: its terms would have to be carried beside the new ones.
    """
    from llmx_data.synth.material import prompt

    system = prompt(plan.system)
    drawn, seed = plan.top.sampling, plan.top.seed
    rows = sorted(
        records.filter(pl.col("generator").is_null()).iter_rows(named=True),
        key=lambda row: sha256(f"{seed}/{row['id']}".encode()).digest(),
    )
    for row in rows[: plan.top.count]:
        turns = row["messages"] or []
        last = max((i for i, t in enumerate(turns) if t["role"] == "user"), default=-1)
        if last < 0:
            continue
        before = [t for t in turns[: last + 1] if t["role"] != "system"]
        for sample in range(plan.top.samples):
            yield Request(
                method="answer",
                template=system.id,
                template_sha256=system.sha256,
                messages=({"role": "system", "content": system.text}, *before),
                sampling=Sampling(**drawn.model_dump()),
                generator=plan.generator,
                sample=sample,
                parents=(row["id"],),
                facts={"kind": row["kind"]},
            )
