"""Names of models: words that must stand first, and whether one name can satisfy them all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from llmx_data.license.facts import Facts, fold
from llmx_data.license.findings import Obligation


@dataclass(frozen=True)
class Demand:
    """What one licence asks of a name or of the page beside it."""

    kind: str
    words: str
    license: str
    section: str


@dataclass(frozen=True)
class NameAnswer:
    """Whether a name fits: `missing` words are not first, `conflicts` cannot both be first.

    `display` lists words that must be shown beside the model; a name does not replace them.
    """

    name: str | None
    demands: tuple[Demand, ...]
    missing: tuple[Demand, ...]
    conflicts: tuple[tuple[Demand, Demand], ...]
    display: tuple[Demand, ...]

    @property
    def fits(self) -> bool:
        """Whether nothing is missing and nothing in conflict."""
        return not self.missing and not self.conflicts

    @property
    def suggestion(self) -> str | None:
        """Give the nearest name that fits; None where it fits already, or where none can."""
        if self.fits or self.conflicts or self.name is None:
            return None
        owner, slash, own = self.name.rpartition("/")
        words = max((d.words for d in self.missing), key=len)
        return f"{owner}{slash}{words.replace(' ', '-')}-{own}"


def demands(duties: Iterable[Obligation]) -> tuple[Demand, ...]:
    """Read the demands on a name out of obligations."""
    found = (
        Demand(o.kind, o.words, o.license, o.section)
        for o in duties
        if o.kind in ("name_prefix", "display") and o.words
    )
    return tuple(sorted(set(found), key=lambda d: (d.kind, d.words, d.license)))


def demands_of(names: Sequence[str], facts: Facts) -> tuple[Demand, ...]:
    """Read the demands of licences or models by their names; unknown names demand nothing."""
    found: list[Obligation] = []
    for name in names:
        card = facts.model(name)
        ids = [facts.alias(name) or (card.license if card is not None else None) or name]
        for terms in (facts.terms[i] for i in ids if i in facts.terms):
            words = {str(k): v for k, v in terms.sentences.items()}
            found += [
                Obligation(
                    kind, terms.id, terms.cites.get(kind, terms.cite("outputs")), words[kind]
                )
                for kind in ("name_prefix", "display")
                if kind in words
            ]
    return demands(found)


def check_name(name: str | None, wanted: Sequence[Demand]) -> NameAnswer:
    """Hold a model's name against demands; without a name only conflicts are found.

    The part before the last slash (an organisation) does not count, nor do case and separators.
    """
    prefixes = [d for d in wanted if d.kind == "name_prefix"]
    own = fold((name or "").rpartition("/")[2])
    missing = [d for d in prefixes if name is not None and not own.startswith(fold(d.words))]
    pairs = [
        (a, b)
        for at, a in enumerate(prefixes)
        for b in prefixes[at + 1 :]
        if not (fold(a.words).startswith(fold(b.words)) or fold(b.words).startswith(fold(a.words)))
    ]
    shown = tuple(d for d in wanted if d.kind == "display")
    return NameAnswer(name, tuple(wanted), tuple(missing), tuple(pairs), shown)
