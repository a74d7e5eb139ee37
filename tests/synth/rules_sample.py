"""The bundled sample as documents for rules, and hand-made ones."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from llmx_data.synth.rules import KINDS, Document, Pool, Task, balanced
from llmx_data.synth.rules.passage import pieces
from llmx_data.synth.rules.task import Dice, Made, Scene

SAMPLE = Path(__file__).parents[2] / "recipes" / "sample"
COUNT, SEED = 2000, 7

POOL = Pool(
    titles=(("t1", "朝市の歩き方"), ("t2", "流れ星を待つ夜"), ("t3", "停留所の椅子を直した話")),
    sentences=(("s1", "旅館の廊下を歩く音で目が覚めた。"),),
    nouns=(("n1", "広告"), ("n2", "電池"), ("n3", "屋号"), ("n4", "ラジオ")),
)


@cache
def documents() -> tuple[Document, ...]:
    """Texts of the sample's pages and news; torn lines, which are there on purpose, left out."""
    names = ("cc_news.jsonl", "web.jsonl")
    text = "\n".join((SAMPLE / name).read_text(encoding="utf-8") for name in names)
    rows = [row for line in text.split("\n") if (row := _row(line))]
    unique = {row["text"]: row for row in rows if row.get("text")}
    return tuple(
        Document(str(row.get("docId") or row["id"]), row["text"], row.get("title"), row.get("date"))
        for row in unique.values()
    )


def _row(line: str) -> dict[str, Any] | None:
    try:
        row = json.loads(line)
    except json.JSONDecodeError:
        return None
    return row if isinstance(row, dict) else None


@cache
def picked() -> tuple[Task, ...]:
    """Pick tasks of the sample, balanced."""
    return tuple(balanced(documents(), COUNT, SEED))


def made(kind: str, text: str, title: str | None = None) -> list[Made]:
    """Give what a kind makes of a text with the pool above; each answer once."""
    document, found = Document("here", text, title), pieces(text)
    scenes = [
        Scene(document, piece, Dice("test", kind), POOL)
        for scope in KINDS[kind].scopes
        for piece in found[scope]
    ]
    every = [each for scene in scenes for each in KINDS[kind].make(scene)]
    return list({each.answer: each for each in every}.values())
