"""Names of models: what must stand first, what must be shown, two names at once."""

from __future__ import annotations

import pytest

from llmx_data.license.facts import Facts
from llmx_data.license.naming import check_name, demands_of

# name, licences or models inside -> whether it fits, words missing, pairs in conflict
TABLE = [
    ("Llama-3.3-Sample", ["llama3.3"], True, [], 0),
    ("org/Llama-3.3-Sample", ["llama-3.3"], True, [], 0),
    ("llama_sample", ["llama3.1"], True, [], 0),
    ("Gemma-2-Llama-X", ["llama3.1", "gemma"], False, ["Llama"], 0),
    ("Llama/Sample", ["llama3.1"], False, ["Llama"], 0),
    ("Llama-Sample", ["llama3"], False, ["Llama 3"], 0),
    ("Llama 3 Sample", ["llama3", "llama3.1"], True, [], 0),
    ("Llama-Sample", ["LicenseRef-sarashina-nc-2.0", "llama3.1"], False, ["Sarashina"], 1),
    ("EXAONE-Sample", ["LicenseRef-exaone-1.1-nc"], True, [], 0),
    ("Sample", ["Apache-2.0", "gemma", "never-heard-of"], True, [], 0),
    (None, ["llama3.1"], True, [], 0),
    (None, ["LicenseRef-sarashina-nc-2.0", "llama3.1"], False, [], 1),
]


@pytest.mark.parametrize(("name", "inside", "fits", "missing", "conflicts"), TABLE)
def test_check_name(
    facts: Facts,
    name: str | None,
    inside: list[str],
    fits: bool,
    missing: list[str],
    conflicts: int,
) -> None:
    answer = check_name(name, demands_of(inside, facts))
    assert answer.fits is fits
    assert [d.words for d in answer.missing] == missing
    assert len(answer.conflicts) == conflicts


def test_words_to_show_are_listed_with_their_section(facts: Facts) -> None:
    answer = check_name("Llama-X", demands_of(["llama3.1", "qwen2.5-72b"], facts))
    assert {(d.words, d.section) for d in answer.display} == {
        ("Built with Llama", "§1.b.i"),
        ("Built with Qwen", "§5b"),
    }
    assert answer.fits


@pytest.mark.parametrize("inside", [["llama-3.1"], ["llama-3", "llama-3.3"], ["hyperclovax-seed"]])
def test_a_suggested_name_fits(facts: Facts, inside: list[str]) -> None:
    wanted = demands_of(inside, facts)
    for name in ("My-Model", "lab/my_model", "日本語モデル"):
        suggested = check_name(name, wanted).suggestion
        assert suggested is not None
        answer = check_name(suggested, wanted)
        assert (answer.fits, answer.suggestion) == (True, None)
