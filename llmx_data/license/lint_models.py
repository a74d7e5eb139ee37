"""Lint of how models are served: no entry may lend its size the terms of another card."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from llmx_data.license.cards import ModelCard, Serving
from llmx_data.license.facts import Facts
from llmx_data.license.lint import Problem


def lint_model(card: ModelCard, facts: Facts) -> list[Problem]:
    """Name problems of a model card's `serving` entries; none where all agrees."""
    found = [pair for entry in card.serving for pair in _entry(entry, card, facts)]
    return [Problem(rule, card.id, detail) for rule, detail in dict.fromkeys(found)]


def _entry(entry: Serving, card: ModelCard, facts: Facts) -> Iterator[tuple[str, str]]:
    if card.channel != "weights":
        yield "served_without_weights", f"{entry.alias} ({card.channel})"
    for name in (entry.alias, entry.repo):
        judged = facts.model(name)
        if judged is not card:
            yield "served_under_other_card", f"{name} / {judged.id if judged else 'no card'}"
    if entry.base is not None and facts.model(entry.base) is None:
        yield "served_under_other_card", f"{entry.base} / no card"
    every = [s for other in facts.models.values() for s in other.serving]
    for name, times in Counter(n for s in every for n in {s.alias, s.repo}).items():
        if times > 1 and name in (entry.alias, entry.repo):
            yield "served_twice", name
    if entry.embeddings >= entry.parameters:
        yield "served_shape", f"{entry.alias}: {entry.embeddings} / {entry.parameters}"
