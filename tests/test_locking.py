"""A lock names what changed in cards and texts, whom it touches, and which runs."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from llmx_data import locking, plan
from llmx_data.cli import main
from llmx_data.core.storage import shipped
from llmx_data.license import facts
from tests.road.help import go, write_recipe, write_rows


@pytest.fixture
def recipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a recipe over facts of its own, which a test may change."""
    root = tmp_path / "licenses"
    shutil.copytree(shipped("licenses"), root)
    monkeypatch.setattr(plan, "shipped", lambda _: root)
    monkeypatch.chdir(tmp_path)
    free, by = (write_rows(tmp_path / f"{n}.jsonl", [f"{n}の文章。"]) for n in ("free", "by"))
    card = write_rows(tmp_path / "seed.jsonl", ["種の文章。"]) | {"name": "databricks-dolly-15k-ja"}
    del card["license"]
    sources = [free, by | {"license": "CC-BY-4.0"}, card]
    return write_recipe(tmp_path, on_denied="drop", sources=sources)


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    facts.load.cache_clear()


def ask(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = main(["license", *words])
    printed = capsys.readouterr()
    return code, printed.out, printed.err


def test_nothing_changed(recipe: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = ask(capsys, "lock", str(recipe))
    assert (code, "3 sources" in out) == (0, True)
    assert ask(capsys, "verify", str(recipe))[:2] == (0, "0 changes\n")
    first = locking.lock_path(recipe).read_bytes()
    ask(capsys, "lock", str(recipe))
    assert locking.lock_path(recipe).read_bytes() == first


def test_a_changed_text_is_told_with_its_sources_and_runs(
    recipe: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    go(recipe, Path("runs/r"))
    ask(capsys, "lock", str(recipe))
    change(Path("licenses/terms/CC-BY-4.0.yaml"), "limitations: []", "limitations: [gated]")
    code, out, _ = ask(capsys, "verify", str(recipe))
    assert code == 3
    assert "terms/CC-BY-4.0: limitations: [] -> ['gated']  (by)" in out
    assert "touches runs/r" in out
    code, out, _ = ask(capsys, "verify", str(recipe), "--json")
    found = json.loads(out)
    assert [(c["field"], c["touches"]) for c in found["changes"]] == [("limitations", ["by"])]
    assert found["runs"] == ["runs/r"]


def test_a_changed_recipe_is_told(recipe: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ask(capsys, "lock", str(recipe))
    change(recipe, "CC-BY-4.0", "CC-BY-SA-4.0")
    code, out, _ = ask(capsys, "verify", str(recipe))
    assert code == 3
    assert "by: license: CC-BY-4.0 -> CC-BY-SA-4.0" in out
    assert "terms/CC-BY-SA-4.0: entry: not locked -> there  (by)" in out


def test_a_text_that_is_not_the_one_read_is_an_error(
    recipe: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ask(capsys, "lock", str(recipe))
    change(Path("licenses/texts/CC-BY-4.0.txt"), "Attribution", "Contribution")
    code, _, err = ask(capsys, "verify", str(recipe))
    assert code == 3
    assert "is not the text that the facts of CC-BY-4.0 were read from" in err


def test_without_a_lock(recipe: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = ask(capsys, "verify", str(recipe))
    assert code == 2
    assert "there is no lock\n    llmx license lock" in err


def test_a_changed_card_is_told(recipe: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ask(capsys, "lock", str(recipe))
    card = Path("licenses/datasets/databricks-dolly-15k-ja.yaml")
    change(card, "confidence: A", "confidence: B")
    code, out, _ = ask(capsys, "verify", str(recipe))
    assert code == 3
    line = "cards/databricks-dolly-15k-ja: confidence: A -> B  (databricks-dolly-15k-ja)"
    assert line in out
