"""How tasks are worded: templates in `wordings.yaml`, the quoting around the passage, the reply."""

from __future__ import annotations

import string
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

FRAMES = {
    "bare": "{shown}",
    "label": "【{piece}】\n{shown}",
    "rules": "---\n{shown}\n---",
    "colon": "{piece}：\n{shown}",
}
"""Ways to set off the quoted piece."""


@dataclass(frozen=True)
class Wording:
    """One way to ask, with {shown} where the piece goes, and one way to reply, with {answer}."""

    name: str
    ask: str
    reply: str = "{answer}"

    def answer_of(self, reply: str) -> str | None:
        """Take the answer out of a reply; None if the reply has another form."""
        before, after = self.reply.split("{answer}")
        fits = reply.startswith(before) and reply.endswith(after)
        return reply[len(before) : len(reply) - len(after)] if fits else None


@cache
def wordings() -> dict[str, dict[str, Wording]]:
    """All wordings by kind and name, in the order of the file."""
    text = (files(__package__) / "wordings.yaml").read_text(encoding="utf-8")
    return {
        kind: {name: _wording(name, entry) for name, entry in entries.items() if name != "piece"}
        for kind, entries in yaml.safe_load(text).items()
    }


@cache
def piece_names() -> dict[str, str]:
    """Give what each kind calls the piece it quotes: 文章, 文, 箇条書き."""
    text = (files(__package__) / "wordings.yaml").read_text(encoding="utf-8")
    return {kind: entries.get("piece", "文章") for kind, entries in yaml.safe_load(text).items()}


def ask(kind: str, phrasing: str, facts: Mapping[str, Any]) -> str:
    """Word a prompt; `phrasing` is `<wording>/<frame>`. Errors: KeyError for an unknown one."""
    name, frame = phrasing.split("/")
    quoted = FRAMES[frame].format(piece=piece_names()[kind], shown=facts["shown"])
    slots = {key: _slot(content) for key, content in facts.items()}
    return wordings()[kind][name].ask.format_map({**slots, "shown": quoted}).strip()


def slots(template: str) -> set[str]:
    """Names of a template's slots."""
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


def _slot(content: Any) -> str:
    return "\n".join(map(str, content)) if isinstance(content, list | tuple) else str(content)


def _wording(name: str, entry: str | dict[str, str]) -> Wording:
    return Wording(name, entry) if isinstance(entry, str) else Wording(name, **entry)
