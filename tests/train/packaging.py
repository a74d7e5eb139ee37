"""What the tests of packaging share: a small mix, a run of two steps, and packages of them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl
import yaml

from llmx_data.core.storage import shipped, write_json
from llmx_data.license.facts import load
from llmx_train.gate import answers_of, audit_of
from llmx_train.package import package
from llmx_train.prepare import Plan, prepare
from llmx_train.recipe import Sft, Template, read_sft
from llmx_train.template import load_template
from llmx_train.train import train

FACTS = load(shipped("licenses"))
LONG = "あ" * 900
"""An answer that is longer than the run allows."""

TRAIN = {
    "packing": "none", "lr": 5e-3, "global_batch": 4, "micro_batch": 4, "max_length": 256,
    "precision": "fp32", "gradient_checkpointing": False, "epochs": 2.0, "log_every": 1,
    "evaluate_every": 1000, "save_every": 1000,
}  # fmt: skip

Group = dict[str, Any]


def group(license: str, *, source: str = "talks", **more: Any) -> Group:
    """Give an audited group as a mix has it."""
    return {
        "source": source, "license_declared": license, "license_concluded": license,
        "license_db": None, "license_basis": "row", "terms": [], "accepted_by": "self",
        "adaptation": "verbatim", "generator": None, "origin": None, "card": None,
        "kind": "conversation", "config": "conversation", "records": 8, "chars": 800, "tokens": 0,
    } | more  # fmt: skip


def make_mix(folder: Path, groups: Sequence[Group], records: Sequence[Any], **more: Any) -> Path:
    """Write a finished mix: groups take turns on the records; the first is seen twice an epoch."""
    data = folder / "dataset" / "conversation"
    data.mkdir(parents=True)
    rows = [
        {
            "id": f"r{i:02d}", "messages": messages, "weight": 2 if i == 0 else 1,
            "source": groups[i % len(groups)]["source"],
            "license": groups[i % len(groups)]["license_concluded"],
            "generator": groups[i % len(groups)]["generator"],
        }
        for i, messages in enumerate(records)
    ]  # fmt: skip
    frame = pl.DataFrame(rows, schema_overrides={"generator": pl.String})
    frame.write_parquet(data / "train-00000-of-00001.parquet")
    sources = {g["source"]: {"source": g["source"], "home": None} for g in groups}
    sources["talks"] = {"source": "talks", "home": "https://talks.example.jp"}
    write_json(folder / "manifest.json", {"sources": list(sources.values())})
    write_json(folder / "audit" / "audit.json", {"groups": list(groups), "facts": "f" * 32})
    credits = "# Attribution for m\n\n## Sources\n\n### talks\n\n- Author: 山田\n"
    (folder / "dataset" / "ATTRIBUTION.md").write_text(credits)
    for name, text in more.items():
        (folder / "dataset" / name).write_text(text)
    return folder


def make_recipe(folder: Path, base: str, **sections: Any) -> Sft:
    """Write a recipe of two epochs and read it."""
    folder.mkdir(parents=True, exist_ok=True)
    told = {
        "name": "my-model", "purpose": "publish-model", "seed": 7, "date": "2026-11-21",
        "model": {"base": base, "dtype": "float32"}, "template": {"use": "chatml"},
        "data": {"mix": "mix"}, "peft": {"method": "lora", "r": 4}, "eval": {"samples": 0},
        "train": TRAIN,
    } | sections  # fmt: skip
    path = folder / "recipe.yaml"
    path.write_text(json.dumps(told, ensure_ascii=False))
    return read_sft(path)


def make_run(recipe: Sft, run: Path, mix: Path, tokenizer: Any) -> Path:
    """Prepare and train."""
    template = load_template(Template(use="chatml"), tokenizer)
    prepare(mix, run, Plan(tokenizer, template, max_length=recipe.top.train.max_length))
    train(recipe, run)
    return run


def trained_run(home: Path, records: Sequence[Any], model: Path, tokenizer: Any) -> Path:
    """Train an adapter on the tiny model for two epochs."""
    mix = make_mix(home / "mix", [group("CC0-1.0")], records)
    return make_run(make_recipe(home, str(model)), home / "run", mix, tokenizer)


def as_from(run: Path, copy: Path, base: str, mix: Path, *, revision: str | None = None) -> Path:
    """Copy a run as if it were made from another base and mix, which only the law needs to know."""
    shutil.copytree(run, copy, dirs_exist_ok=True)
    told = json.loads((copy / "train.json").read_bytes())
    write_json(copy / "train.json", told | {"base": {"name": base, "revision": revision}})
    data = pl.read_parquet(mix / "dataset" / "*" / "train-*.parquet")
    known = data.select(pl.col("id").alias("record_id"), "source", "license")
    path = copy / "tokens" / "train.parquet"
    rows = pl.read_parquet(path).drop("source", "license")
    rows.join(known, on="record_id", how="left", maintain_order="left").write_parquet(path)
    return copy


def pack(recipe: Sft, run: Path, mix: Path) -> dict[str, Any]:
    """Judge and package."""
    return package(recipe, run, mix, answers_of(recipe, audit_of(mix)))


def front(folder: Path) -> dict[str, Any]:
    """Front matter of README.md, read as YAML."""
    text = (folder / "README.md").read_text()
    assert text.startswith("---\n")
    found: dict[str, Any] = yaml.safe_load(text.split("---\n", 2)[1])
    return found


def halves(folder: Path) -> tuple[str, str]:
    """Japanese and English half of README.md."""
    _, page = (folder / "README.md").read_text().split("# 日本語\n", 1)
    ja, en = page.split("\n# English\n", 1)
    return ja, en
