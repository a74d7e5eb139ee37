"""The shapes of the cards under licenses/: what is known of a data set, and of a model."""

from __future__ import annotations

from datetime import date
from typing import Literal

from llmx_data.license.schema import Answer, Strict

Confidence = Literal["A", "A-", "B", "C", "unverified"]
Channel = Literal["weights", "api", "chat"]


class Statement(Strict):
    """What the licensor says beside the licence: it binds the licensor, not the text."""

    about: Literal["weights", "models", "outputs", "data"]
    says: Literal[
        "not_derivative",
        "derivative",
        "research_only",
        "noncommercial",
        "training_allowed",
        "training_denied",
        "commercial_allowed",
    ]
    where: str
    """Page or file and revision where it stands."""


class DatasetCard(Strict):
    """What is known of one data set: contents licence, database licence, terms and columns."""

    id: str
    title: str
    title_ja: str
    hub: str | None
    home: str | None
    revision: str | None
    kind: Literal["document", "instruction", "conversation", "preference"]
    use: Literal["training", "evaluation"]
    declared: str | None
    license: str | None
    license_db: str | None
    terms: tuple[str, ...]
    accepted_by: Literal["self", "upstream", "unknown"]
    generator: str | None
    redistribution: Answer
    confidence: Literal["A", "A-", "B", "C", "unverified"]
    evidence: tuple[str, ...]
    citation: str | None
    credit: str | None
    known_issues: tuple[str, ...]
    form: Literal["alpaca", "sharegpt", "openai", "elyza", "document", "utterances"] | None
    columns: dict[str, str]
    key: str | None
    upstream: tuple[str, ...] = ()
    """Data sets (card ids or licences) it was made of, nearest first."""
    generators: tuple[str, ...] = ()
    """Models that wrote parts of it, as ids under licenses/models/, where more than one did."""
    purpose: str | None = None
    """Purpose its terms ask for (llm_safety), where they do."""
    statements: tuple[Statement, ...] = ()


class ModelCard(Strict):
    """One model in one channel: the same weights by API or chat are other terms, so other cards.

    `id` is the file's name: qwen2.5-32b-instruct, gpt-4o-api. A family whose sizes share every
    fact is one card with all hub ids; a size with other terms is a card of its own.
    """

    id: str
    title: str
    vendor: str
    hub: tuple[str, ...]
    """Hub ids, with the vendor; names a recipe may use for it."""
    aliases: tuple[str, ...]
    """Other names: qwen2.5-32b, gpt-4o-2024-08-06."""
    revision: str | None
    channel: Channel
    license: str | None
    """Terms (id under licenses/terms/) that bind its users in this channel; null: unknown."""
    declared: str | None
    """Licence tag on its page, where that differs from what binds."""
    upstream: tuple[str, ...]
    """Models (card ids) it was derived from: base, merged, distilled weights."""
    trained_on: tuple[str, ...]
    """Data sets and models (card ids; outputs) known in its training, whose terms may reach it."""
    statements: tuple[Statement, ...]
    confidence: Confidence
    read_on: date
    evidence: tuple[str, ...]
    known_issues: tuple[str, ...]
