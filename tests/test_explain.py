"""Pages about the house: nothing that can be named is missing from them, and dear steps are told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from llmx_data import steps
from llmx_data.core.errors import RecipeError
from llmx_data.core.parts import ROOMS, find, names
from llmx_data.core.storage import shipped
from llmx_data.explain import (
    FUNCTIONS,
    listing,
    listing_page,
    part_facts,
    part_page,
    plan_page,
)
from llmx_data.plan import read_plan

PLACES = [(room, name) for room in (*ROOMS.values(), *FUNCTIONS) for name in names(room)]


def test_the_list_names_everything_a_recipe_can() -> None:
    found = listing()
    kinds = ["recipe", "preset", "purpose", *ROOMS, *FUNCTIONS]
    assert list(found) == kinds
    assert all(found[kind] for kind in kinds)
    assert found["recipe"] == sorted(
        p.relative_to(shipped("recipes")).as_posix() for p in shipped("recipes").glob("*/*.yaml")
    )
    assert len(found["preset"]) == len(list(Path(steps.__file__).parent.rglob("presets/*.yaml")))
    assert "length" in found["filter"]
    assert set(steps.STEPS) == {"filter", *FUNCTIONS}
    assert found["dedup"] == ["exact", "minhash"]


def test_the_page_gives_each_part_a_line_that_says_what_it_is() -> None:
    lines = listing_page().splitlines()
    for room, name in PLACES:
        about = (find(room, name, Path()).__doc__ or "").strip().splitlines()[0]
        assert f"  {name:<18} {about}" in lines
    assert {"filter", "source", "preset", "  web-ja", "  curate/sample.yaml"} <= set(lines)
    assert lines[-1].startswith("llmx show ROOM/NAME")


@pytest.mark.parametrize(("room", "name"), PLACES)
def test_every_part_has_a_page(room: str, name: str) -> None:
    facts = part_facts(f"{room}/{name}")
    page = part_page(f"{room}/{name}")
    assert page.startswith(f"{room}/{name}\n\n{facts['about'].splitlines()[0]}")
    for option, about in facts["options"].items():
        assert about["about"], f"{room}/{name}: {option} is not explained"
        assert f"  {option}: {about['type']} " in page
        assert "typing." not in page
    json.dumps(facts, default=str)


def test_a_page_gives_type_default_and_words_of_an_option() -> None:
    options = part_facts("filter/length")["options"]
    assert list(options) == ["on", "min_chars", "max_chars", "min_japanese"]
    assert options["min_chars"]["default"] is None
    assert options["min_chars"]["type"] == "int | None"
    assert options["min_chars"]["about"].startswith("Fewest characters.")
    assert part_facts("ingest/files")["options"]["path"]["default"] == "(required)"
    assert "  path: str (required)\n      File, folder or glob" in part_page("ingest/files")
    assert "  min_chars: int | None = None\n" in part_page("filter/length")
    assert part_facts("source/files") == part_facts("ingest/files")


NO_PAGE = [
    ("length", "'length' is no ROOM/NAME"),
    ("filtr/length", "did you mean 'filter'?"),
    ("filter/lenght", "did you mean 'length'?"),
    ("core/part", "'core/part' is no ROOM/NAME"),
    ("filter/", "unknown part ''"),
]


@pytest.mark.parametrize(("place", "message"), NO_PAGE)
def test_what_has_no_page(place: str, message: str) -> None:
    with pytest.raises(RecipeError) as caught:
        part_page(place)
    assert message in str(caught.value)


DEAR = "filter: {use: morphology, max_noun_share: 0.8}"
CHEAP = "filter: {use: length, min_chars: 10}"
ORDERS = [
    ([DEAR, CHEAP], ["02-filter-length"]),
    ([CHEAP, DEAR], []),
    ([DEAR, "dedup: exact", CHEAP], ["02-dedup-exact", "03-filter-length"]),
    ([DEAR, "pii: {mode: mask}"], []),
    ([DEAR, "pii: {mode: drop}"], ["02-pii"]),
    (["dedup: minhash", CHEAP], []),
    ([DEAR, DEAR], []),
]


@pytest.mark.parametrize(("order", "warned"), ORDERS)
def test_a_cheap_step_after_a_dear_one_is_warned_of(
    tmp_path: Path, order: list[str], warned: list[str]
) -> None:
    page = checked(tmp_path, order)
    found = [line.split()[1] for line in page.splitlines() if "warning:" in line]
    assert found == warned
    assert page.count("01-filter-morphology before it") == len(warned)
    assert page.endswith("r.yaml: no mistakes")


def test_the_order_is_printed_with_measured_costs(tmp_path: Path) -> None:
    lines = checked(tmp_path, [DEAR, CHEAP]).splitlines()
    below = lines[lines.index("order:") + 1 :]
    assert below[0].split()[0] == "01-filter-morphology"
    costs: list[Any] = [float(line.split()[1]) for line in below if "us per" in line]
    assert costs[0] > 100 * costs[1] > 0


def checked(folder: Path, order: list[str]) -> str:
    """Page of `llmx check` for a recipe with these steps."""
    body = "".join(f"  - {step}\n" for step in order)
    text = "name: x\npurpose: research\nsources:\n  - {use: sample, part: web}\nsteps:\n" + body
    (folder / "r.yaml").write_text(text, encoding="utf-8")
    return plan_page(read_plan(folder / "r.yaml"))
