"""The steps under `screen:` as a curate recipe of another folder: its paths made absolute."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from llmx_data.core.errors import RecipeError
from llmx_data.core.part import Place, over_files
from llmx_data.core.parts import find
from llmx_data.steps import STEPS


def settled(steps: Sequence[Any], folder: Path, documents: Path) -> list[Any]:
    """Give steps with every path told from the root; `folder` is that of the recipe.

    A filter `copied_source` that names no path gets `documents`. What is no step stays as it is:
    the reader of recipes says what is wrong with it.
    """
    return [
        {room: _parts(room, told, folder, documents) for room, told in step.items()}
        if isinstance(step, dict)
        else step
        for step in steps
    ]


def _parts(room: str, told: Any, folder: Path, documents: Path) -> Any:
    if room not in STEPS:
        return told
    if isinstance(told, list):
        return [_parts(room, item, folder, documents) for item in told]
    if isinstance(told, dict) and isinstance(told.get("with"), dict) and "preset" in told:
        changed = {use: _options(room, use, more, folder) for use, more in told["with"].items()}
        return told | {"with": changed}
    data = {"use": told} if isinstance(told, str) else told
    if not isinstance(data, dict) or "preset" in data:
        return told
    use = data.get("use") or STEPS[room]
    if use == "copied_source":
        data = {"path": str(documents)} | data
    if isinstance(use, str) and use.endswith(".py"):
        data = data | {"use": str((folder / use).resolve())}
    return _options(room, use, data, folder) if isinstance(use, str) else data


def _options(room: str, use: str, options: Any, folder: Path) -> Any:
    """Make the paths among a part's options absolute."""
    try:
        part = find(room, use, folder)
    except RecipeError:
        return options

    def absolute(_: Place, path: str) -> str:
        return str((folder / Path(path).expanduser()).resolve())

    return over_files(options, part.files, absolute) if isinstance(options, dict) else options
