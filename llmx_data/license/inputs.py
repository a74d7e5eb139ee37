"""What enters a mix: data, models and bare licences, each in a role."""

from __future__ import annotations

import json
from typing import Literal

from pydantic import model_validator

from llmx_data.license.cards import Channel, ModelCard
from llmx_data.license.expression import normalize
from llmx_data.license.facts import Facts
from llmx_data.license.findings import Tuple
from llmx_data.license.schema import Act, Strict

Part = Literal[
    "base",
    "merge",
    "delta",
    "train",
    "eval",
    "generator",
    "translator",
    "judge",
    "filter",
    "content",
]
WEIGHTS = frozenset({"base", "merge", "delta"})
MAKERS = frozenset({"generator", "translator"})
SCORERS = frozenset({"judge", "filter"})


class Input(Strict):
    """One thing in a mix: exactly one of `license`, `dataset`, `model`, or a database licence.

    `accepted_by` says who accepted its terms; for models it is ourselves unless said, for data
    sets what the catalogue says. `labels: shipped` means that a judge's words go out too.
    """

    id: str | None = None
    role: Part | None = None
    license: str | None = None
    license_db: str | None = None
    dataset: str | None = None
    model: str | None = None
    channel: Channel | None = None
    layer: Literal["content", "database"] = "content"
    terms: tuple[str, ...] = ()
    accepted_by: Literal["self", "upstream", "unknown"] | None = None
    adaptation: Literal[
        "verbatim", "technical", "normalized", "translated", "rewritten", "generated", "merged"
    ] = "verbatim"
    generator: str | None = None
    origin: str | None = None
    labels: Literal["kept", "shipped"] = "kept"
    records: int | None = None
    chars: int | None = None
    tokens: int | None = None

    @model_validator(mode="after")
    def _one(self) -> Input:
        if self.dataset is not None and self.model is not None:
            raise ValueError("an input is a dataset or a model, not both")
        return self

    @property
    def name(self) -> str:
        """Name it in reasons: its own id, else what it is."""
        known = self.id or self.dataset or self.model or self.license or self.license_db
        return known or "unknown"

    @property
    def part(self) -> Part:
        """Its role; a model is a base and anything else content unless said otherwise."""
        return self.role or ("base" if self.model is not None else "content")

    @property
    def weight(self) -> int:
        """How much would be lost without it: tokens, else characters, else records, else 1."""
        sizes = (self.tokens, self.chars, self.records)
        return next((size for size in sizes if size is not None), 1)

    @property
    def key(self) -> str:
        """Spell every field: inputs with one key are one input, and keys give the order."""
        return json.dumps(self.model_dump(mode="json"), sort_keys=True, ensure_ascii=False)

    def act(self, act: Act) -> Act:
        """Give the act that is done with this input when the whole is for `act`."""
        if self.part == "eval":
            return "evaluate_only"
        if self.part in SCORERS and not (self.model is not None and self.labels == "shipped"):
            return "annotate_only"
        return act

    def database_only(self) -> bool:
        """Whether it says nothing of contents, only under what a database stands."""
        bare = self.license is None and self.dataset is None and self.license_db is not None
        return not self.is_model() and (bare or self.layer == "database")

    def is_model(self) -> bool:
        """Whether it stands for a model or its terms, not for data."""
        return self.model is not None or (
            self.dataset is None and self.part in WEIGHTS | MAKERS | {"judge"}
        )


def subject_of(given: Input, facts: Facts) -> Tuple:
    """Make the tuple that the gate judges for an input of data."""
    card = facts.card(given.dataset) if given.dataset is not None else None
    name = card.id if card is not None else given.name
    if card is None and facts.card(name) is not None:
        name = f"{name} (licence)"
    declared, database = given.license, given.license_db
    if given.layer == "database":
        declared, database = None, given.license or given.license_db
    return Tuple(
        source=name,
        license_declared=declared or (card.declared if card is not None else None),
        license_db=database,
        terms=given.terms,
        accepted_by=given.accepted_by or ("self" if given.is_model() else "unknown"),
        adaptation=given.adaptation,
        generator=given.generator,
        origin=given.origin,
        records=given.records or 0,
    )


def terms_of_model(given: Input, facts: Facts) -> tuple[str | None, ModelCard | None]:
    """Give the terms that bind in the channel asked for (None: not known), and the card.

    Weights of a model never answer for its API or chat: without a card of that channel it is
    unknown. A bare licence stands for itself.
    """
    card = facts.model(given.model, given.channel) if given.model is not None else None
    if given.license is not None:
        return normalize(given.license, facts), card
    if card is not None:
        return (normalize(card.license, facts) if card.license is not None else None), card
    name = (given.model or "").partition("@")[0].strip()
    said = given.channel in (None, "weights") or name.endswith(f"-{given.channel}")
    if given.model is None or not said:
        return None, None
    return facts.alias(name) or facts.generators.get(name.casefold()), None
