"""Preflight: what must be true before training starts, as a table that fails the run."""

from __future__ import annotations

import math
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import polars as pl

from llmx_data.core.errors import DataError, EnvironmentTrouble
from llmx_data.license.mix import Answer
from llmx_data.license.schema import Result
from llmx_train import memory
from llmx_train.gate import worst
from llmx_train.recipe import Sft
from llmx_train.render import NOT_SUPERVISED
from llmx_train.shape import Shape

Status = Literal["ok", "warn", "fail"]

LEAST_SHARE = 0.02
"""Share of supervised tokens below which a source teaches hardly anything. Ours; a warning."""

OVERLONG_SHARE = 0.05
"""Share of records too long for max_length from which a warning is due. Ours."""

CHECKPOINTS = 3
"""Checkpoints on disk at once: two kept and one being written."""


@dataclass(frozen=True)
class Check:
    """A line of the table."""

    check: str
    status: Status
    found: str
    wanted: str = ""
    machine: bool = False
    """Whether the machine is at fault and not the data."""


@dataclass(frozen=True)
class Facts:
    """What the checks look at."""

    recipe: Sft
    answers: Sequence[Answer]
    prepared: dict[str, Any]
    tokens: Path
    """Folder of token files."""
    end_id: int
    vocabulary: int
    embeddings: int
    shape: Shape
    revision: str | None
    modules: frozenset[str] = frozenset()
    """Last names of the base's layers, which adapters may name."""
    contaminated: Sequence[str] = ()
    """Evaluation items whose text stands in the training data."""


def preflight(facts: Facts) -> list[Check]:
    """Check everything; nothing is loaded but the token files. Cost: 0.2 s per 100,000 rows."""
    train = pl.read_parquet(facts.tokens / "train.parquet")
    dev = pl.read_parquet(facts.tokens / "dev.parquet")
    return [
        _licence(facts),
        *_model(facts),
        *_rows(facts, train),
        *_splits(train, dev),
        _contamination(facts),
        *_sizes(facts, train),
    ]


def enforce(checks: Sequence[Check]) -> None:
    """Stop where a check failed. Errors: EnvironmentTrouble for the machine, else DataError."""
    bad = [check for check in checks if check.status == "fail"]
    if not bad:
        return
    told = "\n".join(f"{c.check}: {c.found}\n    {c.wanted}" for c in bad)
    raise (EnvironmentTrouble if all(c.machine for c in bad) else DataError)(told)


def page(checks: Sequence[Check]) -> str:
    """Write the table for people."""
    width = max(len(check.check) for check in checks)
    return "\n".join(
        f"{check.status:<5}{check.check:<{width + 2}}{check.found}"
        + (f"  ({check.wanted})" if check.wanted and check.status != "ok" else "")
        for check in checks
    )


def table(checks: Sequence[Check]) -> list[dict[str, Any]]:
    """Give the table as data."""
    return [asdict(check) for check in checks]


def _licence(facts: Facts) -> Check:
    result = worst(facts.answers)
    acts = ", ".join(f"{answer.act} {answer.result.name}" for answer in facts.answers)
    status: Status = "ok" if result <= Result.ALLOW_WITH else "fail"
    return Check("licence verdict", status, acts, "llmx audit says what would help")


def _model(facts: Facts) -> Iterator[Check]:
    top, recipe = facts.recipe.top, facts.recipe
    if not recipe.tiny and recipe.local_model is None:
        told = facts.revision or "none pinned"
        wanted = "model.revision: the commit that was looked at"
        yield Check("base revision", "ok" if top.model.revision else "warn", told, wanted)
    found = f"{facts.vocabulary:,} of {facts.embeddings:,} rows"
    fits = facts.vocabulary <= facts.embeddings
    wanted = "the tokenizer belongs to another model"
    yield Check("vocabulary", "ok" if fits else "fail", found, wanted)
    asked = facts.recipe.top.peft.targets
    strange = [t for t in asked if t not in facts.modules] if isinstance(asked, list) else []
    if strange:
        known = ", ".join(sorted(facts.modules))
        yield Check("adapter layers", "fail", f"no layer {', '.join(strange)}", f"known: {known}")
    template = facts.prepared["template"]
    yield Check("template", "ok", f"{template['name']} {template['sha256'][:12]}")


