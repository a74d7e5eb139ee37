"""Every fact loads, cites, and points at something that exists."""

from __future__ import annotations

import re
import shutil
from hashlib import sha256
from pathlib import Path
from typing import get_args

import pytest

from llmx_data.core.errors import RecipeError
from llmx_data.license.expression import atoms, normalize
from llmx_data.license.facts import UNKNOWN, Facts, load
from llmx_data.license.schema import Act, Condition, Limitation
from llmx_data.license.sentences import ACTS, OBLIGATIONS, RULES

from .conftest import ROOT

ASKED_FOR = [
    *("CC0-1.0", "CC-BY-2.5", "CC-BY-3.0", "CC-BY-4.0", "CC-BY-SA-3.0", "CC-BY-SA-4.0"),
    *("CC-BY-NC-4.0", "CC-BY-NC-SA-4.0", "CC-BY-NC-SA-3.0", "CC-BY-ND-4.0", "CC-BY-NC-ND-4.0"),
    *("CC-BY-SA-2.1-JP", "CC-BY-ND-2.1-JP", "ODC-By-1.0", "ODbL-1.0", "PDDL-1.0", "Apache-2.0"),
    *("MIT", "BSD-3-Clause", "Unlicense", "GFDL-1.3", "CDLA-Permissive-2.0", "CDLA-Sharing-1.0"),
    *("O-UDA-1.0", "C-UDA-1.0", "OpenMDW-1.0", "LicenseRef-llmx-PD-JP", "LicenseRef-PDL-1.0-JP"),
    *("LicenseRef-llmx-JP-art13", UNKNOWN, "LicenseRef-CommonCrawl-ToU"),
    *("LicenseRef-RealPersonaChat-terms", "LicenseRef-ichikara-instruction-terms"),
    *("LicenseRef-Tsukuyomi-kaiwa-ai", "llama3.1", "gemma", "qwen-2024", "deepseek-la-1.0"),
    *("llama-1", "llama2", "llama3", "llama3.2", "llama3.3", "llama4", "mrl-0.1", "mnpl-0.1"),
    *("tongyi-qianwen-2023", "tongyi-qianwen-research", "qwen-research", "openrail++"),
    *("bigscience-bloom-rail-1.0", "bigscience-openrail-m", "creativeml-openrail-m"),
    *("bigcode-openrail-m", "nvidia-open-model-license", "stability-ai-community-2024"),
    *("modified-mit", "exaone-ai-model-1.1-nc", "hyperclova-x-seed-2025", "falcon-2-11b-1.0"),
    *("plamo-community-license", "PLaMo Non-Commercial License", "sarashina-nc", "lfm1.0"),
    *("llm-jp-3-172b-beta1", "llm-jp-3-172b-instruct3", "ms-research-license-terms"),
    *("fair-noncommercial-research-license", "MG-BY-SA-2.0", "AmenokakuCode License", "deepl"),
    *("政府標準利用規約（第2.0版）", "CC BY-NC-SA 2.1 JP", "LGPLLR", "FAL-1.3", "DbCL-1.0"),
]


def test_the_folders_hold_what_they_should(facts: Facts) -> None:
    assert len(facts.terms) >= 115
    assert len(facts.datasets) >= 15
    assert set(facts.policies) == {"strict", "standard", "permissive_jp"}
    named = {"research", "publish-data", "publish-model", "commercial", "competition"}
    assert set(facts.purposes) == named | {"competition-llm-2024"}


def test_admitted_models_are_known(facts: Facts) -> None:
    lists = [a for p in facts.purposes.values() for a in p.admitted]
    assert {m for a in lists for m in a.models} <= set(facts.models)


@pytest.mark.parametrize("name", ASKED_FOR)
def test_common_licences_have_facts(facts: Facts, name: str) -> None:
    assert facts.alias(name) in facts.terms


def test_a_file_is_named_after_its_record(facts: Facts) -> None:
    assert {p.stem for p in (ROOT / "terms").glob("*.yaml")} == set(facts.terms)
    assert {p.stem for p in (ROOT / "policies").glob("*.yaml")} == set(facts.policies)
    assert {p.stem for p in (ROOT / "purposes").glob("*.yaml")} == set(facts.purposes)


