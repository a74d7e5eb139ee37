"""What the pages show must hold: links, recipes, commands, names, columns, thresholds, reasons."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
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
from llmx_data.kernels.text import Texts
from llmx_data.license.facts import load as load_facts
from llmx_data.plan import Top, read_plan
from llmx_data.report.glossary import NAMED_REASONS, REASONS
from llmx_data.road import curate
from llmx_data.steps import presets
from llmx_data.why import story_page

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
    """Text of a page without its fenced blocks."""
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


def test_presets_are_told_and_exist() -> None:
    known = set(presets())
    for page in ("filter", "thresholds"):
        assert {
            n for n in known if f"`{n}`" not in doc(page) and f"## {n}" not in doc(page)
        } == set()
    shown = {n for text in TEXTS.values() for n in re.findall(r"preset[:=] ?([a-z][\w-]+)", text)}
    assert shown
    assert shown - known == set()


def test_purposes_policies_and_acts_are_told() -> None:
    facts = load_facts(shipped("licenses"))
    words = [*facts.purposes, *facts.policies]
    words += [act for purpose in facts.purposes.values() for act in purpose.act]
    assert [w for w in words if w not in doc("audit")] == []
    rows = dict(re.findall(r"^\| `([\w-]+)` \| ([a-z_, ]+)", section("audit", "Purposes"), re.M))
    told = {name: tuple(acts.strip(" ").split(", ")) for name, acts in rows.items()}
    assert told == {name: purpose.act for name, purpose in facts.purposes.items()}


def test_parts_named_with_their_room_exist() -> None:
    rooms = "|".join([*ROOMS.values(), *FUNCTIONS])
    shown = {
        named
        for text in TEXTS.values()
        for named in re.findall(rf"`(?:llmx show )?((?:{rooms})/\w+)`", text)
    }
    assert len(shown) >= 5
    for room, part in (named.split("/") for named in shown):
        find(room, part, Path())


OPTIONED = [
    *(
        (room, name, page)
        for room, page in (("filter", "filter"), ("normalize", "normalize"))
        for name in names(room)
    ),
    *((room, name, room) for room in FUNCTIONS for name in names(room)),
]


@pytest.mark.parametrize(
    ("room", "name", "page"), OPTIONED, ids=[f"{r}/{n}" for r, n, _ in OPTIONED]
)
def test_parts_and_their_options_are_told(room: str, name: str, page: str) -> None:
    part = find(room, name, Path())
    assert name in doc(page).casefold()
    assert [o for o in part.model_fields if f"`{o}`" not in doc(page)] == []


def test_sources_are_told() -> None:
    assert [n for n in names("ingest") if f"`{n}`" not in doc("ingest")] == []
    for name in names("ingest"):
        options = find("ingest", name, Path()).model_fields
        lacking = [o for o in options if not re.search(rf"\b{o}\b", doc("ingest"))]
        assert lacking == [], name


def test_recipe_keys_and_exit_codes_are_told() -> None:
    assert [k for k in Top.model_fields if f"| `{k}` |" not in doc("recipe")] == []
    assert [k for k in Teaching.model_fields if f"`{k}`" not in doc("classifier")] == []
    codes = {e.exit_code for e in vars(errors).values() if hasattr(e, "exit_code")} | {0, 130}
    told = {int(n) for n in re.findall(r"^\| (\d+) \|", doc("recipe"), re.M)}
    assert told == codes


@pytest.mark.parametrize("name", names("measure"))
def test_measure_columns_and_costs_are_told(name: str) -> None:
    part = find("measure", name, Path())
    given = {f: "<name>" for f, info in part.model_fields.items() if info.is_required()}
    measure = part.model_construct(**given)
    told = dict(re.findall(r"^\| `([^`]+)` \| [^|]+ \| (\w+) \|", section("measure", name), re.M))
    assert told == {column: str(kind) for column, kind in measure.gives().items()}
    assert f"Cost: {part.cost:g}." in section("measure", name)
    assert [o for o in part.model_fields if f"`{o}`" not in section("measure", name)] == []


@pytest.mark.parametrize("name", presets())
def test_thresholds_are_told(name: str) -> None:
    rows = re.findall(
        r"^\| `(\w+)`(?: on (\w+))? \| `(\w+)` \| (.*?) \|", section("thresholds", name), re.M
    )
    told = sorted(
        (use, on, option, value.split(" (reason")[0].strip("`")) for use, on, option, value in rows
    )
    filters = load(presets()[name]).data["filters"]
    real = sorted(
        (
            f["use"],
            f.get("on", ""),
            option,
            ", ".join(value) if isinstance(value, list) else str(value),
        )
        for f in filters
        for option, value in f.items()
        if option not in ("use", "on", "reason")
    )
    assert told == real


def test_reasons_are_told() -> None:
    for word, reason in (REASONS | NAMED_REASONS).items():
        named = {"word": word, "ja": reason.ja, "why": reason.en_why}
        row = "| `{word}` | {ja} | {why} |".format(**named).replace("{name}", "<name>")
        assert row in section("report", "Drop reasons"), word


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """Run the bundled sample; gives its run directory and summary."""
    path = tmp_path_factory.mktemp("sample")
    plan = read_plan(shipped("recipes") / "curate" / "sample.yaml")
    return path, curate(plan, Run(path), workers=1, limit=None, talk=Talk(quiet=True))


@pytest.mark.slow
def test_the_sample_ends_as_the_readme_says(sample: tuple[Path, dict[str, Any]]) -> None:
    said = _said(sample[1] | {"run": "runs/sample"}) + "\n"
    shown = [b for b in of("text") if b.info == "sample"]
    assert {b.page.name for b in shown} == {"README.md", "README.ja.md"}
    for block in shown:
        assert block.text == said, f"{block}: paste what the sample says now"


STORIES = [b for b in of("console") if "llmx why runs/sample" in b.text]


@pytest.mark.slow
@pytest.mark.parametrize("block", STORIES, ids=str)
def test_stories_are_told_as_shown(block: Block, sample: tuple[Path, dict[str, Any]]) -> None:
    command, *shown = block.text.splitlines()
    told = story_page(sample[0], command.split()[-1]).splitlines()
    assert [line for line in shown if line != "..." and line not in told] == []


@pytest.mark.slow
def test_parts_of_the_contributing_page_work(tmp_path: Path) -> None:
    mine = [b for b in BLOCKS if b.page.name == "CONTRIBUTING.md" and "." in b.info]
    for block in mine:
        (tmp_path / block.info).write_text(block.text, encoding="utf-8")
    rows = ['{"text": "今日は朝から雨が降っている。 #天気"}', '{"text": "🎉🎉🎉やった🎉🎉🎉"}']
    (tmp_path / "talk.jsonl").write_text("\n".join(rows) + "\n", encoding="utf-8")
    threads = '{"question": "雨はいつ止みますか。", "best": "夕方です。", "votes": 3}\n'
    (tmp_path / "threads.jsonl").write_text(threads, encoding="utf-8")
    texts = {}
    for name in ("emoji", "forum"):
        plan = read_plan(tmp_path / f"{name}.yaml")
        curate(plan, Run(tmp_path / name), workers=1, limit=None, talk=Talk(quiet=True))
        files = sorted((tmp_path / name / "dataset").rglob("*.parquet"))
        texts[name] = pl.concat([pl.read_parquet(f, columns=["text"]) for f in files])["text"]
    assert texts["emoji"].to_list() == ["今日は朝から雨が降っている。"]
    assert texts["forum"].to_list() == ["雨はいつ止みますか。\n\n夕方です。"]
    drops = pl.read_parquet(tmp_path / "emoji" / "drops" / "01-filter-emoji.parquet")
    assert drops["reason"].to_list() == ["many_emoji"]
    measure: Any = find("measure", "./questions.py", tmp_path)()
    counts = measure.measure(Texts(pl.Series(["本当？本当?", None, ""])))
    assert counts["questions_count"].to_list() == [2, None, 0]
