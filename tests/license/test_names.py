"""Names under which licences are met resolve to one id, or to what is not known."""

from __future__ import annotations

import pytest

from llmx_data.license.expression import normalize
from llmx_data.license.facts import UNKNOWN, UNKNOWN_VERSION, Facts


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
        ("クリエイティブ・コモンズ 表示 4.0 国際", "CC-BY-4.0"),
        ("表示 - 非営利 - 継承 2.1 日本", "LicenseRef-CC-BY-NC-SA-2.1-JP"),
        ("政府標準利用規約", "LicenseRef-GJSTU-2.0"),
        ("llama3.1", "LicenseRef-llama-3.1"),
        ("bigscience-open-rail-m2", "LicenseRef-openrail-plus-plus-m"),
        ("moonshot-ai-modified-mit-2025", "LicenseRef-moonshot-modified-mit"),
        ("cc-by", UNKNOWN_VERSION),
        ("openrail", UNKNOWN_VERSION),
        ("lgpl-3.0", UNKNOWN_VERSION),
        ("クリエイティブ・コモンズ 表示 - 非営利", UNKNOWN_VERSION),
        ("nvidia-license", UNKNOWN_VERSION),
        ("grok2-community", UNKNOWN),
        ("CC BY", UNKNOWN_VERSION),
        ("gpl", UNKNOWN_VERSION),
        ("gfdl", UNKNOWN_VERSION),
    ],
)
def test_names_resolve(facts: Facts, name: str, license_id: str) -> None:
    assert facts.alias(name) == license_id


# The licences that the hub offers for data sets and models (its documentation, November 2026).
HUB = """
    apache-2.0 mit openrail bigscience-openrail-m creativeml-openrail-m bigscience-bloom-rail-1.0
    bigcode-openrail-m afl-3.0 artistic-2.0 bsl-1.0 bsd bsd-2-clause bsd-3-clause bsd-3-clause-clear
    c-uda cc cc0-1.0 cc-by-2.0 cc-by-2.5 cc-by-3.0 cc-by-4.0 cc-by-sa-3.0 cc-by-sa-4.0 cc-by-nc-2.0
    cc-by-nc-3.0 cc-by-nc-4.0 cc-by-nd-4.0 cc-by-nc-nd-3.0 cc-by-nc-nd-4.0 cc-by-nc-sa-2.0
    cc-by-nc-sa-3.0 cc-by-nc-sa-4.0 cdla-sharing-1.0 cdla-permissive-1.0 cdla-permissive-2.0 wtfpl
    ecl-2.0 epl-1.0 epl-2.0 etalab-2.0 eupl-1.1 eupl-1.2 agpl-3.0 gfdl gpl gpl-2.0 gpl-3.0 lgpl
    lgpl-2.1 lgpl-3.0 isc h-research intel-research lppl-1.3c ms-pl apple-ascl apple-amlr mpl-2.0
    odc-by odbl openmdw-1.0 openmdw-1.1 openrail++ osl-3.0 postgresql ofl-1.1 ncsa unlicense zlib
    pddl lgpl-lr deepfloyd-if-license fair-noncommercial-research-license llama2 llama3 llama3.1
    llama3.2 llama3.3 llama4 grok2-community gemma unknown other
"""


@pytest.mark.parametrize("tag", HUB.split())
def test_every_tag_of_the_hub_means_something(facts: Facts, tag: str) -> None:
    # An SPDX id without facts here is kept as it is: a person must read it.
    found = normalize(tag, facts)
    assert found in facts.terms or (found.casefold() == tag and facts.alias(tag) is None)


def test_each_hub_tag_belongs_to_one_text(facts: Facts) -> None:
    tags = [t.hub for t in facts.terms.values() if t.hub]
    assert len(tags) == len(set(tags))
    assert {
        t for t in tags if facts.alias(t) != next(i.id for i in facts.terms.values() if i.hub == t)
    } == {"gfdl"}


def test_spdx_public_documentation_license_is_not_the_japanese_one(facts: Facts) -> None:
    assert facts.alias("PDL-1.0") is None
