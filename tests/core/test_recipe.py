"""The reader of recipes: mistakes with their place, values laid over by --set, origins."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict

from llmx_data.core.errors import RecipeError
from llmx_data.core.recipe import Reader, open_recipe, resolved_yaml, say
from llmx_data.core.yaml12 import load


class Options(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    name: str
    min_chars: int | None = None
    share: float = 0.5
    mode: Literal["mask", "drop"] = "mask"
    use: str | dict[str, int] = "a"


def reader(text: str) -> Reader:
    """Reader over a text, as if it stood in r.yaml."""
    return Reader(load(Path("r.yaml"), text))


FAULTS = [
    ("name: a\nmin_char: 3", "r.yaml:2  unknown key 'min_char' | did you mean 'min_chars'?"),
    ("min_chars: 3", "r.yaml:1  'name' is missing"),
    ("name: 3", "r.yaml:1  'name' is 3: input should be a valid string"),
    ('name: a\nmin_chars: "3"', "r.yaml:2  'min_chars' is \"3\": input should be a valid integer"),
    ("name: a\nmin_chars: true", "r.yaml:2  'min_chars' is true: input should be a valid integer"),
    ("name: a\nshare: NO", "r.yaml:2  'share' is \"NO\": input should be a valid number"),
    ("name: a\n\nmode: hide", "r.yaml:3  'mode' is \"hide\": input should be 'mask' or 'drop'"),
    ("name: a\nuse: 3", "r.yaml:2  'use' is 3: input should be a valid string, or input should"),
    ("name: a\nuse: {b: c}", "r.yaml:2  'use.b' is \"c\": input should be a valid integer"),
]


@pytest.mark.parametrize(("text", "expected"), FAULTS)
def test_one_fault_is_one_mistake(text: str, expected: str) -> None:
    found = reader(text)
    assert found.validate(Options, found.document.data, ()) is None
    (mistake,) = found.mistakes
    said, _, remedy = expected.partition(" | ")
    assert f"{mistake.where}  {mistake.problem}".startswith(said)
    assert mistake.remedy.startswith(remedy)


@pytest.mark.parametrize(
    ("use", "path", "wrong"),
    [
        ("words", "words.txt", False),
        ("words", "folder", True),
        ("copied_source", "words.txt", False),
        ("copied_source", "folder", False),
        ("copied_source", "nowhere", True),
    ],
)
def test_a_folder_only_where_a_part_reads_folders(
    tmp_path: Path, use: str, path: str, wrong: bool
) -> None:
    (tmp_path / "words.txt").touch()
    (tmp_path / "folder").mkdir()
    found = Reader(load(tmp_path / "r.yaml", "name: x\n"))
    options = {"use": use, "path": path} | ({"name": "n"} if use == "words" else {})
    found.part("filter", options, ("filter",), "filter")
    problems = [f"file '{path}' does not exist"] if wrong else []
    assert [m.problem for m in found.mistakes] == problems


def test_mistakes_come_together_in_the_order_of_lines() -> None:
    found = reader("name: 3\nshare: x\nname: 4\nmin_char: 1\n")
    found.validate(Options, found.document.data, ())
    with pytest.raises(RecipeError) as caught:
        found.finish()
    assert [m.where for m in caught.value.mistakes] == [f"r.yaml:{n}" for n in (1, 2, 3, 4)]
    assert str(caught.value).count("r.yaml:") == 4


def test_without_mistakes_nothing_is_raised() -> None:
    found = reader("name: a\n")
    assert found.validate(Options, found.document.data, ()) == Options(name="a")
    found.finish()


PLACES: list[tuple[tuple[str | int, ...], str]] = [
    ((), ""),
    (("name",), "name"),
    (("steps", 2, "filter", "min_chars"), "steps[2].filter.min_chars"),
    (("steps", 0, "filter", 1, "use"), "steps[0].filter[1].use"),
]


@pytest.mark.parametrize(("place", "text"), PLACES)
def test_say(place: tuple[str | int, ...], text: str) -> None:
    assert say(place) == text


RECIPE = "name: open\nsteps:\n  - filter: {use: length, min_chars: 3}\n"

SETS: list[tuple[str, list[str | int], Any]] = [
    ("name=new", ["name"], "new"),
    ("steps[0].filter.min_chars=100", ["steps", 0, "filter", "min_chars"], 100),
    ("steps[0].filter.share=2e-5", ["steps", 0, "filter", "share"], 2e-5),
    ("steps[0].filter.max=null", ["steps", 0, "filter", "max"], None),
    ("steps[0].only=NO", ["steps", 0, "only"], "NO"),
    ("output.mode=a=b", ["output", "mode"], "a=b"),
    ("date=", ["date"], None),
]


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    """Write a small recipe."""
    path = tmp_path / "r.yaml"
    path.write_text(RECIPE, encoding="utf-8")
    return path


@pytest.mark.parametrize(("item", "place", "value"), SETS)
def test_set_lays_a_value_over(
    recipe: Path, item: str, place: list[str | int], value: object
) -> None:
    found = open_recipe(recipe, [item])
    target: Any = found.document.data
    for step in place:
        target = target[step]
    assert target == value
    assert type(target) is type(value)
    assert found.origins == {tuple(place): "--set"}


@pytest.mark.parametrize(
    "item", ["steps[5].filter.min_chars=1", "steps[1]=1", "name.first=1", "steps.filter=1"]
)
def test_set_of_a_place_that_is_not_there(recipe: Path, item: str) -> None:
    with pytest.raises(RecipeError, match=r"^--set .*: the recipe has no such place"):
        open_recipe(recipe, [item])


def test_set_without_a_value(recipe: Path) -> None:
    with pytest.raises(RecipeError, match="wanted PLACE=VALUE"):
        open_recipe(recipe, ["name"])


def test_a_wrong_value_of_set_is_not_blamed_on_the_file(recipe: Path) -> None:
    found = open_recipe(recipe, ["name=3"])
    found.validate(Options, {"name": found.document.data["name"]}, ())
    assert found.mistakes[0].where == "--set name"


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "just words\n"])
def test_a_recipe_is_a_mapping(tmp_path: Path, text: str) -> None:
    path = tmp_path / "r.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RecipeError, match=r"r\.yaml:1  a recipe is a mapping"):
        open_recipe(path)


def test_a_recipe_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"no\.yaml does not exist\n.*llmx list"):
        open_recipe(tmp_path / "no.yaml")


def test_resolved_yaml_says_where_values_came_from_and_can_be_read_back() -> None:
    values: dict[str, Any] = {
        "name": "東京: #1",
        "share": 2e-05,
        "word": "NO",
        "none": None,
        "steps": [{"filter": [{"use": "length", "min_chars": 3}]}, {"pii": []}],
        "empty": {},
    }
    origins = {("name",): "recipe:1", ("steps", 0): "preset web-ja", ("share",): "--set"}
    text = resolved_yaml(values, {**origins, ("none",): "default"})
    assert load(Path("x"), text).data == values
    assert text.splitlines() == [
        'name: "東京: #1"  # recipe:1',
        "share: 2e-05  # --set",
        'word: "NO"',
        "none: null  # default",
        "steps:",
        "  -",
        "    filter:",
        "      -",
        '        use: "length"  # preset web-ja',
        "        min_chars: 3  # preset web-ja",
        "  -",
        "    pii: []",
        "empty: {}",
    ]
