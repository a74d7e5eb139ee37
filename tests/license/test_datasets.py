"""Data set cards: named once, pointing at what exists, honest on how they are known."""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from pathlib import Path

import pytest

from llmx_data.license.expression import atoms, normalize
from llmx_data.license.facts import Facts

from .conftest import ROOT

BESIDE = ROOT.parents[1] / "shared/data"
DATA = Path(os.environ.get("LLMX_SHARED_DATA", BESIDE))
PINNED = re.compile(r"\b(?=[0-9a-f]*\d)[0-9a-f]{7,40}\b|\b20\d\d-\d\d-\d\d\b")
# Files of the shared data that are no data sets: labels of our own, tokenizers.
NO_SETS = {"", "llm-jp/llm-jp-tokenizer"}

# Benchmarks: training on them makes their scores worthless, and some terms forbid it.
EVALUATION = [
    *("ELYZA-tasks-100", "JBBQ", "JBLiMP", "JCoLA", "JEMHopQA", "JGLUE", "JMMLU"),
    *("JMMLU-NC-ND", "JSFactCheckBench", "JSICK", "JaNLI", "NTREX-128-jpn"),
    *("do-not-answer-ja", "ja-vicuna-qa", "japanese-mt-bench", "jhle", "lawqa_jp"),
    *("mgsm-ja", "msts-japanese", "niilc-qa", "rakuda-v2"),
]

# Where the tag, the LICENSE file or the README say one thing and the contents another.
CORRECTED = [
    # id, declared, licence of the contents, licence of the database
    ("CC-news-2024-July-October-cleaned", "ODC-By-1.0", None, "ODC-By-1.0"),
    ("Zero_SFT_Ja_v3.5", "ODC-By-1.0", None, "ODC-By-1.0"),
    ("mc4-ja", "ODC-By-1.0", None, "ODC-By-1.0"),
    ("Tengentoppa-sft-v1.0", "CC-BY-4.0", None, None),
    ("open2ch-dialogue-corpus", "Apache-2.0", None, None),
    ("RyokoAI_Syosetu711K", "Apache-2.0", None, None),
    ("Galgame_Speech", "GPL-3.0-only", None, None),
    ("databricks-dolly-15k-ja-google-trans", "CC-BY-3.0", "CC-BY-SA-3.0", None),
    ("GENIAC-JaGovFaqs-22k", "Apache-2.0", "CC-BY-4.0", None),
    ("extraction-wiki-ja", "Apache-2.0", "CC-BY-SA-4.0", None),
    ("WAON", "Apache-2.0", "LicenseRef-llmx-JP30-4-only", None),
    ("JSICK", "CC-BY-4.0", "CC-BY-SA-4.0", None),
    ("AMI-Meeting-Parallel-Corpus", "CC-BY-4.0", "CC-BY-SA-4.0", None),
    ("chABSA", "MIT", "CC-BY-4.0", None),
    ("do-not-answer-ja", "Apache-2.0", "CC-BY-NC-SA-4.0", None),
    ("alpaca_ja", "Apache-2.0", "CC-BY-NC-4.0", None),
    ("japanese_alpaca_data", "CC-BY-NC-SA-4.0", "CC-BY-NC-SA-4.0", None),
]

# One repository, several terms: each part has its own card, at most one of them the hub id.
PARTS = [
    ("JMMLU", "CC-BY-SA-4.0"),
    ("JMMLU-NC-ND", "CC-BY-NC-ND-4.0"),
    ("quiz-datasets-abc", None),
    ("quiz-datasets-aio", "CC-BY-SA-4.0"),
    ("quiz-datasets-passages", "CC-BY-SA-3.0 OR GFDL-1.3-or-later"),
    ("zenz-v2.5-dataset", "CC-BY-SA-4.0"),
    ("zenz-v2.5-dataset-web", None),
]

SPOKEN = [
    ("jmultiwoz", "weights", "not_derivative"),
    ("stanford_alpaca", "models", "research_only"),
    ("bactrian-x", "models", "research_only"),
    ("persona-hub", "data", "research_only"),
    ("JMMLU-NC-ND", "data", "commercial_allowed"),
    ("financial-lakehouse", "data", "training_denied"),
    ("jhle", "data", "training_denied"),
]


def test_there_are_cards_and_each_file_is_named_after_its_id(facts: Facts) -> None:
    assert len(facts.datasets) >= 180
    assert {p.stem for p in (ROOT / "datasets").glob("*.yaml")} == set(facts.datasets)


def test_a_name_means_one_card(facts: Facts) -> None:
    names = Counter(
        name.casefold()
        for card in facts.datasets.values()
        for name in {card.id, card.hub or card.id}
    )
    assert [name for name, times in names.items() if times > 1] == []
    assert all(card.hub is None or card.hub.count("/") == 1 for card in facts.datasets.values())


def test_licences_terms_and_ancestors_exist(facts: Facts) -> None:
    for card in facts.datasets.values():
        for expression in (card.declared, card.license, card.license_db):
            if expression is not None:
                assert set(atoms(normalize(expression, facts))) <= set(facts.terms), card.id
        assert set(card.terms) <= set(facts.terms), card.id
        for name in card.upstream:
            assert name in facts.datasets or name in facts.terms, f"{card.id}: {name}"
        for writer in (card.generator, *card.generators):
            assert writer is None or facts.model(writer) is not None, f"{card.id}: {writer}"


