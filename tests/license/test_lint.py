"""Lint: what file, tag and README say, and the problem it has."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from llmx_data.license.facts import Facts
from llmx_data.license.lint import PROBLEMS, Declared, lint, lint_card

# what is declared -> the problems, in order
TABLE: list[tuple[dict[str, object], list[str]]] = [
    ({"license_file": "LICENSE", "license_by_file": "CC-BY-4.0"}, []),
    ({"license_file": "docs/LICENSE.md", "license_by_file": "MIT", "license_by_tag": "mit"}, []),
    ({"license_file": None, "license_by_readme": "CC-BY-4.0"}, ["no_licence_file"]),
    ({"license_file": "LICENSE", "file_bytes": 0}, ["empty_licence_file"]),
    ({"license_file": "LICENSE-DOCS.md", "license_by_file": "CC-BY-4.0"}, ["unusual_file_name"]),
    (
        {"license_file": "LICENSE", "license_by_file": "MIT", "license_by_tag": "apache-2.0"},
        ["file_against_tag"],
    ),
    (
        {"license_file": "LICENSE", "license_by_file": "MIT", "license_by_readme": "CC-BY-4.0"},
        ["code_licence_on_data"],
    ),
    (
        {
            "license_file": "LICENSE",
            "license_by_file": "CC-BY-SA-4.0",
            "license_by_readme": "CC-BY-4.0",
        },
        ["file_against_readme"],
    ),
    (
        {
            "license_file": "LICENSE",
            "license_by_file": "GPL-3.0-only",
            "readme": "商用利用は禁止します。",
        },
        ["added_restriction"],
    ),
    (
        {"license_file": "LICENSE", "license_by_file": "CC-BY-NC-4.0", "readme": "非商用に限る"},
        [],
    ),
    (
        {"license_file": "LICENSE", "license_by_file": "Apache-2.0", "readme": "GPT-4 で生成した"},
        ["outputs_beside_licence"],
    ),
    (
        {"license_file": "LICENSE", "license_by_file": "CC-BY-SA-3.0", "readme": "機械翻訳した"},
        ["translator_terms"],
    ),
]


@pytest.mark.parametrize(("declared", "rules"), TABLE)
def test_lint(facts: Facts, declared: dict[str, object], rules: list[str]) -> None:
    found = lint(Declared.model_validate({"name": "x", **declared}), facts)
    assert [p.rule for p in found] == rules
    assert all(p.detail in p.en and p.detail in p.ja for p in found)


def test_problems_speak_both_languages() -> None:
    for rule, (ja, en) in PROBLEMS.items():
        assert "{detail}" in ja, rule
        assert "{detail}" in en, rule
        assert rule == "lost_upstream" or re.search(r"[ぁ-んァ-ヶ一-龠]", ja), rule


# What each repository in the shared list is known for, and the problem that names it.
KNOWN = {
    "verypluming/JSICK": "file_against_readme",
    "tsuruoka-lab/AMI-Meeting-Parallel-Corpus": "readme_contradicts_itself",
    "chakki-works/chABSA-dataset": "code_licence_on_data",
    "cl-tohoku/quiz-datasets": "several_licences",
    "nlp-waseda/JMMLU": "several_licences",
    "kunishou/do-not-answer-ja": "code_licence_on_data",
    "Northern-System-Service/gpt4-autoeval": "outputs_beside_licence",
    "llm-jp/japanese-llm-ranking": "outputs_beside_licence",
    "UniversalDependencies/UD_Japanese-GSD": "readme_names_another",
    "UniversalDependencies/UD_Japanese-Modern": "derived_under_nd",
    "angular/angular-ja": "code_licence_on_data",
    "reactjs/ja.react.dev": "unusual_file_name",
    "kunishou/amenokaku-code-instruct": "custom_licence",
    "ku-nlp/KWDLC": "no_permission",
    "osekilab/JBLiMP": "no_permission",
    "tm4roon/jawikinews-headline-dataset": "known_upstream",
    "riywo/law.e-gov.go.jp": "known_upstream",
    "digital-go-jp/lawqa_jp": "custom_licence",
    "stockmarkteam/ner-wikipedia-dataset": "licence_in_prose",
    "nu-dialogue/jmultiwoz": "extra_grant",
    "nu-dialogue/real-persona-chat": "extra_conditions",
    "megagonlabs/asdc": "several_licences",
    "megagonlabs/instruction_ja": "keep_notices",
    "kunishou/databricks-dolly-15k-ja": "translator_terms",
    "aozorahack/aozorabunko_text": "several_licences",
    "hitoshizuku7/awesome-Ja-self-instruct": "outputs_beside_licence",
    "DeL-TaiseiOzaki/Tengentoppa-sft-v1.0 (hub)": "hidden_components",
}


def test_every_known_conflict_is_named(facts: Facts) -> None:
    root = os.environ.get("LLMX_SHARED_DATA", Path(__file__).parents[3] / "shared" / "data")
    path = Path(root) / "license_cases.jsonl"
    if not path.is_file():
        pytest.skip(f"no {path}: set LLMX_SHARED_DATA to the folder of shared data")
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert {row["repo"] for row in rows} == set(KNOWN)
    for row in rows:
        declared = Declared(
            name=row["repo"],
            license_file=row["license_file"],
            license_by_file=row["license_by_file"],
            license_by_readme=row["license_of_data"] or None,
            readme=row["evidence"],
        )
        assert KNOWN[row["repo"]] in {p.rule for p in lint(declared, facts)}, row["repo"]


def test_cards_of_the_catalogue(facts: Facts) -> None:
    named = {c.id: {p.rule for p in lint_card(c, facts)} for c in facts.datasets.values()}
    assert "tag_not_credible" in named["Tengentoppa-sft-v1.0"]
    assert named["jaquad" if "jaquad" in named else "JaQuAD"] == set()
