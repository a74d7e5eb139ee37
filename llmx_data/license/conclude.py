"""From declared to concluded: contents apart from the database, the catalogue before the tag."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from llmx_data.license.cards import DatasetCard
from llmx_data.license.expression import atoms, both, branches, normalize
from llmx_data.license.facts import UNKNOWN, Facts
from llmx_data.license.findings import Tuple
from llmx_data.license.schema import Limitation, Permissions, Terms


@dataclass(frozen=True)
class Concluded:
    """The layers of one tuple: expressions for contents and database, further terms, the card."""

    content: str
    database: str | None
    declared: str
    database_only: tuple[str, ...]
    terms: tuple[str, ...]
    limits: tuple[str, ...]
    generator: str | None
    card: DatasetCard | None


def concluded(
    declared: str | None, db: str | None, facts: Facts, *, card: DatasetCard | None = None
) -> str:
    """Give the licence of the contents: the catalogue's where there is a card, else as declared.

    Licences of the database layer never cover contents: ODC-By alone leaves them unknown.
    """
    if card is not None:
        return normalize(card.license, facts) if card.license else UNKNOWN
    expression = normalize(declared, facts)
    alternatives = [
        both([a for a in branch if not database_only(a, facts)] or [UNKNOWN])
        for branch in branches(expression)
    ]
    if len(alternatives) == 1 or not any(database_only(a, facts) for a in atoms(expression)):
        return alternatives[0] if len(alternatives) == 1 else expression
    return " OR ".join(alternatives)


def database_only(license_id: str, facts: Facts) -> bool:
    """Whether a licence covers the database layer and nothing else."""
    terms = facts.terms.get(license_id)
    return terms is not None and terms.layers == ("database",)


@lru_cache(maxsize=8192)
def conclude(subject: Tuple, facts: Facts) -> Concluded:
    """Work out the layers of a tuple; a row's own or a computed licence precedes the catalogue."""
    card = facts.card(subject.origin or subject.source)
    declared = normalize(subject.license_declared, facts)
    trusted = None if subject.license_basis in ("row", "computed") else card
    # A database licence in one alternative only is gone where the other is chosen.
    always = set(atoms(declared)).intersection(*branches(declared))
    packaging = [a for a in atoms(declared) if a in always and database_only(a, facts)]
    layers = [subject.license_db, trusted.license_db if trusted else None, *packaging]
    database = [normalize(layer, facts) for layer in layers if layer]
    words = (*subject.terms, *(card.terms if card else ()))
    limits = [w.replace("-", "_") for w in words if w.replace("-", "_") in _limitations()]
    if card is not None and card.use == "evaluation":
        limits.append("evaluation_only")
    others = [w for w in words if w.replace("-", "_") not in _limitations()]
    return Concluded(
        content=concluded(subject.license_declared, subject.license_db, facts, card=trusted),
        database=both(database) if database else None,
        declared=declared,
        database_only=tuple(packaging),
        terms=tuple(dict.fromkeys(facts.alias(w) or w for w in others)),
        limits=tuple(dict.fromkeys(limits)),
        generator=subject.generator or (card.generator if card else None),
        card=card,
    )


def writers(generator: str | None) -> tuple[str, ...]:
    """Models that a record names as its generator: one, or several set apart by "; "."""
    return tuple(name.strip() for name in (generator or "").split(";") if name.strip())


def stated(subject: Tuple, limits: Iterable[str], facts: Facts) -> Terms:
    """Make terms of the limitations that a data set states beside its licence."""
    limitations: tuple[Limitation, ...] = tuple(i for i in _known() if i in set(limits))
    sample = facts.terms[UNKNOWN]
    silent = Permissions(
        use="yes", share_verbatim="silent", share_adapted="silent", commercial="silent"
    )
    return sample.model_copy(
        update={
            "id": f"terms of {subject.origin or subject.source}",
            "confidence": "B",
            "binding": "contract",
            "layers": ("access",),
            "permissions": silent,
            "limitations": limitations,
            "exceptions": "silent",
            "cites": {"use": "data card or recipe, terms"},
        }
    )


def _limitations() -> frozenset[str]:
    return frozenset(_known())


def _known() -> Iterator[Limitation]:
    from typing import get_args

    yield from get_args(Limitation)
