"""Obligations as text: NOTICE, licence texts, front matter."""

from __future__ import annotations

import pytest

from llmx_data.license.facts import Facts
from llmx_data.license.findings import Tuple, Verdict
from llmx_data.license.gate import judge
from llmx_data.license.obligations import (
    front_matter,
    name_duties,
    notice,
    texts,
)

from .conftest import plan


def shared(facts: Facts, *subjects: Tuple) -> list[Verdict]:
    return judge(subjects, plan(facts, "redistribute_derived"), facts)


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
