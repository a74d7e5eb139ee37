"""Where the weights to start from lie: a folder, the tiny model of the run, or the hub's cache."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from llmx_data.core.errors import EnvironmentTrouble
from llmx_train.recipe import TINY, Sft
from llmx_train.shape import serving
from llmx_train.trl_adapter.quiet import quiet

FILES = ["*.json", "*.safetensors", "*.model", "*.txt", "*.jinja"]
"""What is fetched of a model: no pickled weights, no code."""


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
    disk and the hub cannot be asked, or has no safetensors.
    """
    model = recipe.top.model
    local = folder / TINY if recipe.tiny else recipe.local_model
    if local is not None:
        if not (local / "config.json").is_file():
            raise EnvironmentTrouble(f"{local}: no model here: config.json is missing")
        return Base(local, model.base, None)
    found = _fetch(hub_id(recipe), model.revision)
    if not any(found.glob("*.safetensors")):
        raise EnvironmentTrouble(
            f"{model.base}: no safetensors in {found.name}\n    llmx loads no pickled weights"
        )
    return Base(found, hub_id(recipe), found.name)


def hub_id(recipe: Sft) -> str:
    """Hub id of the recipe's base; an alias of the catalogue is looked up there."""
    name = recipe.top.model.base
    entry = None if "/" in name else serving(recipe.facts, name)
    return entry.repo if entry is not None else name


def _fetch(name: str, revision: str | None) -> Path:
    """Folder of the hub's cache, from the network only if it is not there."""
    quiet()
    from huggingface_hub import constants, snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    asked = f"hf download {name}" + (f" --revision {revision}" if revision else "")
    offline = bool(constants.HF_HUB_OFFLINE) or os.environ.get("TRANSFORMERS_OFFLINE") == "1"
    try:
        return Path(
            snapshot_download(
                name, revision=revision, allow_patterns=FILES, local_files_only=offline
            )
        )
    except HFValidationError as error:
        raise EnvironmentTrouble(
            f"{name}: no such folder, no alias of the catalogue and no hub id\n    model.base is "
            "told from the recipe's folder; llmx show models lists the aliases"
        ) from error
    except LocalEntryNotFoundError as error:
        raise EnvironmentTrouble(
            f"{name}: not on this disk, and the hub was not reached\n    fetch it where there is a "
            f"network: {asked}"
        ) from error
    except OSError as error:
        told = (str(error).strip() or type(error).__name__).splitlines()[0][:300]
        raise EnvironmentTrouble(
            f"{name}: the hub did not give it: {told}\n    a gated model needs its terms accepted "
            f"and `hf auth login`; then {asked}"
        ) from error
