"""What a right recipe resolves to: the steps in order, every value, and where it came from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from llmx_data.core.recipe import resolved_yaml
from llmx_data.core.storage import shipped
from llmx_data.core.yaml12 import load
from llmx_data.plan import Plan, read_plan
from llmx_data.steps import presets

RECIPE = """\
name: open
purpose: publish-data
sources:
  - {use: files, path: wiki.jsonl, license: CC-BY-4.0}
normalize: [unicode, {use: whitespace, max_blank_lines: 2}]
steps:
  - dedup: [exact, {use: minhash, threshold: 0.9}]
  - filter: {use: length, min_chars: 10}
    only: wiki
  - filter:
      - preset: swallow-v1
        without: [lines]
        with:
          length: {min_chars: 50}
        on: answer
      - {use: length, max_chars: 900}
  - decontaminate: {against: [{name: q, path: quiz.jsonl}]}
  - pii: {mode: drop}
output: {formats: [parquet]}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder with the files that the recipe names."""
    (tmp_path / "wiki.jsonl").write_text('{"text": "東京の図書館。"}\n', encoding="utf-8")
    (tmp_path / "quiz.jsonl").write_text('{"question": "首都は？"}\n', encoding="utf-8")
    return tmp_path


def plan_of(folder: Path, text: str = RECIPE, *sets: str) -> Plan:
    """Read a recipe from its text."""
    (folder / "r.yaml").write_text(text, encoding="utf-8")
    return read_plan(folder / "r.yaml", list(sets))


def test_steps_are_named_and_numbered_in_order(folder: Path) -> None:
    assert [(s.name, len(s.parts), s.only) for s in plan_of(folder).steps] == [
        ("01-dedup-exact", 1, ()),
        ("02-dedup-minhash", 1, ()),
        ("03-filter-length", 1, ("wiki",)),
        ("04-filter-swallow-v1", 5, ()),
        ("05-decontaminate", 1, ()),
        ("06-pii", 1, ()),
    ]


def test_a_preset_with_and_without(folder: Path) -> None:
    parts = plan_of(folder).steps[3].parts
    assert [p.use for p in parts] == ["length", "characters", "sentences", "repetition", "length"]
    assert parts[0].options == {"min_chars": 50, "min_japanese": 400, "on": "answer"}
    assert parts[1].options["on"] == parts[3].options["on"] == "answer"
    assert parts[4].options == {"max_chars": 900}
    plain = plan_of(folder, RECIPE.replace("        without: [lines]\n", "")).steps[3].parts
    assert [p.use for p in plain][3:] == ["lines", "repetition", "length"]


@pytest.mark.parametrize("name", sorted(presets()))
def test_every_preset_can_be_used_as_it_stands(folder: Path, name: str) -> None:
    head = RECIPE.partition("steps:")[0]
    (step,) = plan_of(folder, head + f"steps:\n  - filter: {{preset: {name}}}\n").steps
    assert len(step.parts) == len(load(presets()[name]).data["filters"]) > 0


def test_there_are_presets() -> None:
    assert {"web-ja", "news-ja", "instruction-ja", "swallow-v1"} <= set(presets())


ORIGINS: list[tuple[str, Any, str]] = [
    ("name", "open", "recipe:1"),
    ("purpose.name", "publish-data", "recipe:2"),
    ("purpose.policy", "standard", "purpose publish-data"),
    ("on_denied", "stop", "default"),
    ("on_bad_row", "stop", "--set"),
    ("sources.0.use", "files", "recipe:4"),
    ("sources.0.path", "wiki.jsonl", "recipe:4"),
    ("sources.0.priority", 0, "default"),
    ("normalize.0.use", "unicode", "recipe:5"),
    ("normalize.0.form", "nfc", "default"),
    ("normalize.1.max_blank_lines", 2, "recipe:5"),
    ("steps.0.dedup.0.use", "exact", "recipe:7"),
    ("steps.0.dedup.0.on", "all", "default"),
    ("steps.1.dedup.0.use", "minhash", "recipe:7"),
    ("steps.1.dedup.0.threshold", 0.9, "recipe:7"),
    ("steps.1.dedup.0.bands", 14, "default"),
    ("steps.2.filter.0.min_chars", 12, "--set"),
    ("steps.2.only.0", "wiki", "recipe:9"),
    ("steps.3.filter.0.use", "length", "preset swallow-v1"),
    ("steps.3.filter.0.min_chars", 50, "recipe:14"),
    ("steps.3.filter.0.min_japanese", 300, "--set"),
    ("steps.3.filter.0.max_chars", None, "default"),
    ("steps.3.filter.0.on", "answer", "recipe:15"),
    ("steps.3.filter.1.min_hiragana_share", 0.2, "preset swallow-v1"),
    ("steps.3.filter.4.use", "length", "recipe:16"),
    ("steps.3.filter.4.max_chars", 900, "recipe:16"),
    ("steps.4.decontaminate.0.use", "overlap", "default"),
    ("steps.4.decontaminate.0.against.0.name", "q", "recipe:17"),
    ("steps.4.decontaminate.0.against.0.path", "quiz.jsonl", "recipe:17"),
    ("steps.4.decontaminate.0.against.0.fields", None, "default"),
    ("steps.5.pii.0.mode", "drop", "recipe:18"),
    ("output.formats.0", "parquet", "recipe:19"),
    ("date", None, "default"),
]
SETS = [
    "on_bad_row=stop",
    "steps[1].filter.min_chars=12",
    "steps[2].filter[0].with.length.min_japanese=300",
]


def test_every_value_says_where_it_came_from(folder: Path) -> None:
    plan = plan_of(folder, RECIPE, *SETS)
    found = []
    for spelled, _, _ in ORIGINS:
        place = tuple(int(w) if w.isdigit() else w for w in spelled.split("."))
        value: Any = plan.resolved()
        for step in place:
            value = value[step]
        found.append((spelled, value, plan.origins.get(place)))
    assert found == ORIGINS


def test_no_value_is_without_an_origin_and_the_page_can_be_read_back(folder: Path) -> None:
    plan = plan_of(folder)
    text = resolved_yaml(plan.resolved(), plan.origins)
    assert load(Path("x"), text).data == plan.resolved()
    values = [line for line in text.splitlines() if not line.endswith((":", "-"))]
    assert len(values) > 80
    assert [line for line in values if "  # " not in line] == []


def test_a_purpose_spelled_out(folder: Path) -> None:
    text = RECIPE.replace("publish-data", "{act: [evaluate_only], policy: strict}")
    plan = plan_of(folder, text)
    assert (plan.purpose.policy, plan.purpose.act) == ("strict", ("evaluate_only",))
    assert plan.origins[("purpose", "policy")] == "recipe:2"
    assert plan.origins[("purpose", "mode")] == "default"


PART = '''"""Keep all."""
from llmx_data.filter import Filter

class Own(Filter):
    """Keep all."""

    def needs(self):
        return []

    def reasons(self):
        yield from ()
'''


def test_the_code_of_a_part_beside_the_recipe_is_told(folder: Path) -> None:
    codes = []
    for i, text in enumerate((PART, PART + "\n", PART)):
        here = folder / str(i)
        here.mkdir()
        (here / "own.py").write_text(text, encoding="utf-8")
        (here / "wiki.jsonl").write_text('{"text": "東京"}\n', encoding="utf-8")
        head = RECIPE.partition("steps:")[0]
        plan = plan_of(here, head + "steps:\n  - filter: {use: ./own.py}\n")
        assert plan.steps[0].name == "01-filter-own"
        codes.append(plan.resolved()["steps"][0]["filter"][0]["code"])
    assert codes[0] == codes[2] != codes[1]
    assert len(codes[0]) == 16


RECIPES = sorted((shipped("recipes") / "curate").glob("*.yaml"))


@pytest.mark.parametrize("path", RECIPES, ids=[p.stem for p in RECIPES])
def test_every_bundled_recipe_is_right_and_says_its_command(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert f"llmx curate recipes/curate/{path.name}" in text.partition("\nname:")[0]
    data = load(path).data
    local = [s for s in data["sources"] if s["use"] != "sample"]
    if local:
        pytest.skip(f"{path.name} reads files that are not bundled: {local[0]}")
    assert read_plan(path).name == path.stem