def test_texts_exist_and_their_hashes_agree(facts: Facts) -> None:
    shipped = {t.text: t for t in facts.terms.values() if t.text}
    assert {p.name for p in (ROOT / "texts").iterdir()} == set(shipped)
    assert len(shipped) >= 60
    for name, terms in shipped.items():
        assert sha256((ROOT / "texts" / name).read_bytes()).hexdigest() == terms.sha256, name
        assert Path(name).stem == terms.id


def test_every_id_referenced_exists(facts: Facts) -> None:
    for terms in facts.terms.values():
        assert set(terms.share_alike or ()) <= set(facts.terms), terms.id
        assert terms.superseded_by is None or terms.superseded_by in facts.terms, terms.id
    assert set(facts.names.values()) <= set(facts.terms)
    assert {t for t in facts.generators.values() if t} <= set(facts.terms)
    for card in facts.datasets.values():
        for expression in (card.license, card.license_db, card.declared):
            if expression is not None:
                assert set(atoms(normalize(expression, facts))) <= set(facts.terms), card.id
        assert set(card.terms) <= set(facts.terms), card.id
        for name in (card.generator, *card.generators):
            known = name is None or facts.model(name) or name.casefold() in facts.generators
            assert known or facts.alias(name), (card.id, name)


def test_models_come_under_terms_that_exist(facts: Facts) -> None:
    for card in facts.models.values():
        assert card.license is None or set(atoms(card.license)) <= set(facts.terms), card.id


def test_every_word_the_facts_use_has_sentences() -> None:
    assert set(get_args(Act)) == set(ACTS)
    assert set(get_args(Condition)) <= set(OBLIGATIONS)
    for key, pair in {**RULES, **OBLIGATIONS, **ACTS}.items():
        assert all(pair), key
        assert pair[0] != pair[1], key
        assert re.search(r"[ぁ-んァ-ヶ一-龠]", pair[0]), key


def test_every_limitation_has_a_rule() -> None:
    source = "".join(
        (ROOT.parent / "llmx_data" / "license" / f"{name}.py").read_text(encoding="utf-8")
        for name in ("rules", "limits", "outputs")
    )
    # computational_use is training's own case and travels by its pass_on_terms condition.
    for limitation in set(get_args(Limitation)) - {"computational_use"}:
        assert f'"{limitation}"' in source, limitation


def test_policies_only_differ_in_one_direction(facts: Facts) -> None:
    grades = {"ALLOW_WITH": 0, "REVIEW": 1, "DENY": 2}
    strict, standard, permissive = (
        facts.policies[n] for n in ("strict", "standard", "permissive_jp")
    )
    for act in get_args(Act):
        severity = [grades[p.unknown[act]] for p in (strict, standard, permissive)]
        assert severity == sorted(severity, reverse=True), act


def test_the_hash_follows_the_bytes(tmp_path: Path, facts: Facts) -> None:
    copy = tmp_path / "licenses"
    shutil.copytree(ROOT, copy)
    assert load(copy).hash == facts.hash
    load.cache_clear()
    with (copy / "texts" / "MIT.txt").open("a", encoding="utf-8") as file:
        file.write("!")
    assert load(copy).hash != facts.hash


def test_all_mistakes_come_together_with_file_and_line(tmp_path: Path) -> None:
    copy = tmp_path / "licenses"
    shutil.copytree(ROOT, copy)
    one, two = copy / "terms" / "MIT.yaml", copy / "policies" / "strict.yaml"
    one.write_text(one.read_text(encoding="utf-8").replace("confidence: A", "confidence: sure"))
    two.write_text(two.read_text(encoding="utf-8") + "colour: red\n")
    with pytest.raises(RecipeError) as error:
        load(copy)
    places = {(Path(m.where.partition(":")[0]).name, m.place) for m in error.value.mistakes}
    assert places == {("MIT.yaml", "confidence"), ("strict.yaml", "colour")}
    assert "MIT.yaml:11" in str(error.value)


def test_an_unknown_purpose_names_the_nearest(facts: Facts) -> None:
    with pytest.raises(RecipeError, match="did you mean 'publish-data'"):
        facts.purpose("publish-dat")
    with pytest.raises(RecipeError, match=r"purpose\.actor\.kind"):
        facts.purpose({"act": ["train_internal"], "actor": {"kind": "robot"}})


def test_the_permissive_policy_asks_for_japan(facts: Facts) -> None:
    with pytest.raises(RecipeError, match="training_location: JP"):
        facts.purpose(
            {
                "act": ["train_internal"],
                "policy": "permissive_jp",
                "actor": {"jurisdiction": "JP", "training_location": "US"},
            }
        )
