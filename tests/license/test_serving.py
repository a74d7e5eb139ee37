"""How models are served: every entry leads to its own card, and its figures hang together."""

from __future__ import annotations

import re
from pathlib import Path
from shutil import copytree

import pytest

from llmx_data.core.errors import RecipeError
from llmx_data.licences import linted, shown
from llmx_data.license.cards import ModelCard, Serving
from llmx_data.license.facts import Facts, load
from llmx_data.license.lint_models import lint_model

from .conftest import ROOT
from .test_models import PINNED

# alias -> the terms of its card: sizes of one family that differ stand first
TERMS = [
    ("qwen2.5-0.5b", "Apache-2.0"),
    ("qwen2.5-3b", "LicenseRef-qwen-research"),
    ("qwen2.5-32b", "Apache-2.0"),
    ("qwen2.5-72b", "LicenseRef-qwen-2024"),
    ("qwen3-30b-a3b", "Apache-2.0"),
    ("llama-3-8b", "LicenseRef-llama-3"),
    ("llama-3.1-8b", "LicenseRef-llama-3.1"),
    ("gemma-2-27b", "LicenseRef-gemma-2024-04-01"),
    ("llm-jp-3-13b-instruct3", "Apache-2.0"),
    ("phi-4", "MIT"),
]

# alias -> billions of parameters, as the makers say them
SIZES = [
    ("qwen2.5-0.5b", 0.49), ("qwen2.5-1.5b", 1.54), ("qwen2.5-3b", 3.09), ("qwen2.5-7b", 7.61),
    ("qwen2.5-14b", 14.7), ("qwen2.5-32b", 32.5), ("qwen2.5-72b", 72.7), ("qwen3-8b", 8.2),
    ("qwen3-14b", 14.8), ("qwen3-32b", 32.8), ("qwen3-30b-a3b", 30.5), ("llama-3.1-8b", 8.03),
    ("llama-3.3-70b", 70.6), ("phi-4", 14.7), ("mixtral-8x7b", 46.7), ("gemma-3-27b", 27.4),
    ("gpt-oss-20b", 20.9), ("mistral-nemo", 12.2),
]  # fmt: skip


def entries(facts: Facts) -> dict[str, tuple[ModelCard, Serving]]:
    return {s.alias: (card, s) for card in facts.models.values() for s in card.serving}


@pytest.mark.parametrize(("alias", "license_id"), TERMS)
def test_a_size_has_the_terms_of_its_own_card(facts: Facts, alias: str, license_id: str) -> None:
    card, entry = entries(facts)[alias]
    assert card.license == license_id
    for name in (entry.alias, entry.repo):
        judged = facts.model(name)
        assert judged is not None
        assert judged.license == license_id


@pytest.mark.parametrize(("alias", "billions"), SIZES)
def test_parameters_are_as_the_makers_say(facts: Facts, alias: str, billions: float) -> None:
    assert entries(facts)[alias][1].parameters / 1e9 == pytest.approx(billions, rel=0.01)


def test_the_catalogue_has_no_problem(facts: Facts) -> None:
    assert len(entries(facts)) >= 40
    assert [p for card in facts.models.values() for p in lint_model(card, facts)] == []


def test_figures_hang_together(facts: Facts) -> None:
    for alias, (_, one) in entries(facts).items():
        assert alias == alias.casefold()
        assert one.head_dim in (64, 128, 256), alias
        assert one.active is None or one.active < one.parameters, alias
        size = re.search(r"(?:^|-)([\d.]+)b(?:-|$)", alias)
        if size is not None:
            assert one.parameters / 1e9 == pytest.approx(float(size[1]), rel=0.35), alias
        repos = {one.repo, *one.quantized.values()}
        assert len(repos) == 1 + len(one.quantized), alias


def test_what_is_sure_names_a_revision_or_a_date(facts: Facts) -> None:
    for alias, (_, one) in entries(facts).items():
        if one.confidence in ("A", "A-"):
            assert any(PINNED.search(line) for line in one.evidence), alias


LINE = "  - alias: qwen2.5-7b\n"
FAULTS = [
    (LINE, "  - alias: qwen2.5-3b\n", "served_under_other_card"),
    (LINE, "  - alias: qwen2.5-32b\n", "served_twice"),
    ("repo: Qwen/Qwen2.5-7B-Instruct\n", "repo: Qwen/Qwen2.5-72B-Instruct\n", "served_under_other_card"),
    ("base: Qwen/Qwen2.5-7B\n", "base: Qwen/Qwen2.5-8B\n", "served_under_other_card"),
    ("parameters: 7615616512", "parameters: 1089994752", "served_shape"),
    ("channel: weights", "channel: api", "served_without_weights"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "rule"), FAULTS)
def test_an_entry_that_leads_elsewhere_is_found(
    old: str, new: str, rule: str, tmp_path: Path
) -> None:
    broken = changed(tmp_path, old, new)
    assert rule in {p.rule for p in lint_model(broken.models["qwen2.5-32b"], broken)}


MISTAKES = [
    ("    head_dim: 128\n", "    head_dims: 128\n", "head_dims"),
    ("    layers: 28\n", "    layers: many\n", "layers"),
    ("    kv_heads: 4\n", "    kv_heads: 0\n", "kv_heads"),
    ("{awq: Qwen/Qwen2.5-7B-Instruct-AWQ}", "{gguf: a/b}", "gguf"),
]


@pytest.mark.parametrize(("old", "new", "told"), MISTAKES)
def test_a_wrong_entry_is_told_with_its_line(old: str, new: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(RecipeError) as caught:
        changed(tmp_path, old, new)
    assert re.search(r"qwen2\.5-32b\.yaml:\d+", str(caught.value))
    assert told in str(caught.value)


def changed(folder: Path, old: str, new: str) -> Facts:
    """Load a copy of the facts in which the card of Qwen2.5 says something else."""
    copytree(ROOT, folder / "licenses")
    path = folder / "licenses" / "models" / "qwen2.5-32b.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return load(folder / "licenses")


def test_lint_and_show_speak_of_models() -> None:
    assert linted(["qwen2.5-32b", "Qwen/Qwen2.5-3B-Instruct"], "en") == ("0 problems", [], 0)
    text, data = shown("qwen2.5-3b")
    assert "serving:" in text
    assert data["serving"][0]["repo"] == "Qwen/Qwen2.5-3B-Instruct"
    with pytest.raises(RecipeError, match="data set or model"):
        linted(["no-such-thing"], "en")


@pytest.mark.parametrize("page", ["law.md", "law.ja.md"])
def test_the_pages_tell_every_key(page: str) -> None:
    text = (ROOT.parent / "docs" / page).read_text(encoding="utf-8")
    assert [key for key in Serving.model_fields if f"`{key}`" not in text] == []
