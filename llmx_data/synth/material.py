"""Text material of our own, CC0-1.0: seed tasks, persona factors and prompt files in Japanese."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal, TypeVar

import msgspec

from llmx_data.core import yaml12
from llmx_data.core.errors import Mistake, RecipeError, nearest
from llmx_data.core.storage import shipped

SLOT = re.compile(r"\{([a-z_]+)\}")
"""A slot; the braces of JSON shown in a prompt are followed by a quotation mark and are none."""

TRIES = 10_000
"""Draws in a row that give no new persona before the factors count as used up. Ours."""


class Plain(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A record of a file; unknown keys and wrong types are mistakes."""


Record = TypeVar("Record", bound=Plain)
Choice = TypeVar("Choice")
Values = Mapping[str, tuple[str, ...]]


class Seed(Plain, frozen=True):
    """A task with its answer; `check` holds facts that only tests read."""

    id: str
    category: str
    instruction: str
    output: str
    input: str = ""
    check: Mapping[str, Any] = {}


class Seeds(Plain, frozen=True):
    """The file of seed tasks."""

    license: str
    seeds: tuple[Seed, ...]


class Wordings(Plain, frozen=True):
    """How tasks about a document are asked, and styles to rewrite one in."""

    license: str
    wordings: Mapping[str, tuple[str, ...]]


class Band(Plain, frozen=True):
    """Names that go with ages from `first` to `last` years: age bands, or a group's occupations."""

    names: tuple[str, ...]
    first: int = msgspec.field(name="from")
    last: int = msgspec.field(name="to")
    group: str = ""


class Rule(Plain, frozen=True):
    """Whoever has for each factor of `when` one of its values has none of the values in `never`."""

    because: str
    when: Values = msgspec.field(name="if")
    never: Values


class Persona(Plain, frozen=True):
    """Someone who might ask: a value of every factor, and who it is in a few words."""

    values: Mapping[str, str]
    text: str


class Factors(Plain, frozen=True):
    """What personas are drawn from; `text` says who one is, with factors as slots."""

    license: str
    text: str
    ages: tuple[Band, ...]
    occupations: tuple[Band, ...]
    values: Values
    rules: tuple[Rule, ...]

    def draw(self, key: str) -> dict[str, str]:
        """Draw by a key an age, an occupation that spans it, then every other factor."""
        age = _pick(f"{key}/age", self.ages)
        fitting = [b for b in self.occupations if b.first <= age.first and age.last <= b.last]
        jobs = [(band.group, name) for band in fitting for name in band.names]
        group, job = _pick(f"{key}/occupation", jobs)
        rest = {factor: _pick(f"{key}/{factor}", of) for factor, of in self.values.items()}
        return {"age": _pick(key, age.names), "group": group, "occupation": job, **rest}

    def allows(self, drawn: Mapping[str, str]) -> bool:
        """Whether no rule forbids the values together."""
        return not any(
            all(drawn[factor] in names for factor, names in rule.when.items())
            and any(drawn[factor] in names for factor, names in rule.never.items())
            for rule in self.rules
        )


class Prompt(Plain, frozen=True):
    """A prompt: its id and hash go into every request, its text has {slots}."""

    id: str
    sha256: str
    method: str
    purpose: str
    role: Literal["system", "user"]
    slots: tuple[str, ...]
    stop: tuple[str, ...]
    max_tokens: int
    text: str
    schema: Mapping[str, Any] | None = None
    """JSON schema of the answer where one is parsed."""

    def fill(self, **slots: str) -> str:
        """Put values into the slots; braces inside a value stay. Errors: RecipeError."""
        if wrong := sorted(set(self.slots) ^ set(slots)):
            told = f"missing or unknown slots {wrong}; it has {list(self.slots)}"
            raise RecipeError([Mistake(self.id, "", told)])
        return _fill(self.text, slots)


def seeds(path: Path | None = None) -> tuple[Seed, ...]:
    """Read the seed tasks. Errors: RecipeError with file and line. Cost: 15 ms."""
    return _read(path or _shipped("seeds_ja.yaml"), Seeds).seeds


@cache
def wordings(path: Path | None = None) -> Mapping[str, tuple[str, ...]]:
    """Read the wordings, by kind of task. Errors: RecipeError with file and line."""
    return _read(path or _shipped("wordings_ja.yaml"), Wordings).wordings


def factors(path: Path | None = None) -> Factors:
    """Read the persona factors. Errors: RecipeError with file and line."""
    return _read(path or _shipped("factors_ja.yaml"), Factors)


def prompt(name: str, where: Path | None = None) -> Prompt:
    """Read prompt file `name`. Errors: RecipeError: none of that name, or its slots differ."""
    path = (where or _shipped("prompts")) / f"{name}.md"
    if not path.is_file():
        known = [file.stem for file in path.parent.glob("*.md")]
        raise RecipeError([Mistake("", name, "no such prompt", nearest(name, known))])
    facts = path.stat()
    return _prompt(path, name, facts.st_mtime_ns, facts.st_size)


@lru_cache(maxsize=256)
def _prompt(path: Path, name: str, changed: int, size: int) -> Prompt:
    """Read a prompt file once per state: it is asked for with every request."""
    raw = path.read_bytes()
    head, _, body = raw.decode().partition("\n---\n")
    more = {"sha256": sha256(raw).hexdigest(), "text": body.strip()}
    found = _read(path, Prompt, head, more)
    if found.id != name or set(found.slots) != set(SLOT.findall(body)):
        told = "id differs from the file name, or slots from those in the text"
        raise RecipeError([Mistake(f"{path}:1", name, told)])
    return found


def personas(count: int, seed: int, among: Factors | None = None) -> list[Persona]:
    """Draw distinct personas, always the same for a seed; fewer are the beginning of more.

    Errors: RecipeError where the factors give no more. Cost: 0.2 ms each.
    """
    source, found, key, tries = among or factors(), dict[str, Persona](), 0, 0
    while len(found) < count and tries < TRIES:
        drawn, key, tries = source.draw(f"{seed}/{key}"), key + 1, tries + 1
        name = "/".join(drawn.values())
        if name not in found and source.allows(drawn):
            text = _fill(source.text, drawn)
            found[name], tries = Persona(values=drawn, text=text), 0
    if len(found) < count:
        raise RecipeError(f"the factors give {len(found)} personas, not {count}")
    return list(found.values())


def _shipped(name: str) -> Path:
    return shipped("recipes") / "synth" / "material" / name


def _fill(text: str, values: Mapping[str, str]) -> str:
    return SLOT.sub(lambda match: values[match[1]], text)


def _pick(key: str, choices: Sequence[Choice]) -> Choice:
    return choices[int.from_bytes(sha256(key.encode()).digest()[:8], "big") % len(choices)]


def _read(path: Path, kind: type[Record], text: str | None = None, more: Any = None) -> Record:
    document = yaml12.load(path, text)
    data = document.data if isinstance(document.data, dict) else {}
    try:
        found = msgspec.convert({**data, **(more or {})}, kind)
    except msgspec.ValidationError as error:
        steps = re.findall(r"\.(\w+)|\[(\d+)\]", str(error).rpartition(" - at ")[2])
        place = tuple(name or int(number) for name, number in steps)
        document.mistakes.append(Mistake(document.where(place), "", str(error)))
    if document.mistakes:
        raise RecipeError(document.mistakes)
    return found
