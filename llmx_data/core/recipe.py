"""Read recipes: every mistake at once with file:line, and where each value came from."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from llmx_data.core.errors import Mistake, RecipeError, nearest
from llmx_data.core.part import Part, over_files
from llmx_data.core.parts import Spec, find
from llmx_data.core.storage import shipped
from llmx_data.core.yaml12 import Document, Place, load, scalar

Model = TypeVar("Model", bound=BaseModel)


@dataclass
class Reader:
    """A recipe being read: its document, the mistakes so far, the origin of each value."""

    document: Document
    mistakes: list[Mistake] = field(default_factory=list)
    origins: dict[Place, str] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """Folder from which the recipe's paths are told."""
        return self.document.path.parent

    def wrong(self, place: Place, problem: str, remedy: str = "", label: str = "") -> None:
        """Note a mistake."""
        where = self.origins.get(place) or self.document.where(place)
        if where == "--set":
            where = f"--set {say(place)}"
        self.mistakes.append(Mistake(where, label or say(place), problem, remedy))

    def validate(
        self, model: type[Model], data: Any, place: Place, label: str = ""
    ) -> Model | None:
        """Validate a mapping by a strict model; mistakes are noted, None is given for them."""
        try:
            return model.model_validate(data)
        except ValidationError as error:
            for fault in _merged(error.errors(include_url=False), data):
                self._fault(model, fault, place, label)
            return None

    def part(self, room: str, data: dict[str, Any], place: Place, label: str) -> Spec | None:
        """Check `{use: name, option: ...}` against the part's own fields."""
        use = data.get("use")
        if not isinstance(use, str):
            self.wrong(place, "says no 'use: PART'", f"known: {self._known(room)}", label)
            return None
        try:
            kind = find(room, use, self.folder)
        except RecipeError as error:
            problem, _, remedy = str(error).partition("\n    ")
            self.wrong((*place, "use"), problem, remedy, label)
            return None
        options = {k: v for k, v in data.items() if k != "use"}
        options = self._with_files(kind, options, place, f"{label}.{kind.part_name()}")
        if self.validate(kind, options, place, f"{label}.{kind.part_name()}") is None:
            return None
        return Spec(room, use, options, str(self.folder), place)

    def _with_files(
        self, kind: type[Part], options: dict[str, Any], place: Place, label: str
    ) -> dict[str, Any]:
        def found(inner: Place, value: str) -> str:
            path = (self.folder / Path(value).expanduser()).resolve()
            told = ".".join(word for word in inner if isinstance(word, str))
            if not path.is_file() and not (told in kind.folders and path.is_dir()):
                problem = f"file '{value}' does not exist"
                self.wrong((*place, *inner), problem, f"looked for {path}", label)
            return str(path)

        return over_files(options, kind.files, found)

    def _known(self, room: str) -> str:
        from llmx_data.core.parts import names

        return ", ".join(names(room))

    def _fault(self, model: type[BaseModel], fault: Any, place: Place, label: str) -> None:
        location = tuple(fault["loc"])
        at = (*place, *location)
        label = label or say(place)
        if fault["type"] == "extra_forbidden":
            name = str(location[-1])
            known = [info.alias or name for name, info in model.model_fields.items()]
            self.wrong(at, f"unknown key '{name}'", nearest(name, known), label)
        elif fault["type"] == "missing":
            self.wrong(place, f"'{location[-1]}' is missing", "", label)
        else:
            given = json.dumps(fault["input"], ensure_ascii=False, default=str)
            inner = say(location)
            subject = f"'{inner}' is {given}: " if inner else ""
            self.wrong(at, f"{subject}{fault['msg'].lower()}", "", label)

    def finish(self) -> None:
        """Raise one RecipeError with all mistakes, in the order of lines."""
        found = [*self.document.mistakes, *self.mistakes]
        if found:
            raise RecipeError(sorted(found, key=lambda m: _line(m.where)))


def open_recipe(path: Path, sets: Sequence[str] = ()) -> Reader:
    """Load a recipe file, or the bundled one of that name, and lay `--set place=value` over it."""
    if not path.is_file() and (bundled := shipped("recipes") / path).is_file():
        path = bundled
    if not path.is_file():
        raise RecipeError(f"recipe {path} does not exist\n    llmx list shows the bundled ones")
    reader = Reader(load(path))
    if not isinstance(reader.document.data, dict):
        raise RecipeError([Mistake(f"{path}:1", "", "a recipe is a mapping of keys to values")])
    for item in sets:
        set_value(reader, item)
    return reader


def set_value(reader: Reader, item: str) -> None:
    """Lay one `--set place=value` over a recipe. Errors: RecipeError for no such place."""
    name, equals, value = item.partition("=")
    if not equals:
        raise RecipeError(f"--set {item}: wanted PLACE=VALUE, as in steps[0].filter.min_chars=100")
    place: list[str | int] = []
    for word in name.replace("]", "").replace("[", ".").split("."):
        place.append(int(word) if word.isdigit() else word)
    target = reader.document.data
    for step in place[:-1]:
        try:
            target = target[step] if not isinstance(target, dict) else target.setdefault(step, {})
        except (IndexError, KeyError, TypeError) as error:
            raise RecipeError(f"--set {name}: the recipe has no such place") from error
    try:
        target[place[-1]] = scalar(value)
    except (IndexError, TypeError) as error:
        raise RecipeError(f"--set {name}: the recipe has no such place") from error
    reader.origins[tuple(place)] = "--set"


def say(place: Sequence[str | int]) -> str:
    """Spell a place: steps[2].filter.min_chars."""
    text = ""
    for step in place:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else str(step)
    return text


def _merged(faults: Sequence[Any], data: Any) -> list[dict[str, Any]]:
    """One fault per value: what the branches of a union say of it stands in one sentence."""
    found: dict[Place, dict[str, Any]] = {}
    for fault in faults:
        place: list[str | int] = []
        value = data
        for step in fault["loc"]:
            if step in value if isinstance(value, dict) else isinstance(step, int):
                place, value = [*place, step], value[step]
        at = tuple(fault["loc"] if fault["type"] == "missing" else place)
        if at in found:
            fault["msg"] = f"{found[at]['msg']}, or {fault['msg']}"
        found[at] = {**fault, "loc": at}
    return [f for at, f in found.items() if not any(at == o[: len(at)] for o in found if o != at)]


def _line(where: str) -> tuple[str, int]:
    path, _, number = where.rpartition(":")
    return (path, int(number)) if number.isdigit() else (where, 0)


def resolved_yaml(values: dict[str, Any], origins: dict[Place, str]) -> str:
    """Write nested values as YAML, each scalar with a comment that says where it came from."""
    lines: list[str] = []
    _emit(values, (), origins, 0, lines)
    return "\n".join(lines) + "\n"


def _emit(
    value: Any, place: Place, origins: dict[Place, str], depth: int, lines: list[str]
) -> None:
    pad = "  " * depth
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in pairs:
        head = f"{pad}-" if isinstance(value, list) else f"{pad}{key}:"
        here = (*place, key)
        if isinstance(item, dict | list) and item:
            lines.append(head)
            _emit(item, here, origins, depth + 1, lines)
        else:
            origin = _origin(here, origins)
            text = json.dumps(item, ensure_ascii=False)
            lines.append(f"{head} {text}" + (f"  # {origin}" if origin else ""))


def _origin(place: Place, origins: dict[Place, str]) -> str:
    while place:
        if place in origins:
            return origins[place]
        place = place[:-1]
    return ""
