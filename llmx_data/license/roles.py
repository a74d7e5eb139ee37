"""One input of a mix in its role: data by the gate, models by their terms and their cards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches

from llmx_data.license.admitted import admitted
from llmx_data.license.ask import Ask
from llmx_data.license.cards import ModelCard, Statement
from llmx_data.license.conclude import conclude
from llmx_data.license.expression import Branch, both, branches
from llmx_data.license.facts import UNKNOWN, Facts
from llmx_data.license.findings import Finding, Role, Verdict, spoken
from llmx_data.license.gate import judge_one, verdict_of
from llmx_data.license.inputs import WEIGHTS, Input, subject_of, terms_of_model
from llmx_data.license.schema import Act, Purpose, Result
from llmx_data.license.statements import apply
from llmx_data.license.upstream import families_of, of_model


@dataclass(frozen=True)
class Judged:
    """One input with the verdict for what is done with it; `terms` are those of a model."""

    given: Input
    verdict: Verdict
    terms: str | None = None

    @property
    def ships(self) -> bool:
        """Whether its text or weights are in what goes out."""
        shipped = self.given.part in WEIGHTS | {"content", "train"}
        return shipped and not self.given.database_only()


def judge_inputs(
    inputs: Sequence[Input],
    act: Act,
    purpose: Purpose,
    facts: Facts,
    *,
    chosen: Mapping[str, Branch] | None = None,
) -> list[Judged]:
    """Judge every input in its role for what is done with it.

    `chosen` names the alternative to take, by the input's key, where the whole asks for it.
    """
    families, kin = _families(inputs, facts)
    found = []
    for given in inputs:
        ask = Ask(given.act(act), purpose, facts, families, kin)
        branch = (chosen or {}).get(given.key)
        found.append((_model if given.is_model() else _data)(given, ask, branch))
    return found


def _data(given: Input, ask: Ask, branch: Branch | None) -> Judged:
    subject = subject_of(given, ask.facts)
    if given.database_only():
        database = conclude(subject, ask.facts).database or UNKNOWN
        tried = [ask.examine(b, "database", subject) for b in branches(database)]
        best = min(tried, key=_worst)
        return Judged(given, verdict_of(subject, ask, best, UNKNOWN, database))
    verdict = judge_one(subject, ask, branch=branch)
    found: list[Finding] = []
    if given.dataset is not None and ask.facts.card(given.dataset) is None:
        found.append(_unknown(given.dataset, list(ask.facts.datasets), ask))
    return Judged(given, _with(verdict, found))


def _model(given: Input, ask: Ask, branch: Branch | None) -> Judged:
    subject = subject_of(given, ask.facts)
    terms, card = terms_of_model(given, ask.facts)
    role: Role = "weights" if given.part in WEIGHTS | {"eval"} else "generator"
    options = [] if terms is None else [(b, ask.examine(b, role, subject)) for b in branches(terms)]
    best = min(options, key=lambda o: (o[0] != branch, _worst(o[1])), default=None)
    found = _missing(given, ask) if best is None else list(best[1])
    if best is not None and len(options) > 1:
        found.append(_branch(best[0], terms or UNKNOWN, ask))
    found += admitted(given.model, given.part, ask)
    if card is not None:
        found = apply(found, _relevant(card, role), card.id, ask)
        found += of_model(card, ask) if role == "weights" else []
        if card.confidence == "unverified":
            where = "catalogue, confidence"
            reason = spoken(Result.REVIEW, "card_unverified", card.id, where, act=ask.act)
            found.append(Finding(reason))
    concluded = UNKNOWN if best is None else both(list(best[0]))
    verdict = verdict_of(subject, ask, found, concluded)
    tried = tuple((b, _worst(f)) for b, f in options)
    return Judged(given, replace(verdict, tried=tried), terms)


def _branch(branch: Branch, terms: str, ask: Ask) -> Finding:
    chosen = both(list(branch))
    return Finding(spoken(Result.ALLOW, "branch_chosen", chosen, terms, act=ask.act, detail=terms))


def _worst(found: Sequence[Finding]) -> Result:
    return max((f.result for f in found), default=Result.ALLOW)


def _relevant(card: ModelCard, role: Role) -> tuple[Statement, ...]:
    wanted = ("weights", "models", "data") if role == "weights" else ("outputs",)
    return tuple(s for s in card.statements if s.about in wanted)


def _missing(given: Input, ask: Ask) -> list[Finding]:
    """Say that a model's terms are unknown: no such card, or none for the channel asked for."""
    name = given.model or given.name
    bare = name.partition("@")[0].strip().casefold()
    if given.channel is None and bare in ask.facts.generators:
        return []
    if given.channel is not None and ask.facts.model(name) is not None:
        reason = spoken(
            Result.REVIEW,
            "channel_unknown",
            name,
            "catalogue, models",
            act=ask.act,
            detail=given.channel,
        )
        return [Finding(reason)]
    if ask.facts.model(name) is not None:
        rule = "model_terms_unknown"
        return [Finding(spoken(Result.REVIEW, rule, name, "catalogue, models", act=ask.act))]
    return [_unknown(name, list(ask.facts.models), ask)]


def _unknown(name: str, known: list[str], ask: Ask) -> Finding:
    folded = {k.casefold(): k for k in known}
    close = get_close_matches(name.casefold(), list(folded), n=3, cutoff=0.6)
    detail = ", ".join(folded[c] for c in close) or "nothing near"
    reason = spoken(Result.REVIEW, "card_unknown", name, "catalogue", act=ask.act, detail=detail)
    return Finding(reason)


def _with(verdict: Verdict, more: Sequence[Finding]) -> Verdict:
    reasons = tuple(dict.fromkeys((*verdict.reasons, *(f.reason for f in more))))
    return replace(
        verdict,
        result=max((r.result for r in reasons), default=Result.ALLOW),
        reasons=tuple(sorted(reasons, key=lambda r: -r.result)),
        obligations=tuple(
            dict.fromkeys((*verdict.obligations, *(o for f in more for o in f.obligations)))
        ),
    )


def _families(inputs: Sequence[Input], facts: Facts) -> tuple[frozenset[str], frozenset[str]]:
    """Give the families that all models in the mix share, and those that only some have."""
    each: list[frozenset[str]] = []
    for given in inputs:
        if given.part not in WEIGHTS:
            continue
        terms, card = terms_of_model(given, facts)
        own = frozenset() if card is None else families_of(card, facts)
        said = (facts.terms.get(i) for b in branches(terms or UNKNOWN) for i in b)
        named = {t.outputs.family for t in said if t is not None and t.outputs is not None}
        each.append(own | {f for f in named if f is not None})
    if not each:
        return frozenset(), frozenset()
    shared = frozenset.intersection(*each)
    return shared, frozenset.union(*each) - shared
