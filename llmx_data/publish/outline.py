"""What goes out, counted once by source, licence and configuration: every page tells the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date as day
from typing import TYPE_CHECKING, Any

from llmx_data.license.cards import DatasetCard
from llmx_data.license.conclude import writers
from llmx_data.license.expression import atoms, both, normalize
from llmx_data.license.facts import Facts

if TYPE_CHECKING:
    from llmx_data.publish.stage import Order

Counts = dict[str, int]


@dataclass(frozen=True)
class Origin:
    """One source that goes out: what is known of it, and its audited groups."""

    name: str
    title: str
    home: str | None
    author: str | None
    citation: str | None
    groups: tuple[dict[str, Any], ...]
    declared: str
    """Licences as declared, as one SPDX expression; all of them where rows differ."""
    concluded: str
    """Licences of its records as concluded, as one SPDX expression."""
    databases: tuple[str, ...]
    generators: tuple[str, ...]
    """Models that wrote its records, by the rows, the recipe or the catalogue."""

    @property
    def records(self) -> int:
        """Records that go out."""
        return sum(g["records"] for g in self.groups)

    @property
    def chars(self) -> int:
        """Characters before edits."""
        return sum(g["chars"] for g in self.groups)

    @property
    def tokens(self) -> int:
        """Tokens; 0 where the recipe names no tokenizer."""
        return sum(g["tokens"] or 0 for g in self.groups)

    @property
    def licenses(self) -> Counts:
        """Records by concluded licence."""
        return _counted((g["license_concluded"], g["records"]) for g in self.groups)

    @property
    def adaptations(self) -> Counts:
        """Records by what was done to them."""
        return _counted((g["adaptation"], g["records"]) for g in self.groups)

    @property
    def terms(self) -> tuple[str, ...]:
        """Further terms that came with it."""
        return tuple(dict.fromkeys(t for g in self.groups for t in g["terms"]))


def origins(order: Order) -> list[Origin]:
    """List the sources of which records go out, in the order of the audit."""
    out: dict[str, list[dict[str, Any]]] = {}
    for group in order.groups:
        if group["config"]:
            out.setdefault(group["source"], []).append(group)
    known = {source["source"]: source for source in order.sources}
    return [_origin(name, groups, known.get(name, {}), order.facts) for name, groups in out.items()]


def _origin(name: str, groups: list[dict[str, Any]], known: dict[str, Any], facts: Facts) -> Origin:
    declared = [normalize(g["license_declared"], facts, on_error="unknown") for g in groups]
    databases = [normalize(g["license_db"], facts, on_error="unknown") for g in _databased(groups)]
    return Origin(
        name=name,
        title=known.get("title") or name,
        home=known.get("home"),
        author=known.get("author"),
        citation=known.get("citation"),
        groups=tuple(groups),
        declared=both(sorted(set(declared))),
        concluded=both(sorted({g["license_concluded"] for g in groups})),
        databases=tuple(sorted(set(databases))),
        generators=tuple(dict.fromkeys(m for g in groups for m in generators_of(g, facts))),
    )


def _databased(groups: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    return (g for g in groups if g["license_db"])


def generators_of(group: dict[str, Any], facts: Facts) -> list[str]:
    """Name the models that wrote a group's records: as the rows say, else as the catalogue says."""
    card: DatasetCard | None = facts.card(group.get("card") or group["source"])
    own = group["generator"] or (card.generator if card else None)
    return list(dict.fromkeys([*writers(own), *(card.generators if card else ())]))


def licenses_of(order: Order) -> Counts:
    """Count the records by concluded licence, over everything that goes out; sorted by name."""
    found = _counted((g["license_concluded"], g["records"]) for g in _going(order))
    return dict(sorted(found.items()))


def ids_of(order: Order) -> list[str]:
    """Every licence id of the contents that go out, expressions taken apart; sorted."""
    return sorted({i for expression in licenses_of(order) for i in atoms(expression)})


def config_licenses(order: Order) -> dict[str, str]:
    """Licence of each configuration, as one SPDX expression over its records."""
    found: dict[str, set[str]] = {}
    for group in _going(order):
        found.setdefault(group["config"], set()).add(group["license_concluded"])
    return {config: both(sorted(names)) for config, names in sorted(found.items())}


def address(license_id: str, facts: Facts) -> str:
    """Where a licence can be read: the SPDX list, the shipped text, its own page, else its id."""
    terms = facts.terms.get(license_id)
    if not license_id.startswith("LicenseRef-"):
        return f"https://spdx.org/licenses/{license_id}"
    path = facts.text_of(license_id)
    if path is not None:
        return f"LICENSES/{license_id}{path.suffix}"
    return terms.url if terms is not None and terms.url else license_id


def release_date(order: Order) -> str | None:
    """Give the recipe's date where it is a whole one (2026-11-21): machines take no other."""
    try:
        return day.fromisoformat(order.date).isoformat() if order.date else None
    except ValueError:
        return None


def steps_told(order: Order) -> list[str]:
    """Say what each step of the ledger did, one sentence each."""
    told = []
    for entry in order.steps:
        came = entry["came"].get("records", 0)
        parts = [f"{r} {c['records']:,}" for r, c in entry["dropped"].items()]
        dropped = sum(c["records"] for c in entry["dropped"].values())
        line = f"{entry['step']}: {came:,} records came in, {dropped:,} dropped"
        line += f" ({', '.join(parts)})" if parts else ""
        edits = ", ".join(f"{what} {count:,}" for what, count in entry["edited"].items())
        told.append(line + (f"; spans edited: {edits}" if edits else ""))
    return told


def _going(order: Order) -> Iterator[dict[str, Any]]:
    return (g for g in order.groups if g["config"])


def _counted(pairs: Iterable[tuple[str, int]]) -> Counts:
    found: Counts = {}
    for name, count in pairs:
        found[name] = found.get(name, 0) + count
    return found
