"""What the pages show must hold: links, recipes and commands."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from llmx_data.audit.waivers import Waiver
from llmx_data.classify import Teaching
from llmx_data.cli import _parser
from llmx_data.core.errors import RecipeError
from llmx_data.core.storage import shipped
from llmx_data.core.yaml12 import load
from llmx_data.license.cases import failures, read_cases
from llmx_data.license.facts import load as load_facts
from llmx_data.mix_plan import read_mix
from llmx_data.plan import read_plan
from tests.docs.pages import PAGES, ROOT, TEXTS, Block, doc, fenced, of, prose


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)\s#]+)(?:#[^)]*)?\)", prose(page))
    local = [t for t in targets if not t.startswith(("https://", "http://")) and t != "address"]
    assert [t for t in local if not (page.parent / t).exists()] == []


def test_every_page_is_in_the_index() -> None:
    linked = set(re.findall(r"\]\(([\w.]+\.md)\)", doc("index")))
    assert {p.name for p in ROOT.glob("docs/*.md")} - {"index.md"} == linked


BASE: dict[str, Any] = {
    "name": "page",
    "purpose": "publish-data",
    "sources": [{"use": "sample", "part": "web"}],
}
MISSING = (
    "is no finished run",
    "no file matches",
    "does not exist",
    "no JSON file below",
    "no folder",
)


def as_recipe(block: Block) -> str:
    """Recipe of a block: itself, or the least one around `fragment`, `steps` or `sources`."""
    if block.info in ("", "fragment") or block.info.endswith(".yaml"):
        data = load(Path("page.yaml"), block.text).data
        more = [k for k in BASE if k not in data] if block.info == "fragment" else []
        return "\n".join([block.text, *(f"{key}: {BASE[key]}" for key in more)])
    assert block.info in ("steps", "sources"), f"{block}: say yaml, or yaml steps | sources"
    given = {key: value for key, value in BASE.items() if key != block.info}
    head = "\n".join(f"{key}: {value}" for key, value in given.items())
    return f"{head}\n{block.info}:\n" + "".join(f"  {li}\n" for li in block.text.splitlines())


def mistakes(recipe: Path, read: Callable[[Path], object] = read_plan) -> list[str]:
    """Mistakes of a recipe, but for files of the reader's that are not there."""
    try:
        read(recipe)
    except RecipeError as error:
        return [str(m) for m in error.mistakes if not any(w in m.problem for w in MISSING)]
    return []


@pytest.mark.parametrize("block", of("yaml"), ids=str)
def test_recipes_are_read_without_mistakes(block: Block, tmp_path: Path) -> None:
    for python in (b for b in of("python") if b.page == block.page and b.info):
        (tmp_path / python.info).write_text(python.text, encoding="utf-8")
    recipe = tmp_path / "page.yaml"
    if block.text.startswith("source:"):
        Waiver.model_validate_json(json.dumps(load(recipe, block.text).data), strict=True)
        return
    if block.text.startswith("- id:"):
        recipe.write_text(block.text, encoding="utf-8")
        facts = load_facts(shipped("licenses"))
        assert [line for case in read_cases(recipe) for line in failures(case, facts)] == []
        return
    if "good:" in block.text:
        Teaching.model_validate(load(recipe, block.text).data)
        return
    if "\nruns:" in block.text:
        recipe.write_text(block.text, encoding="utf-8")
        assert mistakes(recipe, read_mix) == []
        return
    recipe.write_text(as_recipe(block), encoding="utf-8")
    assert mistakes(recipe) == []


def test_a_wrong_recipe_would_be_seen(tmp_path: Path) -> None:
    block = Block(ROOT / "README.md", 1, "yaml", "steps", "- filter: {use: length, min_char: 2}\n")
    recipe = tmp_path / "page.yaml"
    recipe.write_text(as_recipe(block), encoding="utf-8")
    assert "unknown key 'min_char'" in mistakes(recipe)[0]


def commands() -> Iterator[tuple[str, str]]:
    """Command lines: in blocks of sh and console, indented, or as code in a sentence."""
    for page in PAGES:
        blocks = [b.text for b in fenced(page) if b.language in ("sh", "console")]
        lines = re.findall(r"^(?:\$ )?(llmx .*)$", "\n".join(blocks), re.M)
        lines += re.findall(r"^    (llmx .*)$", prose(page), re.M)
        lines += re.findall(r"`(llmx [^`]*)`", prose(page))
        yield from ((page.name, line.partition(" #")[0].strip()) for line in lines)


SHOWN = [*dict.fromkeys(commands())]


@pytest.mark.parametrize(("page", "line"), SHOWN, ids=[f"{p}-{c}" for p, c in SHOWN])
def test_commands_can_be_typed(page: str, line: str) -> None:
    words = shlex.split(line)[1:]
    if len(words) > 1:
        _parser().parse_args(words)
        return
    with pytest.raises(SystemExit) as stopped:  # a command named alone: its help needs no arguments
        _parser().parse_args([*words, "--help"])
    assert stopped.value.code == 0


def test_make_targets_exist() -> None:
    known = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    shown = {
        t for text in TEXTS.values() for t in re.findall(r"(?:`|^    )make ([a-z]+)", text, re.M)
    }
    assert shown, "no make target is shown"
    assert shown - known == set()
