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
from llmx_data.license.facts import UNKNOWN, UNKNOWN_VERSION, Facts, load
from llmx_data.license.schema import Act, Condition, Limitation, Terms
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
]


def test_the_folders_hold_what_they_should(facts: Facts) -> None:
    assert len(facts.terms) >= 60
    assert len(facts.datasets) >= 15
    assert set(facts.policies) == {"strict", "standard", "permissive_jp"}
    assert {"research", "publish-data", "publish-model", "commercial", "competition"} == set(
        facts.purposes
    )


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
    assert len(shipped) >= 40
    for name, terms in shipped.items():
        assert sha256((ROOT / "texts" / name).read_bytes()).hexdigest() == terms.sha256, name
        assert Path(name).stem == terms.id


def test_every_id_referenced_exists(facts: Facts) -> None:
    for terms in facts.terms.values():
        assert set(terms.share_alike or ()) <= set(facts.terms), terms.id
    assert set(facts.names.values()) <= set(facts.terms)
    assert {t for t in facts.generators.values() if t} <= set(facts.terms)
    for card in facts.datasets.values():
        for expression in (card.license, card.license_db, card.declared):
            if expression is not None:
                assert set(atoms(normalize(expression, facts))) <= set(facts.terms), card.id
        assert set(card.terms) <= set(facts.terms), card.id
        assert card.generator is None or card.generator.casefold() in facts.generators, card.id


def needs_citation(terms: Terms) -> set[str]:
    """List the fields of one record that say something and so must name their section."""
    permissions = terms.permissions.model_dump()
    fields = {k for k, v in permissions.items() if v not in ("unknown", "silent")}
    fields |= {*terms.conditions, *terms.limitations}
    fields |= {"share_alike"} if terms.share_alike else set()
    fields |= {"no_further_restrictions"} if terms.no_further_restrictions != "none" else set()
    fields |= {"outputs"} if terms.outputs else set()
    fields |= {"results"} if terms.results == "free" else set()
    fields |= {"renewed_text"} if terms.renewed_text == "binds" else set()
    fields |= {"exceptions"} if terms.exceptions in ("yes", "no") else set()
    fields |= {"contents"} if terms.layers == ("database",) else set()
    return fields | {"use"}


def test_every_field_that_says_something_names_its_section(facts: Facts) -> None:
    for terms in facts.terms.values():
        assert needs_citation(terms) - set(terms.cites) == set(), terms.id
        assert set(terms.cites) - needs_citation(terms) == set(), terms.id
        assert all(terms.cites.values()), terms.id


def headings(text: str) -> set[str]:
    """Numbers that open a section, in any of the ways licences write them."""
    pattern = r"^\W*(?:Section\s+|SECTION\s+|第)?(\d+)(?=[.\s条:\\*]|\.0)"
    inline = r"(?:Section|section|paragraph|Sections)\s+(\d+)"
    return {*re.findall(pattern, text, re.MULTILINE), *re.findall(inline, text)}


def test_sections_cited_occur_in_the_text(facts: Facts) -> None:
    seen = 0
    for terms in facts.terms.values():
        path = facts.text_of(terms.id)
        if path is None:
            continue
        text = path.read_text(encoding="utf-8")
        numbers, paragraphs = headings(text), len(re.split(r"\n\s*\n", text.strip()))
        for field, cite in terms.cites.items():
            for number in re.findall(r"(?:§|Art\. )(\d+)", cite):
                assert number in numbers, f"{terms.id} {field} {cite}"
                seen += 1
            for number in re.findall(r"para\. (\d+)", cite):
                assert int(number) <= paragraphs, f"{terms.id} {field} {cite}"
                seen += 1
    assert seen > 300


def test_notice_sentences_stand_in_the_text(facts: Facts) -> None:
    def plain(text: str) -> str:
        return re.sub(r"\W+", " ", text.replace("DATABASE NAME", "{database}")).casefold()

    checked = 0
    for terms in facts.terms.values():
        path = facts.text_of(terms.id)
        for sentence in terms.sentences.values() if path else ():
            assert plain(sentence).strip() in plain(path.read_text(encoding="utf-8")), terms.id
            checked += 1
    assert checked >= 15


@pytest.mark.parametrize(
    ("name", "license_id"),
    [
        ("cc-by-4.0", "CC-BY-4.0"),
        ("CC BY 4.0", "CC-BY-4.0"),
        ("Creative Commons Attribution 4.0 International", "CC-BY-4.0"),
        ("表示 4.0 国際", "CC-BY-4.0"),
        ("クリエイティブ・コモンズ 表示 - 継承 4.0 国際", "CC-BY-SA-4.0"),
        ("ＣＣ－ＢＹ－ＳＡ－３．０", "CC-BY-SA-3.0"),
        ("https://creativecommons.org/licenses/by-nc-sa/4.0/deed.ja", "CC-BY-NC-SA-4.0"),
        ("apache-2.0", "Apache-2.0"),
        ("mit", "MIT"),
        ("odc-by", "ODC-By-1.0"),
        ("cc0-1.0", "CC0-1.0"),
        ("公共データ利用規約（第1.0版）", "LicenseRef-PDL-1.0-JP"),
        ("LicenseRef-Public-Domain-JP", "LicenseRef-llmx-PD-JP"),
        ("other", UNKNOWN),
        ("unknown", UNKNOWN),
        ("NOASSERTION", UNKNOWN),
        ("不明", UNKNOWN),
        ("cc-by", UNKNOWN_VERSION),
        ("CC BY", UNKNOWN_VERSION),
        ("gpl", UNKNOWN_VERSION),
        ("gfdl", UNKNOWN_VERSION),
    ],
)
def test_names_resolve(facts: Facts, name: str, license_id: str) -> None:
    assert facts.alias(name) == license_id


def test_spdx_public_documentation_license_is_not_the_japanese_one(facts: Facts) -> None:
    assert facts.alias("PDL-1.0") is None


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
