"""What the pages show must hold: links, recipes, commands, names, columns, thresholds, reasons."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from llmx_data.classify import Teaching
from llmx_data.cli import _parser, _said
from llmx_data.core import errors
from llmx_data.core.errors import RecipeError
from llmx_data.core.parts import ROOMS, find, names
from llmx_data.core.progress import Talk
from llmx_data.core.run import Run
from llmx_data.core.storage import shipped
from llmx_data.core.yaml12 import load
from llmx_data.explain import FUNCTIONS
from llmx_data.license.facts import load as load_facts
from llmx_data.plan import Top, read_plan
from llmx_data.report.glossary import NAMED_REASONS, REASONS
from llmx_data.road import curate
from llmx_data.steps import presets

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    [*ROOT.glob("docs/*.md"), *(ROOT / n for n in ("README.md", "README.ja.md"))]
    + [ROOT / n for n in ("CONTRIBUTING.md", "CHANGELOG.md")]
)
TEXTS = {page: page.read_text(encoding="utf-8") for page in PAGES}


class Block(NamedTuple):
    """A fenced block: its page, line, language, the rest of the info string, and its text."""

    page: Path
    line: int
    language: str
    info: str
    text: str

    def __str__(self) -> str:
        return f"{self.page.name}:{self.line}"


def fenced(page: Path) -> Iterator[Block]:
    """Fenced blocks of a page."""
    for found in re.finditer(r"^```(\w+)(?: ([^\n]+))?\n(.*?)^```$", TEXTS[page], re.M | re.S):
        line = TEXTS[page].count("\n", 0, found.start()) + 1
        yield Block(page, line, found[1], found[2] or "", found[3])


def prose(page: Path) -> str:
    """A page without its fenced blocks."""
    return re.sub(r"^```.*?^```$", "", TEXTS[page], flags=re.M | re.S)


BLOCKS = [block for page in PAGES for block in fenced(page)]


def of(*languages: str) -> list[Block]:
    """Blocks in one of some languages; there must be some."""
    found = [block for block in BLOCKS if block.language in languages]
    assert found, languages
    return found


def doc(name: str) -> str:
    """Text of docs/<name>.md."""
    return TEXTS[ROOT / "docs" / f"{name}.md"]


def section(name: str, heading: str) -> str:
    """Text under a second-level heading of a page."""
    return doc(name).split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]


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
MISSING = ("no file matches", "does not exist", "no JSON file below", "no folder")


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


def mistakes(recipe: Path) -> list[str]:
    """Mistakes of a recipe, but for files of the reader's that are not there."""
    try:
        read_plan(recipe)
    except RecipeError as error:
        return [str(m) for m in error.mistakes if not any(w in m.problem for w in MISSING)]
    return []


@pytest.mark.parametrize("block", of("yaml"), ids=str)
def test_recipes_are_read_without_mistakes(block: Block, tmp_path: Path) -> None:
    for python in (b for b in of("python") if b.page == block.page and b.info):
        (tmp_path / python.info).write_text(python.text, encoding="utf-8")
    recipe = tmp_path / "page.yaml"
    if "good:" in block.text:
        Teaching.model_validate(load(recipe, block.text).data)
        return
    recipe.write_text(as_recipe(block), encoding="utf-8")
    assert mistakes(recipe) == []


def test_a_wrong_recipe_would_be_seen(tmp_path: Path) -> None:
    block = Block(ROOT / "README.md", 1, "yaml", "steps", "- filter: {use: length, min_char: 2}\n")
    recipe = tmp_path / "page.yaml"
    recipe.write_text(as_recipe(block), encoding="utf-8")
    assert "unknown key 'min_char'" in mistakes(recipe)[0]


def commands() -> Iterator[tuple[str, str]]:
    """Whole command lines of the pages: in blocks, or indented."""
    for page in PAGES:
        for line in TEXTS[page].splitlines():
            found = re.match(r"(?:\$ |    )?(llmx [a-z].*)", line)
            if found and not found[1].startswith(("llmx is", "llmx turns", "llmx begins")):
                yield page.name, found[1].partition(" #")[0].strip()


SHOWN = [*dict.fromkeys(commands())]


@pytest.mark.parametrize(("page", "line"), SHOWN, ids=[f"{p}-{c}" for p, c in SHOWN])
def test_commands_can_be_typed(page: str, line: str) -> None:
    verbs = set(_parser()._subparsers._group_actions[0].choices)  # type: ignore[union-attr, arg-type]
    words = shlex.split(line)
    if words[1] in verbs:
        _parser().parse_args(words[1:])
    else:
        assert re.match(r"[a-z]+ ", line), f"{page}: no command '{words[1]}' ({line})"
        pytest.skip("a sentence that begins with llmx")
