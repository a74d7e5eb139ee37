"""How a generated source was made: synthesis.json beside its answers, read strictly."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec

from llmx_data.core.errors import DataError

NAME = "synthesis.json"


class Who(msgspec.Struct):
    """A model that wrote (role generator) or scored (role judge)."""

    role: str
    model: str
    repo: str | None = None
    revision: str | None = None
    quantization: str | None = None


class PromptUse(msgspec.Struct):
    """A prompt file by id and content, and how many requests were made of it."""

    id: str
    sha256: str
    requests: int


class Yield(msgspec.Struct):
    """What became of a method's requests; `rejected` counts answers by reason."""

    requests: int
    answered: int
    failed: int
    made: int
    rejected: dict[str, int] = {}
    tokens_in: int = 0
    tokens_out: int = 0


class Made(msgspec.Struct):
    """The whole file; `rules` says that no language model was used."""

    generators: list[Who]
    engine: str
    rules: bool
    seed: int
    prompts: list[PromptUse]
    sampling: dict[str, dict[str, Any]]
    methods: dict[str, Yield]
    tokens_in: int = 0
    tokens_out: int = 0


def read_made(answers: Path) -> dict[str, Any] | None:
    """Give synthesis.json beside the answers as plain data; None where there is none.

    Prompts whose ids agree before a slash (rules have hundreds of wordings) become one, with
    `wordings` and the sha256 of the lines `id sha256` of all of them.
    Errors: DataError for a file that is torn or of another shape.
    """
    path = answers.with_name(NAME)
    if not path.exists():
        return None
    try:
        made = msgspec.json.decode(path.read_bytes(), type=Made)
    except (OSError, UnicodeDecodeError, msgspec.DecodeError) as error:
        raise DataError(
            f"{path}: does not tell how the answers were made: {error}\n    run the same llmx "
            "synth again: it writes the file anew, and asks for nothing that is answered"
        ) from error
    plain: dict[str, Any] = msgspec.to_builtins(made)
    return plain | {"prompts": _folded(made.prompts)}


def _folded(prompts: list[PromptUse]) -> list[dict[str, Any]]:
    families: dict[str, list[PromptUse]] = {}
    for one in sorted(prompts, key=lambda one: one.id):
        families.setdefault(one.id.partition("/")[0], []).append(one)
    return [
        {
            "id": name,
            "sha256": some[0].sha256 if some[0].id == name else _hash(some),
            "requests": sum(one.requests for one in some),
            "wordings": len(some),
        }
        for name, some in families.items()
    ]


def _hash(prompts: list[PromptUse]) -> str:
    lines = "".join(f"{one.id} {one.sha256}\n" for one in prompts)
    return sha256(lines.encode()).hexdigest()


def together(sources: list[dict[str, Any]]) -> list[tuple[list[str], dict[str, Any] | None]]:
    """Group generated sources (those with the key `synthesis`) that were made in one go."""
    found: list[tuple[list[str], dict[str, Any] | None]] = []
    for source in sources:
        if "synthesis" not in source:
            continue
        made = source["synthesis"]
        names = next((names for names, other in found if other == made), None)
        if names is None:
            found.append(([source["source"]], made))
        else:
            names.append(source["source"])
    return found
