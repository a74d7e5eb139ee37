"""Where the bundled recipes and licence facts are looked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from llmx_data.core import storage
from llmx_data.core.storage import shipped

FILES = [
    ("recipes", "curate/sample.yaml"),
    ("recipes", "sample/web.jsonl"),
    ("licenses", "aliases.yaml"),
    ("licenses", "purposes/publish-data.yaml"),
]


@pytest.mark.parametrize(("folder", "file"), FILES)
def test_the_bundled_files_are_found(folder: str, file: str) -> None:
    assert (shipped(folder) / file).is_file()


def tree(root: Path, *files: str) -> str:
    """Make files below root; give the path that storage.py would have there."""
    for file in (*files, "llmx_data/core/storage.py"):
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).touch()
    return str(root / "llmx_data/core/storage.py")


WHEEL = "llmx_data/_shipped/recipes/x.yaml"
PLACES = [
    ("a checkout", ["pyproject.toml", "recipes/x.yaml"], "recipes"),
    ("a checkout with a stale copy", ["pyproject.toml", "recipes/x.yaml", WHEEL], "recipes"),
    ("a wheel", [WHEEL], "llmx_data/_shipped/recipes"),
    ("a wheel beside a stranger's folder", [WHEEL, "recipes/x"], "llmx_data/_shipped/recipes"),
]


@pytest.mark.parametrize(("case", "files", "expected"), PLACES)
def test_a_checkout_comes_before_the_wheels_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: str, files: list[str], expected: str
) -> None:
    monkeypatch.setattr(storage, "__file__", tree(tmp_path, *files))
    assert shipped("recipes") == tmp_path / expected, case
