"""Every field of a fact names its section, and the section stands in the licence text."""

from __future__ import annotations

import os
import re
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

import pytest

from llmx_data.license.facts import UNKNOWN, UNKNOWN_VERSION, Facts
from llmx_data.license.schema import Terms

from .conftest import ROOT
from .sections import missing

# Facts whose text is at hand neither in licenses/texts/ nor in the reference folder: their sections
# cannot be checked here, so no field of theirs is sure (confidence C or unverified).
NO_TEXT = {
    "no text exists: a state of knowledge, or a statute": {
        *(UNKNOWN, UNKNOWN_VERSION, "LicenseRef-llmx-PD-JP", "LicenseRef-llmx-JP-art13"),
        "LicenseRef-llmx-JP30-4-only",
    },
    "terms of one data set, read on its page or card; no copy kept": {
        *("LicenseRef-AnswerCarefully-ToU", "LicenseRef-AnswerCarefully-a7d206c"),
        *("LicenseRef-AmenokakuCode", "LicenseRef-JBBQ", "LicenseRef-LMSYS-Chat-1M"),
        "LicenseRef-RealPersonaChat-terms",
    },
    "read elsewhere, whole or in part; no copy kept": {
        *("LicenseRef-creativeml-openrail-m", "LicenseRef-nvidia-data-model-training-2025"),
        *("LicenseRef-mrl-0.1", "LicenseRef-mnpl-0.1", "LicenseRef-qwen-research-2026-09-20"),
        *("LicenseRef-lfm-open-1.0", "LicenseRef-llm-jp-3-172b-beta1", "LicenseRef-nict-textra"),
        *("LicenseRef-google-consumer-2026-07-30", "LicenseRef-stability-platform-2026-07-30"),
        *("LicenseRef-together-ai-2026", "LicenseRef-fireworks-2026", "LicenseRef-openrouter-2026"),
        "LicenseRef-kimi-chat-2025",
    },
    "not read": {
        *("LicenseRef-CommonCrawl-ToU", "LicenseRef-GJSTU-2.0", "LicenseRef-qwen-research"),
        *("LicenseRef-MG-BY-2.0", "LicenseRef-MG-BY-SA-2.0", "LicenseRef-MG-BY-NC-2.0"),
        *("LicenseRef-MG-BY-RAI-2.0", "LicenseRef-NVIDIA-OpenMathInstruct"),
        *("LicenseRef-Tsukuyomi-kaiwa-ai", "LicenseRef-ichikara-instruction-terms"),
        *("LicenseRef-deepl-api", "LicenseRef-google-translate-api", "LicenseRef-sarashina-nc-1.0"),
        *("LicenseRef-fair-noncommercial-research", "LicenseRef-nvidia-open-model-2024-06"),
        *("LicenseRef-llm-jp-3-172b", "LicenseRef-llm-jp-3-172b-beta2", "LicenseRef-plamo-nc"),
        *("LicenseRef-llm-jp-3-172b-instruct3", "LicenseRef-plamo-community"),
    },
}


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
    fields |= {"renewed_text"} if terms.renewed_text == "binds" else set()
    return fields | {"use"}


def test_every_field_that_says_something_names_its_section(facts: Facts) -> None:
    for terms in facts.terms.values():
        assert needs_citation(terms) - set(terms.cites) == set(), terms.id
        assert set(terms.cites) - needs_citation(terms) == set(), terms.id
        assert all(terms.cites.values()), terms.id
        assert not terms.thresholds or "threshold" in terms.limitations, terms.id


def test_words_to_show_belong_to_a_duty(facts: Facts) -> None:
    for terms in facts.terms.values():
        duties = {*terms.conditions, *(terms.outputs.rules if terms.outputs else ())}
        assert set(terms.sentences) <= duties, terms.id


