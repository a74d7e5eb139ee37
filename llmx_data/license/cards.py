"""The shapes of the cards under licenses/: what is known of a data set, and of a model."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

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


class Serving(Strict):
    """How one size of a card is served: what an engine loads, and the figures memory follows from.

    Nothing here is judged: the terms are those of the card that the entry stands on.
    """

    alias: str
    """Name of the size in recipes (qwen2.5-32b): the chat model, not its base."""
    repo: str
    """Hub id of the chat model."""
    base: str | None = None
    """Hub id of the model it was tuned from, where one is published."""
    revision: str | None = None
    """Commit of `repo`; null: none is known here, so a recipe pins it."""
    template: str
    """Family of the chat template (qwen2.5, llama3)."""
    context: int = Field(gt=0)
    """Tokens of prompt and answer that it takes without stretching its positions."""
    parameters: int = Field(gt=0)
    """All of them; of a mixture, every expert."""
    embeddings: int = Field(gt=0)
    """Those of `parameters` in embedding and output head, which quantizing leaves at 2 bytes."""
    active: int | None = Field(default=None, gt=0)
    """Parameters that one token passes through, of a mixture of experts."""
    layers: int = Field(gt=0)
    kv_heads: int = Field(gt=0)
    head_dim: int = Field(gt=0)
    weights_gib: float | None = Field(default=None, gt=0)
    """Size of the files of `repo` where they are not 2 bytes per parameter."""
    quantized: dict[Literal["awq", "fp8"], str] = Field(default_factory=dict)
    """Hub ids of the same model with quantized weights."""
    confidence: Confidence
    evidence: tuple[str, ...] = Field(min_length=1)
    """Where the figures come from."""


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
    serving: tuple[Serving, ...] = ()
    """How its sizes are served, largest last; a size without facts to show has no entry."""
