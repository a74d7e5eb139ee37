"""Model cards: named once per channel, pointing at what exists, saying how they are known."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from llmx_data.license.cards import ModelCard
from llmx_data.license.expression import atoms, normalize
from llmx_data.license.facts import Facts

from .conftest import ROOT

PINNED = re.compile(r"@[0-9a-f]{7}|\b20\d\d-\d\d(-\d\d)?\b")
TERMS_OF_OTHERS = {"api", "chat"}

# One vendor, opposite answers: (card, its terms), by size, by release, by channel.
FAMILIES = [
    ("qwen2.5-32b", "Apache-2.0"),
    ("qwen2.5-3b", "LicenseRef-qwen-research"),
    ("qwen2.5-72b", "LicenseRef-qwen-2024"),
    ("qwen2-7b", "Apache-2.0"),
    ("qwen2-72b", "LicenseRef-tongyi-2023"),
    ("qwen3", "Apache-2.0"),
    ("qwen-chat", "LicenseRef-qwen-chat-2026-05-19"),
    ("llama-3", "LicenseRef-llama-3"),
    ("llama-3.1", "LicenseRef-llama-3.1"),
    ("llama-api", "LicenseRef-meta-llama-api-2026-08-21"),
    ("gemma-2", "LicenseRef-gemma-2024-04-01"),
    ("gemma-3", "LicenseRef-gemma-2025-03-24"),
    ("gemma-4", "Apache-2.0"),
    ("mixtral-8x7b", "Apache-2.0"),
    ("mistral-large-2407", "LicenseRef-mrl-0.1"),
    ("mistral-api", "LicenseRef-mistral-api-2026-05-28"),
    ("gpt-oss", "Apache-2.0"),
    ("openai-api", "LicenseRef-openai-services-2026-01-01"),
    ("openai-api-2023", "LicenseRef-openai-2023-03-14"),
    ("deepseek-v3", "LicenseRef-deepseek-1.0"),
    ("deepseek-r1", "MIT"),
    ("sarashina2", "MIT"),
    ("sarashina2.1-1b", "LicenseRef-sarashina-nc-2.0"),
    ("plamo-13b", "Apache-2.0"),
    ("plamo-13b-instruct-nc", "CC-BY-NC-4.0"),
    ("stockmark-13b", "MIT"),
    ("stockmark-13b-instruct", "CC-BY-NC-SA-4.0"),
    ("grok-1", "Apache-2.0"),
    ("grok-api", "LicenseRef-xai-enterprise-2026-08-14"),
]

# The chains that carry terms from one model to another: (card, field, what it names).
CHAINS = [
    ("evollm-jp", "upstream", {"shisa-gamma-7b", "wizardmath-7b-v1.1", "abel-7b-002"}),
    ("shisa-gamma-7b", "trained_on", {"openai-api-2023"}),
    ("karakuri-8x7b-instruct", "trained_on", {"openai-api-2023"}),
    ("karakuri-8x7b-instruct", "upstream", {"swallow-mx-8x7b"}),
    ("llama-3.1-swallow-instruct", "trained_on", {"gemma-2"}),
    ("llama-3.1-swallow-8b-instruct-v0.5", "trained_on", {"gemma-3"}),
    ("gemma-2-llama-swallow", "trained_on", {"llama-3.3"}),
    ("tinyswallow-1.5b", "upstream", {"qwen2.5-32b"}),
    ("tinyswallow-1.5b-instruct", "trained_on", {"gemma-2", "llama-3.1"}),
    ("llm-jp-3-13b-instruct", "trained_on", {"ichikara-instruction", "qwen2.5-32b"}),
    ("deepseek-r1-distill-llama-8b", "upstream", {"llama-3.1"}),
    ("stockmark-13b-instruct", "trained_on", {"ichikara-instruction"}),
]


def names(card: ModelCard) -> list[str]:
    """List every name a card answers to, folded."""
    return [name.casefold() for name in (card.id, *card.hub, *card.aliases)]


def ancestors(facts: Facts, card_id: str) -> set[str]:
    """List the models a model was made from, however far back."""
    found: set[str] = set()
    waiting = [card_id]
    while waiting:
        for parent in facts.models[waiting.pop()].upstream:
            if parent not in found:
                found.add(parent)
                waiting.append(parent)
    return found


def test_there_are_cards_and_each_file_is_named_after_its_id(facts: Facts) -> None:
    assert len(facts.models) >= 45
    assert {p.stem for p in (ROOT / "models").glob("*.yaml")} == set(facts.models)


@pytest.mark.parametrize("channel", ["weights", "api", "chat"])
def test_a_name_means_one_card_within_a_channel(facts: Facts, channel: str) -> None:
    cards = [c for c in facts.models.values() if c.channel == channel]
    count = Counter(name for card in cards for name in names(card))
    assert len(cards) >= 5
    assert [name for name, times in count.items() if times > 1] == []


def test_an_alias_adds_a_name(facts: Facts) -> None:
    for card in facts.models.values():
        assert len(set(names(card))) == len(names(card)), card.id


def test_hub_ids_name_their_owner_and_only_weights_have_them(facts: Facts) -> None:
    for card in facts.models.values():
        assert all(hub.count("/") == 1 for hub in card.hub), card.id
        assert not any("/" in alias for alias in card.aliases), card.id
        assert not (card.hub and card.channel in TERMS_OF_OTHERS), card.id


def test_licences_and_ancestors_exist(facts: Facts) -> None:
    for card in facts.models.values():
        assert card.license is None or card.license in facts.terms, card.id
        assert set(card.upstream) <= set(facts.models), card.id
        assert set(card.trained_on) <= {*facts.models, *facts.datasets}, card.id
        assert all(facts.models[u].channel == "weights" for u in card.upstream), card.id
        if card.declared is not None:
            assert set(atoms(normalize(card.declared, facts))) <= set(facts.terms), card.id


def test_no_model_is_made_from_itself(facts: Facts) -> None:
    for card in facts.models.values():
        assert card.id not in ancestors(facts, card.id), card.id
        assert card.id not in card.trained_on, card.id


def test_what_is_declared_differs_from_what_binds(facts: Facts) -> None:
    for card in facts.models.values():
        if card.declared is not None:
            assert normalize(card.declared, facts) != card.license, card.id


def test_every_card_says_how_it_is_known(facts: Facts) -> None:
    for card in facts.models.values():
        assert card.evidence, card.id
        assert all(line.strip() for line in (*card.evidence, *card.known_issues)), card.id
        assert card.license is not None or card.confidence == "unverified", card.id
        if card.confidence in ("C", "unverified"):
            assert card.known_issues, card.id


def test_what_is_sure_names_a_revision_or_a_date(facts: Facts) -> None:
    sure = [card for card in facts.models.values() if card.confidence in ("A", "A-")]
    assert len(sure) >= 20
    for card in sure:
        assert any(PINNED.search(line) for line in card.evidence), card.id


@pytest.mark.parametrize(
    ("text", "pinned"),
    [
        ("QwenLM/Qwen3@7a2f61f README l. 397", True),
        ("Gemma Terms of Use, last modified 2024-04-01", True),
        ("README of 2024-09", True),
        ("the model's page, not read", False),
        ("Qwen2.5-72B LICENSE §5b", False),
        ("Llama-3.1-Nemotron-70B-Instruct", False),
    ],
)
def test_a_pin_is_a_commit_or_a_date(text: str, pinned: bool) -> None:
    assert bool(PINNED.search(text)) == pinned


@pytest.mark.parametrize(("card_id", "license_id"), FAMILIES)
def test_sizes_releases_and_channels_have_their_own_terms(
    facts: Facts, card_id: str, license_id: str
) -> None:
    assert facts.models[card_id].license == license_id


def test_the_same_vendor_gives_opposite_answers(facts: Facts) -> None:
    def rules(card_id: str) -> set[str]:
        terms = facts.terms[str(facts.models[card_id].license)]
        return set(terms.outputs.rules) if terms.outputs else {"silent"}

    small, middle, large = rules("qwen2.5-3b"), rules("qwen2.5-32b"), rules("qwen2.5-72b")
    assert len({frozenset(r) for r in (small, middle, large)}) >= 2
    assert "display" in large - middle
    assert rules("qwen3") != rules("qwen-chat")
    assert facts.models["qwen3"].channel == "weights"
    assert facts.models["qwen-chat"].channel == "chat"
    assert rules("llama-3") != rules("llama-3.1")
    assert rules("llama-3.1") != rules("llama-api")


@pytest.mark.parametrize(
    "name",
    ["qwen", "qwen2.5", "qwen2", "llama", "gemma", "mistral", "deepseek", "sarashina", "phi"],
)
def test_a_family_whose_members_differ_is_no_name(facts: Facts, name: str) -> None:
    assert [card.id for card in facts.models.values() if name in names(card)] == []


@pytest.mark.parametrize(("card_id", "field", "named"), CHAINS)
def test_chains_that_carry_terms_are_recorded(
    facts: Facts, card_id: str, field: str, named: set[str]
) -> None:
    assert named <= set(getattr(facts.models[card_id], field))


def test_a_merge_keeps_its_strictest_ancestor_in_sight(facts: Facts) -> None:
    reached = {facts.models[a].license for a in ancestors(facts, "evollm-jp")}
    assert {"LicenseRef-ms-research", "Apache-2.0"} <= reached
    assert "LicenseRef-ms-research" not in {
        facts.models[a].license for a in ancestors(facts, "evollm-jp-a")
    }


def test_cards_and_generator_names_agree(facts: Facts) -> None:
    known = {name: card for card in facts.models.values() for name in names(card)}
    checked = 0
    for generator, license_id in facts.generators.items():
        if license_id is not None and generator in known:
            assert known[generator].license == license_id, generator
            checked += 1
    assert checked >= 30


def test_generators_of_data_sets_have_a_card(facts: Facts) -> None:
    known = {name for card in facts.models.values() for name in names(card)}
    asked = {
        (card.id, generator)
        for card in facts.datasets.values()
        for generator in (card.generator, *card.generators)
        if generator and facts.generators.get(generator.casefold(), "a model") is not None
    }
    assert len(asked) >= 10
    assert sorted((i, g) for i, g in asked if g.casefold() not in known) == []


def test_licensors_who_spoke_are_heard(facts: Facts) -> None:
    spoken = {(card.id, s.about, s.says) for card in facts.models.values() for s in card.statements}
    assert ("deepseek-r1", "outputs", "training_allowed") in spoken
    assert ("qwen2.5-72b", "outputs", "training_allowed") in spoken
    assert ("tinyswallow-1.5b-instruct", "weights", "research_only") in spoken
    assert all(s.where.strip() for c in facts.models.values() for s in c.statements)


def test_cards_speak_of_public_places_only() -> None:
    files: list[Path] = sorted((ROOT / "models").glob("*.yaml"))
    for path in files:
        assert not re.search(r"/(?:work|tmp|home|root)/", path.read_text("utf-8")), path.name
