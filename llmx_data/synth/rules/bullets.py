"""Answers that are lists of lines with ・: written, read, compared."""

from __future__ import annotations


def bullets(items: list[str]) -> str:
    """One line per item."""
    return "\n".join(f"・{item}" for item in items)


def bulleted(answer: str) -> list[str] | None:
    """Items of a list; None if a line is not `・item`."""
    lines = answer.split("\n")
    return [line[1:] for line in lines] if all(line[:1] == "・" for line in lines) else None


def differs(answer: str, expected: list[str]) -> str | None:
    """Say how an answer is not the list that is expected, or None."""
    found = bulleted(answer)
    if found is None:
        return "the answer is not a list of lines with ・"
    return None if found == expected else f"expected {expected}, found {found}"