def test_no_set_is_made_from_itself(facts: Facts) -> None:
    def above(name: str, seen: tuple[str, ...] = ()) -> None:
        assert name not in seen, seen
        card = facts.datasets.get(name)
        for upper in card.upstream if card else ():
            above(upper, (*seen, name))

    for name in facts.datasets:
        above(name)


def test_a_purpose_is_one_that_terms_know(facts: Facts) -> None:
    known = {terms.purpose for terms in facts.terms.values()}
    for card in facts.datasets.values():
        assert card.purpose is None or card.purpose in known, card.id
        bound = [facts.terms[i] for i in (card.license, *card.terms) if i and i in facts.terms]
        asked = {terms.purpose for terms in bound}
        assert asked <= {None} or card.purpose in asked, card.id


def test_what_is_sure_names_a_revision_or_a_date(facts: Facts) -> None:
    for card in facts.datasets.values():
        assert card.evidence, card.id
        if card.confidence in ("A", "A-"):
            assert any(PINNED.search(line) for line in card.evidence), card.id
        if card.revision is not None:
            assert re.fullmatch(r"[0-9a-f]{7,40}", card.revision), card.id


@pytest.mark.parametrize(
    ("text", "pinned"),
    [
        ("hub tag mit at 6391483", True),
        ("LICENSE at 1c84ddf", True),
        ("hub tag odc-by, read 2026-11-21", True),
        ("a defaced page", False),
        ("52,000 rows of 2023", False),
    ],
)
def test_a_pin_is_a_commit_or_a_date(text: str, pinned: bool) -> None:
    assert bool(PINNED.search(text)) is pinned


def test_what_was_not_read_is_not_sure(facts: Facts) -> None:
    unread = ("general knowledge", "named from memory", "was not read")
    for card in facts.datasets.values():
        lines = [line for line in card.evidence if any(word in line for word in unread)]
        assert not lines or card.confidence not in ("A", "A-"), f"{card.id}: {lines}"


def test_evaluation_sets_are_marked(facts: Facts) -> None:
    marked = [card.id for card in facts.datasets.values() if card.use == "evaluation"]
    assert sorted(marked) == sorted(EVALUATION)


@pytest.mark.parametrize(("name", "declared", "license_", "database"), CORRECTED)
def test_the_contents_have_their_own_licence(
    facts: Facts, name: str, declared: str, license_: str | None, database: str | None
) -> None:
    card = facts.datasets[name]
    assert (card.declared, card.license, card.license_db) == (declared, license_, database)
    assert card.known_issues


def test_a_licence_of_the_database_is_never_one_of_the_contents(facts: Facts) -> None:
    for card in facts.datasets.values():
        for i in atoms(normalize(card.license, facts)):
            assert facts.terms[i].layers != ("database",), card.id
        if card.license_db is not None:
            for i in atoms(normalize(card.license_db, facts)):
                assert "database" in facts.terms[i].layers or i == "CC0-1.0", card.id


def test_what_may_be_passed_on_names_its_makers(facts: Facts) -> None:
    for card in facts.datasets.values():
        if card.redistribution in ("yes", "conditional"):
            assert card.license is not None, card.id
            assert card.credit, card.id


@pytest.mark.parametrize(("name", "license_"), PARTS)
def test_parts_under_other_terms_have_their_own_card(
    facts: Facts, name: str, license_: str | None
) -> None:
    card = facts.datasets[name]
    assert card.license == license_
    others = [c for n, _ in PARTS if (c := facts.datasets[n]).home == card.home and c.hub]
    assert len(others) <= 1


@pytest.mark.parametrize(("name", "about", "says"), SPOKEN)
def test_what_the_licensor_said_is_kept(facts: Facts, name: str, about: str, says: str) -> None:
    said = {f"{s.about} {s.says}": s.where for s in facts.datasets[name].statements}
    assert said[f"{about} {says}"]


def test_the_aggregate_knows_its_parts(facts: Facts) -> None:
    parts = facts.datasets["Tengentoppa-sft-v1.0"].upstream
    assert len(parts) == 12
    licences = {facts.datasets[p].license for p in parts}
    assert licences >= {None, "Apache-2.0", "MIT", "CC-BY-4.0"}


@pytest.mark.skipif(
    not (DATA / "MANIFEST.json").is_file(), reason=f"no shared data in {DATA} (LLMX_SHARED_DATA)"
)
def test_every_set_at_hand_has_a_card_at_its_commit(facts: Facts) -> None:
    files = json.loads((DATA / "MANIFEST.json").read_text(encoding="utf-8"))
    repositories = {(f["repo"], f["commit"]) for f in files if f["repo"] not in NO_SETS}
    assert len(repositories) >= 30
    for repository, commit in repositories:
        cards = [
            card
            for card in facts.datasets.values()
            if repository in " ".join((card.home or "", *card.evidence))
        ]
        assert cards, repository
        told = " ".join(f"{card.revision} {' '.join(card.evidence)}" for card in cards)
        assert commit[:7] in told, repository
