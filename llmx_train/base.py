"""Where the weights to start from lie: a folder, the tiny model of the run, or the hub's cache."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from llmx_data.core.errors import EnvironmentTrouble, RecipeError
from llmx_train.recipe import TINY, Sft
from llmx_train.shape import serving
from llmx_train.trl_adapter.quiet import quiet

FILES = [
    "*.json", "*.safetensors", "*.model", "*.txt", "*.jinja",
    "LICENSE*", "NOTICE*", "Notice*", "USE_POLICY*",
]  # fmt: skip
"""What is fetched of a model: weights, tokenizer and terms; no pickled weights, no code."""


@dataclass(frozen=True)
class Base:
    """A model to start from."""

    folder: Path
    name: str
    """Hub id, or the recipe's own words for a folder."""
    revision: str | None
    """Commit of the hub; None for a folder."""


def find_base(recipe: Sft, folder: Path) -> Base:
    """Find the base of a recipe; what the hub has is fetched only where the cache lacks it.

    `tiny` lies in the run's folder `tiny`. Errors: EnvironmentTrouble (exit 6) where it is not on
    disk and the hub cannot be asked, or has no safetensors; RecipeError for what is nowhere.
    """
    model = recipe.top.model
    local = folder / TINY if recipe.tiny else recipe.local_model
    if local is not None:
        if not (local / "config.json").is_file():
            raise EnvironmentTrouble(f"{local}: no model here: config.json is missing")
        return Base(local, model.base, None)
    found = _fetch(hub_id(recipe), model.revision)
    return Base(found, hub_id(recipe), found.name)


def hub_id(recipe: Sft) -> str:
    """Hub id of the recipe's base; an alias of the catalogue is looked up there."""
    name = recipe.top.model.base
    entry = None if "/" in name else serving(recipe.facts, name)
    return entry.repo if entry is not None else name


def _fetch(name: str, revision: str | None) -> Path:
    """Folder of the hub's cache; a commit that is there whole is not asked for again."""
    quiet()
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import (
        GatedRepoError,
        HFValidationError,
        LocalEntryNotFoundError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    if revision is not None:
        found = _cached(name, revision)
        if found is not None:
            return found
    asked = f"hf download {name}" + (f" --revision {revision}" if revision else "")
    try:
        folder = Path(snapshot_download(name, revision=revision, allow_patterns=FILES))
    except (HFValidationError, RepositoryNotFoundError, RevisionNotFoundError) as error:
        if isinstance(error, GatedRepoError):
            problem = "the hub gives it only to those who accepted its terms"
            remedy = f"accept them on its page, then: hf auth login; {asked}"
            raise EnvironmentTrouble(f"{name}: {problem}\n    {remedy}") from error
        problem = "no such folder, no alias of the catalogue, and no model of the hub"
        raise RecipeError(f"{name}: {problem}\n    mend model.base or model.revision") from error
    except (LocalEntryNotFoundError, OSError) as error:
        problem = "not on this disk, and the hub was not reached"
        remedy = f"fetch it where there is a network: {asked}"
        raise EnvironmentTrouble(f"{name}: {problem}\n    {remedy}") from error
    if not _whole(folder):
        problem = f"safetensors are missing in {folder.name}; llmx loads no pickled weights"
        raise EnvironmentTrouble(f"{name}: {problem}\n    {asked}")
    return folder


def _cached(name: str, revision: str) -> Path | None:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        folder = Path(snapshot_download(name, revision=revision, local_files_only=True))
    except (HFValidationError, LocalEntryNotFoundError, FileNotFoundError):
        return None
    return folder if _whole(folder) else None


def _whole(folder: Path) -> bool:
    """Whether configuration and every file of weights are there; a tokenizer may come alone."""
    index = folder / "model.safetensors.index.json"
    if not (folder / "config.json").is_file():
        return False
    if index.is_file():
        names = set(json.loads(index.read_bytes())["weight_map"].values())
        return all((folder / name).is_file() for name in names)
    return any(folder.glob("*.safetensors"))
