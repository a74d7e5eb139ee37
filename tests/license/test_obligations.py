"""Obligations as text: credits, NOTICE, licence texts, front matter."""

from __future__ import annotations

import pytest

from llmx_data.license.facts import Facts
from llmx_data.license.findings import Tuple, Verdict
from llmx_data.license.gate import judge
from llmx_data.license.obligations import (
    attribution,
    duties,
    front_matter,
    name_duties,
    notice,
    texts,
)

from .conftest import plan


def shared(facts: Facts, *subjects: Tuple) -> list[Verdict]:
    return judge(subjects, plan(facts, "redistribute_derived"), facts)


def test_credit_names_title_source_licence_and_changes(facts: Facts) -> None:
    (verdict,) = shared(facts, Tuple("JaQuAD", "CC-BY-SA-3.0", adaptation="normalized"))
    line = attribution(verdict, facts)
    for part in (
        "JaQuAD: Japanese Question Answering Dataset",
        "https://github.com/SkelterLabsInc/JaQuAD",
        "Wikipedia contributors",
        "[CC-BY-SA-3.0](https://creativecommons.org/licenses/by-sa/3.0/legalcode)",
        "changes: normalized",
    ):
        assert part in line
    assert "変更: 正規化済み" in attribution(verdict, facts, lang="ja")


def test_credit_without_a_card_invents_nothing(facts: Facts) -> None:
    (verdict,) = shared(facts, Tuple("wiki", "MIT", license_db="odc-by"))
    assert attribution(verdict, facts) == (
        "wiki; [MIT](https://opensource.org/license/mit); database: "
        "[ODC-By-1.0](https://opendatacommons.org/licenses/by/1-0/); changes: verbatim"
    )


def test_duties_are_said_once_per_source(facts: Facts) -> None:
    verdicts = shared(facts, Tuple("a", "CC-BY-4.0"), Tuple("a", "CC-BY-4.0"), Tuple("b", "CC0"))
    (first, lines), (second, none) = duties(verdicts)
    assert (first, second, none) == ("a", "b", [])
    assert len(lines) == 2
    assert lines[0].endswith("[CC-BY-4.0 §3(a)(1)(A)]")


def test_notice_holds_the_licences_own_words(facts: Facts) -> None:
    verdicts = shared(facts, Tuple("news", "MIT", license_db="odc-by"), Tuple("g", "gemma"))
    assert notice(verdicts) == (
        "Contains information from news which is made available under the ODC Attribution "
        "License.\n"
        "Gemma is provided under and subject to the Gemma Terms of Use found at "
        "ai.google.dev/gemma/terms\n"
    )


def test_texts_of_all_layers(facts: Facts) -> None:
    verdicts = shared(
        facts,
        Tuple("a", "CC-BY-4.0", license_db="odc-by"),
        Tuple("b", "LicenseRef-JBBQ"),
        Tuple("c", "CC0-1.0", generator="qwen2.5-32b"),
    )
    found = texts(verdicts, facts)
    assert list(found) == ["CC-BY-4.0", "CC0-1.0", "ODC-By-1.0"]
    assert all(path.is_file() for path in found.values())


@pytest.mark.parametrize(
    ("licenses", "keys"),
    [
        (["CC-BY-SA-4.0"], {"license": "cc-by-sa-4.0"}),
        (["ODC-By-1.0"], {"license": "odc-by"}),
        (["LicenseRef-llama-3.1"], {"license": "llama3.1"}),
        (["LicenseRef-llmx-unknown"], {"license": "unknown"}),
        (
            ["MIT", "CC0-1.0"],
            {"license": "other", "license_name": "per-record", "license_link": "ATTRIBUTION.md"},
        ),
        (
            ["MIT AND CC0-1.0"],
            {
                "license": "other",
                "license_name": "mit-and-cc0-1.0",
                "license_link": "ATTRIBUTION.md",
            },
        ),
        (
            ["LicenseRef-qwen-2024"],
            {
                "license": "other",
                "license_name": "licenseref-qwen-2024",
                "license_link": "https://huggingface.co/Qwen/Qwen2.5-72B/blob/main/LICENSE",
            },
        ),
    ],
)
def test_front_matter(facts: Facts, licenses: list[str], keys: dict[str, str]) -> None:
    assert front_matter(licenses, facts) == keys


def test_duties_on_a_models_name(facts: Facts) -> None:
    subject = Tuple("s", "CC0-1.0", generator="llama-3.3-70b", accepted_by="self")
    (duty,) = name_duties(judge([subject], plan(facts, "release_weights"), facts))
    assert (duty.kind, duty.words) == ("name_prefix", "Llama")
