"""YAML 1.2 core rules with line numbers: 2e-5 is a number, NO is a string, doubles are errors."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from llmx_data.core.errors import Mistake, RecipeError

Place = tuple[str | int, ...]

_BOOL = re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$")
_NULL = re.compile(r"^(?:~|null|Null|NULL|)$")
_INT = re.compile(r"^(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$")
_FLOAT = re.compile(
    r"^(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.nan)$"
)


@dataclass
class Document:
    """A parsed file: plain data, and for each place inside it the line it stands on."""

    path: Path
    data: Any
    lines: dict[Place, int] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)

    def where(self, place: Place) -> str:
        """Say file:line of a place, or of the nearest place above it."""
        while place and place not in self.lines:
            place = place[:-1]
        return f"{self.path}:{self.lines.get(place, 1)}"


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Composes nodes only; scalars are resolved here by the 1.2 core schema."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - so it is in the base


def load(path: Path, text: str | None = None) -> Document:
    """Parse a YAML file; one that is not UTF-8 or not YAML is a RecipeError with its line."""
    source = _read(path) if text is None else text
    try:
        node = yaml.compose(source, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = mark.line + 1 if mark else 1
        raise RecipeError([Mistake(f"{path}:{line}", "", f"not YAML: {error.problem}")]) from error
    except yaml.reader.ReaderError as error:
        line = source.count("\n", 0, error.position) + 1
        problem = f"not YAML: character U+{error.character:04X} may not stand here"
        raise RecipeError([Mistake(f"{path}:{line}", "", problem)]) from error
    document = Document(path, None)
    if node is not None:
        document.data = _build(node, (), document)
    return document


def _read(path: Path) -> str:
    raw = path.read_bytes()
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        mistake = Mistake(f"{path}:{line}", "", "not UTF-8", "save the file as UTF-8")
        raise RecipeError([mistake]) from error


def scalar(text: str) -> Any:
    """Read one plain scalar by the 1.2 core schema."""
    if _NULL.match(text):
        return None
    if _BOOL.match(text):
        return text.lower() == "true"
    if _INT.match(text):
        return int(text, 0) if text[:2] in ("0o", "0x") else int(text)
    if _FLOAT.match(text):
        return float(text.replace(".inf", "inf").replace(".nan", "nan"))
    return text


def _build(node: yaml.Node, place: Place, document: Document) -> Any:
    document.lines.setdefault(place, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, place, document)
    if isinstance(node, yaml.SequenceNode):
        return [_build(item, (*place, i), document) for i, item in enumerate(node.value)]
    assert isinstance(node, yaml.ScalarNode)
    return str(node.value) if node.style else scalar(node.value)  # plain scalars have no style


def _mapping(node: yaml.MappingNode, place: Place, document: Document) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = str(key_node.value)
        line = key_node.start_mark.line + 1
        if key in result:
            document.mistakes.append(
                Mistake(f"{document.path}:{line}", key, "this key stands twice", "keep one of them")
            )
            continue
        document.lines[(*place, key)] = line
        result[key] = _build(value_node, (*place, key), document)
    return result
