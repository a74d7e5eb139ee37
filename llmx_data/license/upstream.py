"""Declared against upstream: cards whose licence does not carry the terms of what is inside."""

from __future__ import annotations

from collections.abc import Iterator

from llmx_data.license.ask import Ask
from llmx_data.license.cards import DatasetCard, ModelCard
from llmx_data.license.expression import atoms, branches, normalize
from llmx_data.license.facts import Facts
from llmx_data.license.findings import SHARING, TRAINING, Finding, spoken
from llmx_data.license.joint import NONCOMMERCIAL, travels
from llmx_data.license.schema import Result, Terms

# Output rules that a model trained on the outputs would have to answer for.
REACHING = frozenset(
    {
        "student_is_derivative",
        "family_only",
        "any_training_denied",
        "noncompete",
        "noncompete_except_private_classifier",
    }
)
# Limits that make a licence void when they are put beside it.
ADDED = ("noncommercial", "purpose", "research_only", "no_redistribution", "no_training")


def of_dataset(card: DatasetCard, ask: Ask) -> list[Finding]:
    """Question a data set whose licence drops share-alike, NC or ND of what it was made of."""
    if card.license is None or ask.act not in SHARING | TRAINING:
        return []
    stated = normalize(card.license, ask.facts)
    found = []
    for name in card.upstream:
        source = _license_of(name, ask.facts)
        if source is None or any(_kept(b, stated, ask.facts) for b in branches(source)):
            continue
        found.append(_finding(stated, f"datasets/{card.id}", f"{name}: {source}", ask))
    return found


def of_model(card: ModelCard, ask: Ask) -> list[Finding]:
    """Question weights whose licence drops terms of their base, or of outputs they learned from."""
    if card.license is None or ask.act not in SHARING | {"release_weights", "commercial_service"}:
        return []
    stated = normalize(card.license, ask.facts)
    found = dict.fromkeys((*_bases(card, stated, ask.facts), *_teachers(card, stated, ask.facts)))
    return [_finding(stated, f"models/{card.id}", detail, ask) for detail in found]


def added_restriction(license: str, limits: tuple[str, ...], ask: Ask) -> list[Finding]:
    """Question limits put beside a licence that admits none (CDLA-Sharing, GPL, CC BY-SA)."""
    added = [limit for limit in limits if limit in ADDED]
    if not added or ask.act not in SHARING:
        return []
    found = []
    for i in atoms(license):
        terms = ask.facts.terms.get(i)
        if terms is None or terms.no_further_restrictions not in ("adapted", "whole"):
            continue
        extra = [limit for limit in added if limit not in terms.limitations]
        if extra:
            section = terms.cite("no_further_restrictions")
            reason = spoken(
                Result.REVIEW,
                "added_restriction",
                i,
                section,
                act=ask.act,
                detail=", ".join(extra),
                disputed=True,
            )
            found.append(Finding(reason))
    return found


def families_of(card: ModelCard, facts: Facts) -> frozenset[str]:
    """Give the families a model belongs to: its own and those of what it was derived from."""
    found: set[str] = set()
    for one in (card, *_lineage(card, facts)):
        found |= {f for t in _terms(one.license, facts) if (f := _family(t)) is not None}
    return frozenset(found)


def _bases(card: ModelCard, stated: str, facts: Facts) -> Iterator[str]:
    for base in _lineage(card, facts):
        # A vendor may put its own later weights under other terms than its earlier ones.
        for terms in _terms(base.license if base.vendor != card.vendor else None, facts):
            bound = travels(terms) or NONCOMMERCIAL in terms.limitations or terms.share_alike
            if bound and not _covered(terms, stated, facts):
                yield f"{base.id}: {terms.id}"


def _teachers(card: ModelCard, stated: str, facts: Facts) -> Iterator[str]:
    for name in card.trained_on:
        data = facts.card(name)
        inner = [data.generator, *data.generators] if data is not None else [name]
        for teacher in (facts.model(n) for n in inner if n is not None):
            for terms in _terms(teacher.license if teacher is not None else None, facts):
                read = terms.outputs is not None and terms.confidence != "unverified"
                rules = set(terms.outputs.rules) if terms.outputs and read else set()
                if rules & REACHING and not _covered(terms, stated, facts):
                    yield f"{name}: {terms.id}"


def _lineage(card: ModelCard, facts: Facts) -> list[ModelCard]:
    found: dict[str, ModelCard] = {}
    waiting = list(card.upstream)
    while waiting:
        base = facts.model(waiting.pop())
        if base is not None and base.id not in found and base.id != card.id:
            found[base.id] = base
            waiting += base.upstream
    return list(found.values())


def _covered(terms: Terms, stated: str, facts: Facts) -> bool:
    if terms.id in atoms(stated):
        return True
    family = _family(terms)
    return family is not None and any(_family(t) == family for t in _terms(stated, facts))


def _family(terms: Terms) -> str | None:
    return terms.outputs.family if terms.outputs is not None else None


def _terms(license: str | None, facts: Facts) -> list[Terms]:
    ids = atoms(normalize(license, facts)) if license is not None else ()
    return [facts.terms[i] for i in ids if i in facts.terms]


def _license_of(name: str, facts: Facts) -> str | None:
    """Give the licence of something upstream: a card's, or the name itself where it is one."""
    card = facts.card(name)
    if card is not None:
        return normalize(card.license, facts) if card.license is not None else None
    return facts.alias(name)


def _kept(branch: tuple[str, ...], stated: str, facts: Facts) -> bool:
    """Whether a stated licence carries what a branch asks of whatever is made from it."""
    now = _terms(stated, facts)
    for terms in (facts.terms[i] for i in branch if i in facts.terms):
        if "no_derivatives" in terms.limitations and terms.id not in atoms(stated):
            return False
        limited = NONCOMMERCIAL in terms.limitations
        if limited and not any(NONCOMMERCIAL in t.limitations for t in now):
            return False
        shared = terms.share_alike is not None and "content" in terms.layers
        if shared and not set(terms.share_alike or ()) & set(atoms(stated)):
            return False
    return True


def _finding(stated: str, where: str, detail: str, ask: Ask) -> Finding:
    reason = spoken(
        Result.REVIEW,
        "declared_upstream",
        stated,
        where,
        act=ask.act,
        detail=detail,
        disputed=True,
    )
    return Finding(reason)
