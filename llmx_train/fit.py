"""Rows against the length that a run allows: measured, cut, counted."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from llmx_train.render import NOT_SUPERVISED, Pair, Row


def length(row: Row | Pair) -> int:
    """Tokens of a row; of a pair those of its longer side with the prompt."""
    if isinstance(row, Row):
        return len(row.input_ids)
    return len(row.prompt_ids) + max(len(row.chosen_ids), len(row.rejected_ids))


def supervised(row: Row | Pair) -> int:
    """Tokens that are learned; of a pair those of the shorter side. None predicts the first."""
    if isinstance(row, Row):
        return len(row.labels) - 1 - row.labels[1:].count(NOT_SUPERVISED)
    return min(len(row.chosen_ids), len(row.rejected_ids))


def cut(row: Row | Pair, limit: int) -> Row | Pair:
    """Keep the beginning; the end of an answer goes first, and its end token with it."""
    if isinstance(row, Row):
        return Row(row.input_ids[:limit], row.labels[:limit])
    left = max(limit - len(row.prompt_ids), 0)
    return Pair(row.prompt_ids[:limit], row.chosen_ids[:left], row.rejected_ids[:left])


@dataclass
class Tally:
    """Counts of one source in one split."""

    records: int = 0
    kept: int = 0
    truncated: int = 0
    tokens: int = 0
    supervised: int = 0
    seen: int = 0
    seen_tokens: int = 0
    longest: int = 0
    reasons: Counter[str] = field(default_factory=Counter)

    def told(self) -> dict[str, int]:
        """Give the counts under the names of prepare.json."""
        assert self.records == self.kept + self.reasons.total()
        always = {"over_length": 0, "unsupervised": 0}
        counts = {name: value for name, value in vars(self).items() if name != "reasons"}
        return counts | always | dict(sorted(self.reasons.items()))

    def add(self, one: Tally) -> None:
        """Add the counts of another source."""
        for name, value in vars(one).items():
            mine = getattr(self, name)
            setattr(self, name, max(mine, value) if name == "longest" else mine + value)

    def count(self, row: dict[str, Any], reason: str) -> None:
        """Count a row, or the reason why it was left out."""
        self.records += 1
        if reason:
            self.reasons[reason] += 1
            return
        tokens, weight = row["tokens_count"], row["weight"]
        self.kept += 1
        self.truncated += row["cut"]
        self.tokens += tokens
        self.supervised += row["supervised_count"]
        self.seen += weight
        self.seen_tokens += weight * tokens
        self.longest = max(self.longest, tokens)
