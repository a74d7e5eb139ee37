"""What the catalogue says of columns: fields the ingest room knows, and rows that map by them."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import pytest

from llmx_data.ingest.chat import COLUMNS
from llmx_data.ingest.hub import Hub
from llmx_data.ingest.local import FIELDS
from llmx_data.license.cards import DatasetCard
from llmx_data.license.facts import Facts, load

from .conftest import ROOT

ROWS: dict[str, Any] = {
    "document": "本文。",
    "openai": [{"role": "user", "content": "問"}, {"role": "assistant", "content": "答"}],
    "sharegpt": [{"from": "human", "value": "問"}, {"from": "gpt", "value": "答"}],
    "utterances": [{"speaker": "A", "text": "問"}, {"speaker": "B", "text": "答"}],
}


def readable() -> list[DatasetCard]:
    """Give the cards that tell a form, read once for the tables of parametrized tests."""
    return [card for card in load(ROOT).datasets.values() if card.form is not None]


def test_columns_are_given_with_a_form_or_missed_aloud(facts: Facts) -> None:
    for card in facts.datasets.values():
        if card.form is not None:
            assert set(card.columns) <= {*COLUMNS[card.form], *FIELDS}, card.id
            assert card.columns, card.id
            known = " ".join((*card.evidence, *card.known_issues))
            assert re.search("[Cc]olumn", known), card.id
            continue
        assert card.columns == {}, card.id
        assert card.key is None, card.id
        words = " ".join(card.known_issues)
        told = re.search(r"[Cc]olumn|One row per|One line per|word list|name their speaker", words)
        assert told or card.use == "evaluation", card.id


@pytest.mark.parametrize("card", readable(), ids=lambda card: card.id)
def test_the_hub_source_maps_a_row(card: DatasetCard) -> None:
    assert card.form is not None
    hub = Hub(id=card.hub or card.id, revision="0" * 40)
    assert hub.card_name() == card.id
    where = COLUMNS[card.form] | card.columns
    row: dict[str, Any] = {column: column for column in where.values()}
    if card.form in ROWS:
        row[where["text" if card.form == "document" else "messages"]] = ROWS[card.form]
    if card.key is not None:
        row[card.key] = "k"
        assert hub.own_key(row) == "k"
    found = hub.record(row)
    if card.form == "document":
        assert found["text"] == "本文。"
    elif card.form in ROWS:
        assert [turn["content"] for turn in found["messages"]] == ["問", "答"]
    else:
        asked = [where[f] for f in ("instruction", "input") if f in where]
        assert [t["content"] for t in found["messages"]] == ["\n\n".join(asked), where["output"]]
    assert "title" not in card.columns or found["title"] == card.columns["title"]


def test_enough_sets_can_be_read_by_their_card() -> None:
    assert len(readable()) >= 45
    assert Counter(card.form for card in readable()).keys() >= ROWS.keys() | {"alpaca", "elyza"}
