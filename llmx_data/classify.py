"""Train or evaluate a quality classifier by a recipe that names good and bad sources.

name: edu
good: [{use: files, path: encyclopedia.jsonl, license: CC-BY-SA-4.0}]
bad:  [{use: files, path: web.jsonl, license: CC0-1.0}]
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
from pydantic import BaseModel, ConfigDict, Field

from llmx_data.classifier.train import Corpus, evaluate_apart, train
from llmx_data.core.errors import RecipeError
from llmx_data.core.execute import Executor
from llmx_data.core.parts import Spec
from llmx_data.core.progress import Talk
from llmx_data.core.recipe import open_recipe
from llmx_data.core.run import Run
from llmx_data.core.storage import shipped
from llmx_data.harvest import harvest, input_facts
from llmx_data.license.facts import load as load_facts
from llmx_data.plan import Output, Plan, read_normalizers, read_sources


class Teaching(BaseModel):
    """Top level of a classifier recipe."""

    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, use_attribute_docstrings=True
    )

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    """Name of the model and of its score column."""

    good: list[dict[str, Any]] = Field(min_length=1)
    """Sources whose texts the score shall be high for."""

    bad: list[dict[str, Any]] = Field(min_length=1)
    """Sources whose texts it shall be low for."""

    normalize: list[str | dict[str, Any]] = ["unicode", "whitespace"]
    """The normalizers of the recipes that will use the model."""

    seed: int = 0
    """Order of the training lines."""

    held_out: float = Field(default=0.2, ge=0, lt=1)
    """Share of the texts, chosen by content, that only the evaluation sees (ours)."""

    dim: int = Field(default=16, ge=1)
    """Size of the vectors (ours: more gained nothing on encyclopedia against web)."""

    bucket: int = Field(default=262_144, ge=1)
    """Hash buckets of the n-grams: 4 bytes each and dimension (ours)."""

    epoch: int = Field(default=10, ge=1)
    """Passes over the texts (ours)."""

    lr: float = Field(default=0.1, gt=0)
    """Learning rate, fastText's default."""


def teach(path: Path, out: Path | None, talk: Talk, workers: int | None = None) -> dict[str, Any]:
    """Train by a recipe; writes `models/<name>.bin` and its card, and gives card and `path`.

    Errors: RecipeError, DataError, MissingPackage.
    """
    recipe, plan, good = _read(path)
    model = out or Path("models") / f"{recipe.name}.bin"
    model.parent.mkdir(parents=True, exist_ok=True)
    corpora = _corpora(plan, good, talk, workers)
    options = recipe.model_dump(include={"seed", "held_out", "dim", "bucket", "epoch", "lr"})
    return train(corpora, model, **options) | {"path": str(model)}


def card_page(card: dict[str, Any], model: Path) -> str:
    """Tell what was trained, on what, and how well it does on what was set aside."""
    lines = [f"model    {model} (card beside it: {model.name}.json)"]
    for facts in card["training_data"]:
        side = "good" if facts["label"] == "yes" else "bad"
        lines.append(
            f"{side:<8} {facts['name']} ({facts['license']}): {facts['texts_count']:,} texts, "
            f"{facts['chars_count']:,} chars; {facts['held_out_count']:,} held out"
        )
    scores = card["evaluation"]
    if scores:
        lines.append(
            f"held out {scores['good_count']:,} good, {scores['bad_count']:,} bad: "
            f"auc {scores['auc']}, precision {scores['precision']}, recall {scores['recall']}"
        )
    return "\n".join(lines)


def examine(path: Path, model: Path, talk: Talk, workers: int | None = None) -> dict[str, Any]:
    """Evaluate a model on a recipe's texts, none of which it was trained on."""
    if not model.is_file():
        raise RecipeError(f"model {model} does not exist\n    llmx classifier train RECIPE")
    _, plan, good = _read(path)
    return evaluate_apart(_corpora(plan, good, talk, workers), model)


def _read(path: Path) -> tuple[Teaching, Plan, int]:
    """Recipe, a plan that only ingests, and how many of its sources are good."""
    reader = open_recipe(path)
    facts = load_facts(shipped("licenses"))
    recipe = reader.validate(Teaching, reader.document.data, ())
    sources: list[Spec] = []
    good = 0
    if recipe is not None:
        sources = read_sources(reader, recipe.good, facts, "good")
        good = len(sources)
        sources += read_sources(reader, recipe.bad, facts, "bad", taken=sources)
    normalizers = read_normalizers(reader, recipe.normalize if recipe else [])
    reader.finish()
    assert recipe is not None
    plan = Plan(
        path=path,
        name=f"classifier-{recipe.name}",
        purpose=facts.purpose({"act": ["annotate_only"]}),
        on_denied="stop",
        on_bad_row="quarantine",
        sources=sources,
        normalizers=normalizers,
        steps=[],
        output=Output(),
        tokenizer=None,
        date=None,
        description=None,
        facts=facts,
    )
    return recipe, plan, good


def _corpora(plan: Plan, good: int, talk: Talk, workers: int | None) -> list[Corpus]:
    """Texts of every source with its declared licence, normalized as curate would."""
    run = Run(Path("runs") / plan.name)
    with run.locked(), Executor(workers) as pool:
        found = harvest(plan, run, pool, input_facts(plan, run), None, talk)
    corpora = []
    for i, spec in enumerate(plan.sources):
        name = spec.build().source_name
        frames = [
            pl.read_parquet(shard.path, columns=["text", "license_declared"])
            for shard in found.shards
            if shard.source == name
        ]
        if not frames:
            continue
        records = pl.concat(frames)
        licenses = " AND ".join(records["license_declared"].unique().sort().to_list())
        corpora.append(Corpus(name, licenses, i < good, records["text"]))
    return corpora
