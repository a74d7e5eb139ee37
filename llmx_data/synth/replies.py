"""What a model said, read strictly: JSON of a known shape, or plain text without its wrapping."""

from __future__ import annotations

import re
from typing import TypeVar

import msgspec

Shape = TypeVar("Shape", bound=msgspec.Struct)

FENCE = re.compile(r"\A\s*```(?:json)?\s*\n(.*?)\n?\s*```\s*\Z", re.S)
"""A fence around the whole answer: models put JSON into one even when told not to."""

QUOTED = re.compile(r"\A「([^「」]+)」\Z")


def read_json(text: str, shape: type[Shape]) -> Shape | None:
    """Read an answer of a JSON shape; None for anything else, which is never repaired by guess."""
    found = FENCE.match(text)
    try:
        return msgspec.json.decode((found[1] if found else text).strip(), type=shape)
    except (msgspec.DecodeError, UnicodeEncodeError):
        return None


def plain(text: str) -> str:
    """Strip white space, and brackets that hold the whole of it, as in 「要約してください」."""
    stripped = text.strip()
    found = QUOTED.match(stripped)
    return found[1].strip() if found else stripped
