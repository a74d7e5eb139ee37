"""The weights of a package: an adapter as trained, merged weights, or all weights."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import polars as pl

from llmx_data.core.errors import DataError
from llmx_data.core.storage import read_json, read_parquet, write_json
from llmx_train.base import find_base, hub_id
from llmx_train.recipe import TINY, Sft
from llmx_train.trl_adapter import adapters

Form = Literal["adapter", "merged", "full"]

KEPT = {".safetensors", ".json", ".jinja", ".model", ".txt"}
"""Endings of what goes out: weights, settings, tokenizer, template. No pickle, no code, no card."""

PROBES, PROBE_TOKENS = 4, 64
"""Rows of training data on which the merged model must answer as the adapter did."""

NOTICES = ("NOTICE", "NOTICE.txt", "NOTICE.md", "Notice.txt")
"""Notices of a base, which what is made from it must carry."""

TERMS = ("LICENSE", "LICENSE.txt", "LICENSE.md", "USE_POLICY.md")
"""Licence and policy as a base comes with them."""


LOCAL = ("is_local", "local_files_only")
"""Words of transformers about where it read a tokenizer, which it saves with it."""


@dataclass(frozen=True)
class Made:
    """What a model was made from."""

    name: str
    """Hub id, name of a folder, or tiny."""
    hub: str | None
    """Id on the hub; None for a folder and for the tiny model."""
    revision: str | None
    """Commit that was trained from."""
    pinned: bool
    """Whether the recipe asked for that commit."""
    notices: tuple[Path, ...]
    """Its own NOTICE files."""
    terms: tuple[Path, ...]
    """Its own licence and policy files."""
    seen: bool
    """Whether it is known if it has any: the hub's cache may hold the weights alone."""


def made_from(recipe: Sft, run: Path) -> Made:
    """Tell the base of a run; its folder is looked into where it lies on this disk."""
    model = recipe.top.model
    told = read_json(run / "train.json")["base"]
    folder = run / TINY if recipe.tiny else recipe.local_model
    hub = None if folder is not None else hub_id(recipe)
    if folder is not None and not recipe.tiny and "/" in (model.catalogue or ""):
        hub = model.catalogue
    if folder is None:
        folder = _cached(hub_id(recipe), told["revision"])
    notices, terms = (
        tuple(folder / name for name in names if folder and (folder / name).is_file())
        for names in (NOTICES, TERMS)
    )
    own = TINY if recipe.tiny else hub or Path(model.base).name
    pinned = model.revision is not None
    seen = recipe.tiny or recipe.local_model is not None or bool(notices)
    return Made(own, hub, told["revision"], pinned, notices, terms, seen)


def _cached(name: str, revision: str | None) -> Path | None:
    """Folder of the hub's cache, without a network."""
    from huggingface_hub import try_to_load_from_cache

    found = try_to_load_from_cache(name, "config.json", revision=revision)
    return Path(found).parent if isinstance(found, str) else None


def form_of(recipe: Sft, run: Path) -> Form:
    """Say what goes out. Errors: DataError where the run has no weights, or none to merge."""
    model = run / "model"
    if not model.is_dir():
        raise DataError(f"{model}: no such folder\n    only a trained run can be packaged")
    if not adapters.is_adapter(model):
        return "full"
    if recipe.top.output.merge and adapters.kind_of(model) != "LORA":
        raise DataError(
            f"{model}: {adapters.kind_of(model)} cannot be merged into weights\n"
            "    write output.merge: false and publish it beside its base"
        )
    return "merged" if recipe.top.output.merge else "adapter"


def write_weights(recipe: Sft, run: Path, out: Path, made: Made, end: str) -> dict[str, Any] | None:
    """Write weights, tokenizer, template and generation settings; gives the report of a merge.

    `end` is the token that ends an answer: where there are settings, generation stops there by
    itself. An adapter of the tiny model goes out with its base, which nobody else has.
    Errors: DataError where weights are not safetensors.
    """
    form, model = form_of(recipe, run), run / "model"
    report = None
    if form == "merged":
        report = _merged(recipe, run, out)
    else:
        copy_model(model, out)
    if form == "adapter":
        adapters.name_base(out, made.name, made.revision)
        if recipe.tiny:
            copy_model(run / TINY, out / "base")
    stop_at(out, end)
    _forget_paths(out)
    return report


def copy_model(model: Path, out: Path) -> None:
    """Copy what a model is made of. Errors: DataError without safetensors."""
    out.mkdir(parents=True, exist_ok=True)
    if not any(model.glob("*.safetensors")):
        raise DataError(f"{model}: no safetensors\n    llmx publishes no pickled weights")
    for path in sorted(model.iterdir()):
        if path.is_file() and path.suffix in KEPT and not path.name.startswith("."):
            shutil.copyfile(path, out / path.name)


def _merged(recipe: Sft, run: Path, out: Path) -> dict[str, Any]:
    from llmx_train.merge import REPORT, merge

    out.mkdir(parents=True, exist_ok=True)
    merge(
        find_base(recipe, run).folder,
        run / "model",
        out,
        dtype=recipe.top.model.dtype,
        probes=_probes(recipe, run),
        quantized=recipe.top.peft.method == "qlora",
        seed=recipe.top.seed,
    )
    report: dict[str, Any] = read_json(out / REPORT)
    return report


def _probes(recipe: Sft, run: Path) -> list[list[int]]:
    name = "input_ids" if recipe.top.train.kind == "sft" else "prompt_ids"
    rows = read_parquet(run / "tokens" / "train.parquet", [name]).head(PROBES)
    found: list[list[int]] = rows.select(pl.col(name).list.head(PROBE_TOKENS))[name].to_list()
    return [row for row in found if row]


def stop_at(folder: Path, end: str) -> None:
    """Let generation end at a token too, if the model has settings and the tokenizer that token."""
    path = folder / "generation_config.json"
    found = _id_of(folder, end)
    if not path.is_file() or found is None:
        return
    told = read_json(path)
    ends = told.get("eos_token_id")
    known = list(ends) if isinstance(ends, list) else [] if ends is None else [ends]
    if found not in known:
        told["eos_token_id"] = [*known, found]
        write_json(path, told)


def _id_of(folder: Path, token: str) -> int | None:
    path = folder / "tokenizer.json"
    if not path.is_file():
        return None
    told = read_json(path)
    added = {one["content"]: int(one["id"]) for one in told["added_tokens"]}
    vocabulary = told["model"].get("vocab")
    known = vocabulary.get(token) if isinstance(vocabulary, dict) else None
    return added.get(token, known)


def _forget_paths(folder: Path) -> None:
    """Take folders of this machine, and how it found them, out of the settings."""
    for path in sorted(folder.rglob("*config.json")):
        told = json.loads(path.read_bytes())
        wrong = [k for k, v in told.items() if "name_or_path" in k and Path(str(v)).is_absolute()]
        wrong += [key for key in LOCAL if key in told]
        for key in wrong:
            del told[key]
        if wrong:
            write_json(path, told)
