"""Find a part by its file name in a room, or in a file beside the recipe. There is no registry."""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
import sys
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from traceback import extract_tb
from types import ModuleType
from typing import Any

from llmx_data.core.errors import RecipeError, nearest
from llmx_data.core.part import Part, Place, file_key

ROOMS = {
    "source": "ingest",
    "normalizer": "normalize",
    "measure": "measure",
    "filter": "filter",
    "method": "synth.methods",
}
"""The kinds of pluggable part and the room each lives in."""


@dataclass(frozen=True)
class Spec:
    """A part by name and options: what travels to workers, who build the part themselves."""

    room: str
    use: str
    options: dict[str, Any] = field(default_factory=dict, hash=False)
    folder: str = "."
    place: Place = field(default=(), repr=False, compare=False)
    """Where in the recipe it stands, for messages and origins; no part of what it is."""
    preset: str = field(default="", repr=False, compare=False)
    """Preset that brought it, if one did."""

    def build(self) -> Any:
        """Build the part; options were checked when the recipe was read."""
        return find(self.room, self.use, Path(self.folder)).model_validate(self.options)


def class_name(stem: str) -> str:
    """Name the class of a part file: min_hash.py holds MinHash."""
    return "".join(word.capitalize() for word in stem.split("_"))


@cache
def names(room: str) -> list[str]:
    """List the parts of a room by walking its folder."""
    package = importlib.import_module(f"llmx_data.{room}")
    stems = [module.name for module in pkgutil.iter_modules(package.__path__)]
    return sorted(stem for stem in stems if _part_in(f"llmx_data.{room}.{stem}", stem) is not None)


def find(room: str, use: str, folder: Path) -> type[Part]:
    """Find a part's class; an unknown name is a RecipeError with the nearest known one."""
    if use.endswith(".py"):
        return _beside(str((folder / use).resolve()), room)
    if use.isidentifier() and importlib.util.find_spec(f"llmx_data.{room}.{use}") is not None:
        part = _part_in(f"llmx_data.{room}.{use}", use)
        if part is not None:
            return part
    raise RecipeError(f"unknown part '{use}' in {room}/\n    {nearest(use, names(room))}")


@cache
def column_owners() -> dict[str, str]:
    """Which measure gives which column, for measures that need no options."""
    owners: dict[str, str] = {}
    for use in names("measure"):
        kind = find("measure", use, Path())
        if not any(f.is_required() for f in kind.model_fields.values()):
            owners |= dict.fromkeys(kind().gives(), use)  # type: ignore[attr-defined]
    return owners


def _part_in(module_name: str, stem: str) -> type[Part] | None:
    module = importlib.import_module(module_name)
    part = getattr(module, class_name(stem), None)
    if isinstance(part, type) and issubclass(part, Part) and part.__module__ == module_name:
        return part
    return None


@cache
def _beside(path: str, room: str) -> type[Part]:
    file = Path(path)
    if not file.is_file():
        raise RecipeError(f"part file {file} does not exist")
    key = file_key(file)
    part = getattr(_executed(file, key), class_name(file.stem), None)
    kind = next((kind for kind, where in ROOMS.items() if where == room), "part")
    base = getattr(importlib.import_module(f"llmx_data.{room}"), kind.capitalize(), Part)
    if not (isinstance(part, type) and issubclass(part, base)):
        raise RecipeError(f"{file}: holds no class '{class_name(file.stem)}' that is a {kind}")
    lacking = ", ".join(sorted(getattr(part, "__abstractmethods__", ())))
    if lacking:
        raise RecipeError(f"{file}: class '{part.__name__}' does not define {lacking}")
    part.code_hash = key
    return part


def _executed(file: Path, key: str) -> ModuleType:
    """Run a user's file as a module; whatever it raises is theirs to mend."""
    module_name = f"llmx_beside_{key}.{file.stem}"
    spec = importlib.util.spec_from_file_location(module_name, file)
    assert spec is not None, file
    assert spec.loader is not None, file
    module = importlib.util.module_from_spec(spec)
    sys.modules[module_name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        frames = extract_tb(error.__traceback__)
        inside = [1, *(f.lineno for f in frames if f.filename == str(file))]
        line = error.lineno if isinstance(error, SyntaxError) else inside[-1]
        why = f"{type(error).__name__}: {error}"
        raise RecipeError(f"{file}:{line}: cannot be read: {why}") from error
    return module
