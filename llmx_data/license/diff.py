"""Differences between two licence texts as facts: the field, both sides, and their sections."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from llmx_data.license.schema import Terms

# What names a text rather than says something: listed only where it is asked for.
ABOUT = frozenset({"id", "title", "title_ja", "spdx", "hub", "url", "text", "source", "read_on"})


@dataclass(frozen=True)
class Difference:
    """One field that differs, with the sections on both sides."""

    field: str
    one: Any
    other: Any
    section_one: str | None
    section_other: str | None


def differences(one: Terms, other: Terms, *, about: bool = False) -> list[Difference]:
    """List the fields in which two texts differ, nested ones as permissions.commercial.

    Citations are not compared but given beside each field; `about` adds titles and addresses.
    """
    left, right = flat(one.model_dump(mode="json")), flat(other.model_dump(mode="json"))
    found = []
    for field in sorted({*left, *right}):
        root = field.partition(".")[0]
        if left.get(field) == right.get(field) or root == "cites" or (root in ABOUT and not about):
            continue
        word = field.rpartition(".")[2] if root in ("permissions", "sentences") else root
        found.append(
            Difference(
                field, left.get(field), right.get(field), one.cites.get(word), other.cites.get(word)
            )
        )
    return found


def flat(data: dict[str, Any], at: str = "") -> dict[str, Any]:
    """Spell nested fields as permissions.commercial."""
    found: dict[str, Any] = {}
    for key, value in data.items():
        name = f"{at}{key}"
        found |= flat(value, f"{name}.") if isinstance(value, dict) else {name: value}
    return found
