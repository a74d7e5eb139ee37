"""`llmx license lock` and `verify`: the cards and texts that a recipe rests on, pinned."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from llmx_data.core.errors import DataError, RecipeError
from llmx_data.core.storage import read_json, sha256_file, write_json
from llmx_data.harvest import declared
from llmx_data.license.conclude import conclude
from llmx_data.license.diff import flat
from llmx_data.license.expression import atoms
from llmx_data.license.facts import Facts
from llmx_data.license.findings import Tuple
from llmx_data.plan import Plan, read_plan

KINDS = ("sources", "cards", "terms")


@dataclass(frozen=True)
class Change:
    """One field that is another than it was; `touches` are the sources that rest on it."""

    kind: str
    id: str
    field: str
    then: Any
    now: Any
    touches: tuple[str, ...]

    def say(self) -> str:
        """Tell it in a line."""
        where = self.id if self.kind == "sources" else f"{self.kind}/{self.id}"
        line = f"{where}: {self.field}: {self.then} -> {self.now}"
        return line + (f"  ({', '.join(self.touches)})" if self.kind != "sources" else "")


def lock_path(recipe: Path) -> Path:
    """Lock of a recipe: <recipe>.lock.json beside it."""
    return recipe.with_name(f"{recipe.stem}.lock.json")


def lock(recipe: Path, out: Path | None = None) -> dict[str, Any]:
    """Write the lock of a recipe; gives what was written.

    It holds, per source, what is declared and concluded and the revision; per card and per licence
    text all facts, with the day they were read and the sha256 of the text. Nothing of the data.
    """
    found = _state(read_plan(recipe))
    write_json(out or lock_path(recipe), found)
    return found


def verify_lock(
    recipe: Path, path: Path | None = None, runs: Path = Path("runs")
) -> tuple[list[Change], list[str]]:
    """Hold today's facts against a lock: what changed, and which runs below `runs` it touches.

    Errors: RecipeError without a lock; DataError where a shipped text has not its stated hash.
    """
    place = path or lock_path(recipe)
    if not place.is_file():
        raise RecipeError(f"{place}: there is no lock\n    llmx license lock {recipe} writes one")
    plan = read_plan(recipe)
    then, now = read_json(place), _state(plan)
    changes = [change for kind in KINDS for change in _changes(kind, then, now)]
    return changes, list(_touched(runs, changes)) if changes else []


def _state(plan: Plan) -> dict[str, Any]:
    facts = plan.facts
    sources: dict[str, Any] = {}
    cards: dict[str, Any] = {}
    terms: dict[str, Any] = {}
    for spec in plan.sources:
        source = spec.build()
        said, card = declared(source, plan), facts.card(source.card_name() or source.source_name)
        subject = Tuple(
            source.source_name,
            license_declared=said["license_declared"],
            license_db=said["license_db"],
            terms=tuple(said["terms"]),
            origin=card.id if card is not None else None,
        )
        layers = conclude(subject, facts)
        ids = {*atoms(layers.content), *atoms(layers.database or layers.content), *layers.terms}
        sources[source.source_name] = {
            **said,
            "license": layers.content,
            "revision": spec.options.get("revision"),
            "card": card.id if card is not None else None,
            "rests_on": sorted(i for i in ids if i in facts.terms),
        }
        if card is not None:
            cards[card.id] = card.model_dump(mode="json")
        terms |= {i: _text(i, facts) for i in ids if i in facts.terms}
    return {"recipe": plan.name, "sources": sources, "cards": cards, "terms": terms}


def _text(license_id: str, facts: Facts) -> dict[str, Any]:
    """Facts of a licence; a shipped text that is not the one they were read from is an error."""
    known, path = facts.terms[license_id], facts.text_of(license_id)
    if path is not None and known.sha256 is not None and sha256_file(path) != known.sha256:
        raise DataError(
            f"{path}: is not the text that the facts of {license_id} were read from\n"
            f"    its sha256 should be {known.sha256}; restore the file, or read the facts anew"
        )
    return known.model_dump(mode="json")


def _changes(kind: str, then: dict[str, Any], now: dict[str, Any]) -> Iterator[Change]:
    for name in sorted({*then[kind], *now[kind]}):
        old, new = then[kind].get(name), now[kind].get(name)
        if old is None or new is None:
            words = ("not locked", "there") if old is None else ("there", "gone")
            yield Change(kind, name, "entry", *words, _resting(kind, name, now, then))
            continue
        left, right = flat(old), flat(new)
        for field in sorted({*left, *right}):
            if left.get(field) != right.get(field):
                touches = _resting(kind, name, now, then)
                yield Change(kind, name, field, left.get(field), right.get(field), touches)


def _resting(kind: str, name: str, *states: dict[str, Any]) -> tuple[str, ...]:
    """Name the sources that rest on a card or a text."""
    if kind == "sources":
        return (name,)
    return tuple(
        dict.fromkeys(
            source
            for state in states
            for source, facts in state["sources"].items()
            if facts["card"] == name or name in facts["rests_on"]
        )
    )


def _touched(runs: Path, changes: list[Change]) -> Iterator[str]:
    """Finished runs that published records under a changed text, or of a changed card."""
    terms = {c.id for c in changes if c.kind == "terms"}
    cards = {c.id for c in changes if c.kind == "cards"}
    for path in sorted(runs.glob("*/audit/audit.json")):
        groups = [g for g in read_json(path)["groups"] if g["config"]]
        used = {i for g in groups for i in atoms(g["license_concluded"])}
        used |= {i for g in groups if g["license_db"] for i in atoms(g["license_db"])}
        used |= {t for g in groups for t in g["terms"]}
        if used & terms or {g.get("card") or g["source"] for g in groups} & cards:
            yield str(path.parents[1])