def _rows(facts: Facts, train: pl.DataFrame) -> Iterator[Check]:
    """Check what the rows hold: length, supervision, ends."""
    for source, told in facts.prepared["splits"]["train"]["sources"].items():
        long = told["over_length"] / max(1, told["records"])
        if long > OVERLONG_SHARE:
            found = f"{source}: {told['over_length']:,} of {told['records']:,}"
            yield Check("over-length", "warn", found, "raise train.max_length")
        share = told["supervised"] / max(1, told["tokens"])
        if told["kept"]:
            status: Status = "ok" if share >= LEAST_SHARE else "warn"
            wanted = f"at least {LEAST_SHARE:.0%} of the tokens"
            yield Check("supervised share", status, f"{source}: {share:.1%}", wanted)
    if "labels" not in train.columns:
        return
    labels = pl.col("labels")
    bare = train.filter(labels.list.eval(pl.element() != NOT_SUPERVISED).list.any().not_()).height
    yield Check("rows without a label", "fail" if bare else "ok", f"{bare:,}", "prepare them again")
    ends = train.filter(labels.list.contains(facts.end_id).not_()).height
    cut = facts.recipe.top.data.over_length == "truncate"
    status = "ok" if not ends else "warn" if cut else "fail"
    wanted = "a model that never sees the end of an answer never stops"
    yield Check("rows without an end", status, f"{ends:,} of {train.height:,}", wanted)


def _splits(train: pl.DataFrame, dev: pl.DataFrame) -> Iterator[Check]:
    both = train.join(dev, on="record_id", how="semi").height
    yield Check("rows in train and dev", "fail" if both else "ok", f"{both:,}", "mix again")
    column = "input_ids" if "input_ids" in train.columns else "chosen_ids"
    same = train.select(pl.col(column).hash()).to_series()
    twins = dev.filter(pl.col(column).hash().is_in(same.implode())).height
    yield Check("texts in train and dev", "fail" if twins else "ok", f"{twins:,}", "mix again")
    if not dev.height:
        yield Check("dev split", "warn", "empty", "no loss on held-out data: dev: in the mix")


def _contamination(facts: Facts) -> Check:
    count = len(facts.contaminated)
    named = ", ".join(facts.contaminated[:3])
    found = f"{count:,} items" + (f": {named}" if count else "")
    wanted = "decontaminate: {against: [...]} in the mix, or leave the task out"
    return Check("evaluation items in the data", "fail" if count else "ok", found, wanted)


def _sizes(facts: Facts, train: pl.DataFrame) -> Iterator[Check]:
    """Tell memory, disk, steps."""
    recipe, budget = facts.recipe, facts.recipe.top.budget
    found = memory.estimate(recipe, facts.shape)
    total, allowed = found["total_gb"], budget.gpu_gb
    status: Status = "fail" if allowed is not None and total > allowed else "ok"
    told = f"{total:.1f} GB estimated" + (f" of {allowed:g}" if allowed is not None else "")
    yield Check("memory", status, told, "smaller micro_batch, max_length or method", machine=True)
    weights = found["trainable"] * 4 * 3 * CHECKPOINTS + found["parameters"] * 4
    free = shutil.disk_usage(facts.tokens).free
    told = f"{weights / 1e9:.1f} GB needed, {free / 1e9:.1f} free"
    enough: Status = "ok" if free > weights else "fail"
    yield Check("disk", enough, told, "free some space", machine=True)
    seen = int((train["weight"].cast(pl.Int64)).sum())
    tokens = int((train["tokens_count"].cast(pl.Int64) * train["weight"]).sum())
    packed = recipe.top.train.packing != "none" and recipe.top.train.kind == "sft"
    rows = math.ceil(tokens / recipe.top.train.max_length) if packed else seen
    count = memory.steps(recipe, rows=rows)
    about = "about " if packed else ""
    yield Check("steps", "ok", f"{about}{count:,} for {seen:,} rows, {tokens:,} tokens an epoch")
