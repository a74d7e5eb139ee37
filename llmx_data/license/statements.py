"""What a licensor says beside the licence: it settles the question of weights, or limits models."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from llmx_data.license.ask import Ask
from llmx_data.license.cards import Statement
from llmx_data.license.findings import TRAINING, Finding, Obligation, spoken
from llmx_data.license.schema import Result

ALLOW, ALLOW_WITH, REVIEW, DENY = Result
OF_MODELS = ("weights", "models")
ABOUT_WEIGHTS = frozenset({"weights_share_alike", "weights_no_derivatives", "weights_noted"})
ABOUT_COMMERCE = frozenset({"noncommercial", "noncommercial_company"})


def models_are_free(statements: Iterable[Statement]) -> bool:
    """Whether the licensor says that models trained on the data are no derivatives of it."""
    return any(s.says == "not_derivative" and s.about in OF_MODELS for s in statements)


def models_derive(statements: Iterable[Statement]) -> bool:
    """Whether the licensor says that models trained on the data are derivatives of it."""
    return any(s.says == "derivative" and s.about in OF_MODELS for s in statements)


def apply(
    found: Sequence[Finding], statements: Sequence[Statement], name: str, ask: Ask
) -> list[Finding]:
    """Give the findings as the statements on `name` leave them, with the statements named."""
    kept = list(found)
    trains = ask.act in TRAINING
    if trains and models_are_free(statements):
        kept = [f for f in kept if f.reason.rule not in ABOUT_WEIGHTS]
    allowed = [s for s in statements if s.says == "commercial_allowed" and s.about != "outputs"]
    if trains and allowed:
        kept = [_noted(f) if f.reason.rule in ABOUT_COMMERCE else f for f in kept]
    return [*kept, *(f for s in statements for f in _said(s, name, ask, trains=trains))]


def _said(said: Statement, name: str, ask: Ask, *, trains: bool) -> Iterator[Finding]:
    if not trains:
        return
    denied = said.says == "training_denied" and said.about in ("data", "outputs", "models")
    if denied:
        yield _finding(DENY, "statement_limits", said, name, ask)
    elif said.says in ("research_only", "noncommercial") and said.about in OF_MODELS:
        yield from _limited(said, name, ask)
    elif said.about in OF_MODELS or said.says == "training_allowed":
        yield _finding(ALLOW, "statement", said, name, ask)


def _limited(said: Statement, name: str, ask: Ask) -> Iterator[Finding]:
    if ask.act not in ("release_weights", "commercial_service"):
        return
    business = ask.act == "commercial_service" or ask.purpose.actor.kind == "company"
    found = _finding(REVIEW if business else ALLOW_WITH, "statement_limits", said, name, ask)
    duty = Obligation(said.says, name, said.where)
    yield replace(found, obligations=(duty,))


def _finding(result: Result, rule: str, said: Statement, name: str, ask: Ask) -> Finding:
    detail = f"{said.about}: {said.says.replace('_', ' ')}"
    disputed = result in (ALLOW_WITH, REVIEW)
    reason = spoken(result, rule, name, said.where, act=ask.act, detail=detail, disputed=disputed)
    return Finding(reason)


def _noted(found: Finding) -> Finding:
    return replace(found, reason=replace(found.reason, result=min(found.result, ALLOW_WITH)))
