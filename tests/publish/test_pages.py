"""The summary for the AI Act, what models must bear, and words that a card must show."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from llmx_data.core.storage import shipped
from llmx_data.license.facts import load
from llmx_data.license.findings import Obligation
from llmx_data.license.obligations import held_in
from llmx_data.publish.generators import generator_notice, passed_on
from llmx_data.publish.summary import FILL, _range
from tests.road.help import go, write_recipe, write_rows

FACTS = load(shipped("licenses"))


def test_the_summary_is_a_draft_with_all_its_sections(mix: Path) -> None:
    page = (mix / "TRAINING_CONTENT_SUMMARY.md").read_text(encoding="utf-8")
    assert page.splitlines()[0].endswith("DRAFT")
    assert "not legal advice" in page
    heads = re.findall(r"^### (\d\.\d) ", page, re.M)
    assert heads == ["1.1", "1.2", "1.3", *(f"2.{n}" for n in range(1, 7)), "3.1", "3.2", "3.3"]
    provider = page.split("### 1.1")[1].split("### 1.3")[0]
    assert all(FILL in line for line in provider.splitlines() if line.startswith("- "))
    assert "20 records, 286 characters; tokens were not counted" in page
    assert "01-pii: 20 records came in, 0 dropped; spans edited: phone 3" in page
    assert not [line for line in page.splitlines() if line != line.rstrip()]


@pytest.mark.parametrize(
    ("tokens", "chars", "words"),
    [
        (999_999_999, 0, "less than 1 billion tokens"),
        (10**9, 0, "1 billion to 10 trillion tokens"),
        (10**13, 0, "more than 10 trillion tokens"),
        (0, 10**9, "1 billion to 10 trillion tokens (a character taken for a token)"),
    ],
)
def test_ranges_of_size(tokens: int, chars: int, words: str) -> None:
    assert _range(tokens, chars) == words


@pytest.mark.parametrize(
    ("generator", "words"),
    [
        ("llama-3.1-70b", [("name_prefix", "Llama", True), ("display", "Built with Llama", False)]),
        ("qwen2.5-72b", [("display", "Built with Qwen", True)]),
        ("gemma-2", [("notice_file", "Gemma is provided under and subject to the Gemma Terms of Use found at ai.google.dev/gemma/terms", True)]),
        ("qwen2.5-32b", []),
        ("no-such-model", []),
    ],
)  # fmt: skip
def test_what_trained_models_must_bear(generator: str, words: list[tuple[str, str, bool]]) -> None:
    found = passed_on([generator, generator], FACTS)
    assert [(p.kind, p.words, p.certain) for p in found] == words
    lines = generator_notice([generator], FACTS).splitlines()
    assert [w for _, w, _ in words] == [line for line in lines if line in [w for _, w, _ in words]]


@pytest.mark.parametrize(
    ("duty", "place"),
    [
        (Obligation("licence_copy", "MIT", "para. 2"), "LICENSES/MIT.txt"),
        (Obligation("licence_copy", "LicenseRef-JBBQ", "1"), FACTS.terms["LicenseRef-JBBQ"].url),
        (Obligation("notice_file", "Apache-2.0", "§4(d)"), None),
        (Obligation("notice_file", "LicenseRef-gemma-2025-03-24", "§3.1", "Gemma is"), "NOTICE"),
        (Obligation("pass_on_terms", "LicenseRef-gemma-2025-03-24", "§3.1"), None),
    ],
)
def test_where_a_duty_is_held(duty: Obligation, place: str | None) -> None:
    assert held_in(duty, FACTS) == place


def test_words_that_the_licence_of_data_wants_shown(tmp_path: Path) -> None:
    source = write_rows(tmp_path / "s.jsonl", ["文章。"]) | {"license": "llama3.1"}
    go(write_recipe(tmp_path, sources=[source]), tmp_path / "run")
    dataset = tmp_path / "run" / "dataset"
    assert "\n> Built with Llama\n" in (dataset / "README.md").read_text(encoding="utf-8")
    lines = (dataset / "NOTICE").read_text(encoding="utf-8").splitlines()
    sentence = FACTS.terms["LicenseRef-llama-3.1"].sentences["notice_file"]
    assert {sentence, "Built with Llama"} <= set(lines)
    assert (dataset / "LICENSES" / "LicenseRef-llama-3.1.txt").is_file()


def test_nothing_is_claimed_of_an_empty_data_set(tmp_path: Path) -> None:
    source = write_rows(tmp_path / "s.jsonl", ["短い。"])
    steps = [{"filter": {"use": "length", "min_chars": 100}}]
    go(write_recipe(tmp_path, sources=[source], steps=steps), tmp_path / "run")
    dataset = tmp_path / "run" / "dataset"
    assert not list(dataset.glob("*/*.parquet"))
    assert '"recordSet": []' in (dataset / "croissant.json").read_text(encoding="utf-8")
    assert "0 records" in (dataset / "TRAINING_CONTENT_SUMMARY.md").read_text(encoding="utf-8")