@lru_cache
def at_hand() -> dict[str, Path]:
    """Find texts that may be read but not shipped, by hash, beside the shared data."""
    beside = os.environ.get("LLMX_SHARED_DATA", ROOT.parents[1] / "shared" / "data")
    folder = Path(beside).parent / "reference" / "license-texts"
    return {sha256(p.read_bytes()).hexdigest(): p for p in folder.glob("*.*")}


def wrong_sections(facts: Facts, terms: Terms) -> list[str]:
    path = facts.text_of(terms.id) or at_hand()[terms.sha256 or ""]
    text = path.read_text(encoding="utf-8")
    return [f"{k}: {part}" for k, cite in terms.cites.items() for part in missing(cite, text)]


def test_sections_cited_occur_in_the_shipped_texts(facts: Facts) -> None:
    checked = [t for t in facts.terms.values() if t.text]
    assert {t.id: w for t in checked if (w := wrong_sections(facts, t))} == {}
    assert sum(len(t.cites) for t in checked) >= 550


def test_sections_cited_occur_in_the_texts_that_are_not_shipped(facts: Facts) -> None:
    if not at_hand():
        pytest.skip("the reference folder of licence texts is not beside the shared data")
    checked = [t for t in facts.terms.values() if t.sha256 and not t.text]
    assert {t.id: w for t in checked if (w := wrong_sections(facts, t))} == {}
    assert len(checked) >= 14


def test_what_cannot_be_checked_is_listed_with_its_reason(facts: Facts) -> None:
    without = {t.id for t in facts.terms.values() if t.sha256 is None}
    assert without == set().union(*NO_TEXT.values())
    assert sum(map(len, NO_TEXT.values())) == len(without)
    assert {facts.terms[i].confidence for i in without} == {"C", "unverified"}
    assert all(i in without for i, t in facts.terms.items() if t.confidence in ("C", "unverified"))


# One wrong citation per way of numbering; the right one beside it.
NUMBERING = [
    ("CC-BY-4.0", "§2(a)(1)(B)", "§2(a)(1)(C)"),
    ("CC-BY-4.0", "§3(a)", "§3(f)"),
    ("CC-BY-2.5", "§4(b)", "§4(c)"),
    ("CC-BY-SA-3.0", "§4(b)", "§11(b)"),
    ("LicenseRef-CC-BY-NC-SA-2.1-JP", "Art. 5(k)", "Art. 5(t)"),
    ("LicenseRef-CC-BY-NC-SA-2.1-JP", "Art. 5(c)-(d)", "Art. 12"),
    ("ODC-By-1.0", "§4.2(c)", "§4.2(k)"),
    ("ODbL-1.0", "§4.4(a)", "§4.12"),
    ("Apache-2.0", "§4(d)", "§4(g)"),
    ("GPL-3.0-only", "§10", "§18"),
    ("MIT", "para. 2", "para. 9"),
    ("LicenseRef-llama-3.1", "§1.b.iii", "§1.b.ix"),
    ("LicenseRef-qwen-2024", "§5b", "§5g"),
    ("LicenseRef-gemma-2025-03-24", "§1.1(e)(iii)", "§1.1(e)(viii)"),
    ("LicenseRef-hyperclova-x-seed-2025", "§3.1(iv)", "§3.7"),
    ("LicenseRef-sarashina-nc-2.0", "Art. 3.i(d)", "Art. 3.i(e)"),
    ("LicenseRef-deepseek-1.0", "§1 Derivatives of the Model", "§1 Children of the Model"),
    ("LicenseRef-stability-community-2024", "Use Restrictions", "Distillation"),
]


@pytest.mark.parametrize(("license_id", "right", "wrong"), NUMBERING)
def test_a_wrong_section_is_noticed(facts: Facts, license_id: str, right: str, wrong: str) -> None:
    path = facts.text_of(license_id)
    assert path is not None
    text = path.read_text(encoding="utf-8")
    assert missing(right, text) == []
    assert missing(f"{right}, {wrong}", text) == [wrong]


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
