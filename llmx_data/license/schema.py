"""The shapes of the facts under licenses/: terms, policies and purposes; cards in cards.py."""

from __future__ import annotations

from datetime import date
from enum import IntEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Act = Literal[
    "redistribute",
    "redistribute_derived",
    "train_internal",
    "release_weights",
    "commercial_service",
    "train_on_outputs",
    "annotate_only",
    "evaluate_only",
]
Answer = Literal["yes", "no", "conditional", "silent", "unknown"]
Layer = Literal["content", "database", "software", "weights", "outputs", "access"]
Condition = Literal[
    "attribution",
    "licence_copy",
    "state_changes",
    "notice_file",
    "database_notice",
    "offer_database",
    "keep_disclaimer",
    "no_endorsement",
    "pass_on_terms",
    "use_policy",
    "display",
    "name_prefix",
    "obey_odbl",
    "source_code",
    "source_credit",
    "history",
    "disclose_generated",
    "no_identification",
    "registration",
]
Limitation = Literal[
    "noncommercial",
    "no_derivatives",
    "no_redistribution",
    "evaluation_only",
    "research_only",
    "no_training",
    "purpose",
    "computational_use",
    "gated",
    "threshold",
    "eu_excluded",
    "deletable_on_request",
    "revocable_at_will",
]
OutputRule = Literal[
    "free",
    "silent",
    "family_only",
    "noncompete",
    "noncompete_except_private_classifier",
    "any_training_denied",
    "student_is_derivative",
    "name_prefix",
    "display",
    "noncommercial",
]


class Result(IntEnum):
    """A verdict's grade; the worst of several is their maximum."""

    ALLOW = 0
    ALLOW_WITH = 1
    REVIEW = 2
    DENY = 3


class Strict(BaseModel):
    """A frozen record: an unknown key or a wrong type is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Permissions(Strict):
    """What the terms grant; `use` is copying for one's own work, training included."""

    use: Answer
    share_verbatim: Answer
    share_adapted: Answer
    commercial: Answer


class Outputs(Strict):
    """What the terms say of a model's outputs as training data for another model."""

    owner: Literal["user", "licensor", "unknown"]
    rules: tuple[OutputRule, ...]
    family: str | None


class Threshold(Strict):
    """A size above which the grant ends and a licence of one's own must be asked for."""

    measure: Literal["mau", "revenue_usd"]
    above: int
    reach: Literal["all", "commercial"] = "commercial"
    """Whether every use ends above it, or commercial use only."""


class Terms(Strict):
    """One licence text version; `cites` names the section behind every field that matters."""

    id: str
    title: str
    title_ja: str
    spdx: str | None
    hub: str | None
    url: str | None
    text: str | None
    sha256: str | None
    read_on: date
    confidence: Literal["A", "A-", "B", "C", "unverified"]
    source: str | None
    binding: Literal["licence", "contract", "both", "statute", "unknown"]
    layers: tuple[Layer, ...]
    permissions: Permissions
    conditions: tuple[Condition, ...]
    sentences: dict[Condition, str] = Field(default_factory=dict)
    share_alike: tuple[str, ...] | None
    no_further_restrictions: Literal["none", "licensed", "adapted", "whole"]
    limitations: tuple[Limitation, ...]
    purpose: str | None = None
    outputs: Outputs | None
    results: Literal["free", "silent"]
    exceptions: Literal["yes", "no", "silent", "unknown"]
    issues: tuple[str, ...]
    cites: dict[str, str]
    thresholds: tuple[Threshold, ...] = ()
    superseded_by: str | None = None
    """The next text of the same licensor, where there is one."""
    renewed_text: Literal["binds", "silent"] = "silent"
    """Whether this text says that a later one replaces it for those who go on using."""

    def cite(self, *fields: str) -> str:
        """Give the section behind the first of `fields` that has one, else what grants the use."""
        return next((self.cites[f] for f in fields if f in self.cites), self.cites["use"])


class Requires(Strict):
    """What an actor must be for a policy to apply; null asks for nothing."""

    jurisdiction: str | None = None
    training_location: str | None = None


class Policy(Strict):
    """Switches that answer disputed questions; the rules themselves are the same for all."""

    name: str
    title: str
    title_ja: str
    weights_are_adaptation: Literal["yes", "note", "no"]
    noncommercial_reach: Literal["deny", "exempt"]
    unknown: dict[Act, Literal["ALLOW_WITH", "REVIEW", "DENY"]]
    upstream_contracts: Literal["bind", "review", "note"]
    normalized_text: Literal["adapted", "technical"]
    requires: Requires


class Actor(Strict):
    """Who acts, and where; unknown stays unknown."""

    kind: Literal["university", "company", "individual", "public", "unknown"] = "unknown"
    jurisdiction: str | None = None
    training_location: str | None = None
    mau: int | None = None
    revenue_usd: int | None = None
    database_right: Literal["yes", "no", "unknown"] = "unknown"


class Release(Strict):
    """What goes out: its licence, its name, and the terms of the base model where there is one."""

    license: str | None = None
    name: str | None = None
    base: str | None = None
    product: Literal["language_model", "classifier"] = "language_model"
    """A classifier sorts or embeds and writes no text: some output rules except it."""


ModelRole = Literal[
    "base", "merge", "delta", "eval", "generator", "translator", "judge", "filter"
]  # fmt: skip


class Admitted(Strict):
    """Models that the rules of a competition admit, by their ids in the catalogue, and for what."""

    models: tuple[str, ...] = Field(min_length=1)
    roles: tuple[ModelRole, ...] = Field(min_length=1)


class Purpose(Strict):
    """What the user wants to do: acts, the shape of the result, the policy and the actor.

    `admitted` lists the only models that may be used, as competitions do; empty admits all.
    `serves` names purposes that limited terms ask for (llm_safety) and that this use serves.
    """

    name: str = "recipe"
    title: str = ""
    title_ja: str = ""
    act: tuple[Act, ...] = Field(min_length=1)
    mode: Literal["collection", "unified"] = "collection"
    policy: str = "standard"
    actor: Actor = Actor()
    release: Release = Release()
    serves: tuple[str, ...] = ()
    admitted: tuple[Admitted, ...] = ()


class Pair(Strict):
    """A question between two licences that neither text settles, with its answer per policy."""

    id: str
    one: tuple[str, ...]
    other: tuple[str, ...]
    result: dict[str, Literal["ALLOW_WITH", "REVIEW", "DENY"]]
    """Per policy; a policy that is not named takes `standard`."""
    disputed: bool
    ja: str
    en: str
    cite: str


class Contents(Strict):
    """What a database licence says of contents under other terms."""

    database: str
    contents: Literal["noncommercial", "no_derivatives", "share_alike"]
    result: Literal["REVIEW", "DENY"]
    ja: str
    en: str
    cite: str


class Compat(Strict):
    """What holds between licences beyond the text of each."""

    pairs: tuple[Pair, ...] = ()
    databases: tuple[Contents, ...] = ()


class Aliases(Strict):
    """Names under which licences and generators are met."""

    licenses: dict[str, tuple[str, ...]]
    families: tuple[str, ...]
    unknown: tuple[str, ...]
    generators: dict[str, tuple[str, ...]]
