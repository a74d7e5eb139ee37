"""Exact duplicates: equal text after NFKC and removal of white space."""

from __future__ import annotations

from typing import ClassVar, Literal

from llmx_data.core.part import Part


class Exact(Part):
    """Keep one of several records with the same folded text.

    Reason: exact_duplicate. For instructions `on: all` compares prompt and answer together, so
    several answers to one prompt are kept.
    """

    cost: ClassVar[float] = 2.0
    """Microseconds per 1,000 characters; so in every part."""

    on: Literal["all", "prompt", "answer"] = "all"
    """Side of the record that is compared."""
