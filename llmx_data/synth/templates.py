"""Families of chat templates, as far as Magpie needs them: up to where the user speaks.

The engine's own chat template asks for the answer, so no more of a template is kept here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from llmx_data.core import yaml12
from llmx_data.core.errors import Mistake, RecipeError, nearest
from llmx_data.synth.material import SLOT, Plain, _fill, _read, _shipped

SYSTEM = "{system}"

HOW = (
    "write pre_query: (with {system}) and stop: in the recipe, as the model's own template has them"
)


class Family(Plain, frozen=True):
    """What stands before a user's words, and what shows that they have ended."""

    name: str
    pre_query: str
    """Text up to where the user speaks, with a slot for the system text; without BOS."""
    stop: tuple[str, ...]
    """Never a bare line end: tasks may have several lines."""
    models: tuple[str, ...] = ()
    bos: str = ""
    """To be put in front for an engine that adds none."""
    system: str | None = None
    """The only system text that the model's template knows, where it takes no other."""
    sure: bool = False
    """Whether `pre_query` and `stop` were checked against public material."""
    source: str = ""
    note: str = ""

    def prompt(self, system: str) -> str:
        """Give the text to be continued; `system` steers, where the model takes one."""
        return _fill(self.pre_query, {"system": self.system or system})


class Magpie(Plain, frozen=True):
    """The file of families; `role_marks` stop all of them, `steer` is the system text."""

    license: str
    steer: str
    role_marks: tuple[str, ...]
    families: tuple[Family, ...]


def family(name: str, path: Path | None = None) -> Family:
    """Give a family by its name, its stops with the marks of a role that changes.

    Errors: RecipeError with file and line for a file that is wrong, an unknown family, and one
    whose strings nobody checked: it tells how to supply them.
    """
    file = path or _shipped("prompts") / "magpie.yaml"
    known = magpie(file)
    for i, one in enumerate(known.families):
        if one.name == name and not one.sure:
            where = yaml12.load(file).where(("families", i, "sure"))
            told = f"the strings of '{name}' were not checked: {one.note}"
            raise RecipeError([Mistake(where, "", told, HOW)])
        if one.name == name:
            return msgspec.structs.replace(one, stop=(*one.stop, *known.role_marks))
    remedy = f"{nearest(name, [one.name for one in known.families])}; or {HOW}"
    raise RecipeError([Mistake(str(file), "families", f"no template family '{name}'", remedy)])


def magpie(path: Path | None = None) -> Magpie:
    """Read the file of families. Errors: RecipeError with file and line of every mistake."""
    file = path or _shipped("prompts") / "magpie.yaml"
    found, document = _read(file, Magpie), yaml12.load(file)
    names = [one.name for one in found.families]
    mistakes = [
        Mistake(document.where(("families", i, key)), f"families.{i}.{key}", told)
        for i, one in enumerate(found.families)
        for key, told in (*_wrong(one), *(() if one.source else (("source", "is not said"),)))
    ]
    mistakes += [
        Mistake(document.where(("families", i, "name")), f"families.{i}.name", "stands twice")
        for i, name in enumerate(names)
        if name in names[:i]
    ]
    if bare := [mark for mark in found.role_marks if not mark.strip()]:
        mistakes.append(Mistake(document.where(("role_marks",)), "role_marks", _bare(bare)))
    if mistakes:
        raise RecipeError(mistakes)
    return found


def own(pre_query: str, stop: Sequence[str]) -> Family:
    """Make a family of strings that a recipe gives. Errors: RecipeError if they cannot work."""
    given = Family(name="recipe", pre_query=pre_query, stop=tuple(stop), sure=True)
    if mistakes := [Mistake("", key, told) for key, told in _wrong(given)]:
        raise RecipeError(mistakes)
    return given


def _wrong(one: Family) -> Iterator[tuple[str, str]]:
    if [match[0] for match in SLOT.finditer(one.pre_query)] != [SYSTEM]:
        yield "pre_query", "needs the slot {system} once, and no other"
    if one.bos and one.pre_query.lstrip().startswith(one.bos):
        yield "pre_query", f"begins with {one.bos!r}, which engines add"
    if not one.stop:
        yield "stop", "nothing ends the user's turn"
    if bare := [text for text in one.stop if not text.strip()]:
        yield "stop", _bare(bare)


def _bare(texts: Sequence[str]) -> str:
    return f"{texts[0]!r} would cut tasks of several lines"
