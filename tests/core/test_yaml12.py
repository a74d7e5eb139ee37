"""YAML 1.2 core rules, line by line, and what is said of a file that is wrong."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from llmx_data.core.errors import RecipeError
from llmx_data.core.yaml12 import load, scalar

SCALARS: list[tuple[str, Any]] = [
    ("2e-5", 2e-5),
    ("1E3", 1000.0),
    ("0.8", 0.8),
    (".5", 0.5),
    ("5.", 5.0),
    ("-.inf", -math.inf),
    ("12", 12),
    ("-3", -3),
    ("+3", 3),
    ("007", 7),
    ("0o17", 15),
    ("0x1F", 31),
    ("1_000", "1_000"),
    ("12:30", "12:30"),
    ("2026-11-21", "2026-11-21"),
    ("NO", "NO"),
    ("no", "no"),
    ("yes", "yes"),
    ("on", "on"),
    ("y", "y"),
    ("true", True),
    ("FALSE", False),
    ("tRue", "tRue"),
    ("null", None),
    ("~", None),
    ("", None),
    ("None", "None"),
    ("e5", "e5"),
    ("1.2.3", "1.2.3"),
    ("日本", "日本"),
]


@pytest.mark.parametrize(("text", "expected"), SCALARS)
def test_plain_scalars(text: str, expected: object) -> None:
    found = scalar(text)
    assert found == expected
    assert type(found) is type(expected)
    assert load(Path("r.yaml"), f"key: {text}\n").data == {"key": expected}


def test_not_a_number() -> None:
    assert math.isnan(scalar(".nan"))


@pytest.mark.parametrize("text", ['"2e-5"', "'12'", '"true"', '"null"', '""'])
def test_a_quoted_scalar_is_a_string(text: str) -> None:
    assert load(Path("r.yaml"), f"key: {text}\n").data == {"key": text[1:-1]}


TEXT = """\
# a comment
name: open
sources:
  - {use: files, path: a.jsonl}
  - use: files
    path: b.jsonl
steps:

  - filter:
      min: >
        two
        lines
"""


def test_every_place_knows_its_line() -> None:
    document = load(Path("r.yaml"), TEXT)
    lines = [
        (("name",), 2),
        (("sources",), 3),
        (("sources", 0, "path"), 4),
        (("sources", 1), 5),
        (("sources", 1, "path"), 6),
        (("steps", 0, "filter"), 9),
        (("steps", 0, "filter", "min"), 10),
    ]
    assert {place: document.lines[place] for place, _ in lines} == dict(lines)
    assert document.where(("steps", 0, "filter", "max")) == "r.yaml:9"
    assert document.where(("nothing",)) == "r.yaml:2"


def test_a_key_that_stands_twice_is_a_mistake_and_the_first_stays() -> None:
    document = load(Path("r.yaml"), "a: 1\nb:\n  c: 1\n  d: 2\n  c: 3\na: 2\n")
    assert [str(m).splitlines()[0] for m in document.mistakes] == [
        "r.yaml:5  c: this key stands twice",
        "r.yaml:6  a: this key stands twice",
    ]
    assert document.data == {"a": 1, "b": {"c": 1, "d": 2}}


NOT_YAML = [
    ("a: [1, 2\nb: 3\n", 2),
    ("a: 1\n\tb: 2\n", 2),
    ("a: 'open\n", 2),
    ("a: b: c\n", 1),
    ("a: *nowhere\n", 1),
    ("a: 1\n---\nb: 2\n", 2),
]


@pytest.mark.parametrize(("text", "line"), NOT_YAML)
def test_what_is_not_yaml_names_its_line(text: str, line: int) -> None:
    with pytest.raises(RecipeError, match=rf"^r\.yaml:{line}  not YAML: "):
        load(Path("r.yaml"), text)


def test_an_empty_file_holds_nothing() -> None:
    assert load(Path("r.yaml"), "").data is None


def test_a_file_that_is_not_utf8_names_itself(tmp_path: Path) -> None:
    path = tmp_path / "r.yaml"
    path.write_bytes("a: 1\nname: 東京\n".encode("cp932"))
    with pytest.raises(RecipeError, match=r"r\.yaml:2  not UTF-8"):
        load(path)


def test_a_control_character_names_its_line() -> None:
    with pytest.raises(RecipeError, match=r"^r\.yaml:3  not YAML: character U\+0007"):
        load(Path("r.yaml"), "a: 1\nb: 2\nc: \a\n")


def test_tags_build_nothing() -> None:
    text = "a: !!python/object/apply:os.getcwd []\nb: !!int '3'\n"
    assert load(Path("r.yaml"), text).data == {"a": [], "b": "3"}
