"""The front matter the hub reads, and what the card tells people."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import datasets
import pytest
import yaml
from huggingface_hub import DatasetCard

from tests.road.help import go, write_recipe, write_rows


def card(folder: Path, licenses: list[str], **parts: Any) -> tuple[dict[str, Any], str]:
    sources = [
        write_rows(folder / f"s{i}.jsonl", [f"文章{i}"]) | {"license": name}
        for i, name in enumerate(licenses)
    ]
    go(write_recipe(folder, sources=sources, **parts), folder / "run")
    text = (folder / "run" / "dataset" / "README.md").read_text()
    return yaml.safe_load(text.split("---")[1]), text


@pytest.mark.parametrize(
    ("licenses", "tag"),
    [
        (["CC0-1.0"], "cc0-1.0"),
        (["CC-BY-4.0"], "cc-by-4.0"),
        (["CC-BY-4.0", "CC-BY-SA-4.0"], "other"),
    ],
)
def test_the_licence_tag(tmp_path: Path, licenses: list[str], tag: str) -> None:
    front, _ = card(tmp_path, licenses)
    assert front["license"] == tag
    assert ("license_name" in front) == (tag == "other")
    assert front["language"] == ["ja"]
    assert front["size_categories"] == ["n<1K"]


def test_the_hub_library_reads_it(tmp_path: Path) -> None:
    card(tmp_path, ["CC-BY-4.0"], on_denied="split", description="説明の文。")
    loaded = DatasetCard.load(tmp_path / "run" / "dataset" / "README.md")
    assert loaded.data.configs[0]["config_name"] == "document-cc-by-4.0"
    assert "説明の文。" in loaded.text
    assert "not legal advice" in loaded.text


def test_dates_come_from_the_recipe_only(tmp_path: Path) -> None:
    _, text = card(tmp_path, ["CC0-1.0"], date="2020-02-29")
    assert "2020-02-29" in text
    (tmp_path / "b").mkdir()
    _, text = card(tmp_path / "b", ["CC0-1.0"], date=None)
    assert "Date:" not in text


def test_what_was_loaded_before_is_not_taken_for_what_is_there(tmp_path: Path) -> None:
    """`load_dataset` looks into its cache by what the card says of a configuration."""
    cache = str(tmp_path / "cache")
    for texts in (["文章一"], ["文章二"]):
        source = write_rows(tmp_path / "s.jsonl", texts)
        go(write_recipe(tmp_path, sources=[source]), tmp_path / "run")
        loaded = datasets.load_dataset(str(tmp_path / "run" / "dataset"), cache_dir=cache)
        assert loaded["train"]["text"] == texts
