"""Copies that dedup removed are told with their licences; a stricter one is a doubt."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from llmx_data.core.storage import read_json
from tests.road.help import go, published, write_recipe, write_rows

LONG = "図書館は本を貸し出すだけの場所ではなく、町の人が出会い、学び、話し合う広場でもある。" * 3

# licence of one source, of the other -> whose text stays, and whether that is a doubt
PAIRS = [
    ("CC0-1.0", "CC-BY-SA-4.0", "CC0-1.0", True),
    ("CC-BY-SA-4.0", "CC0-1.0", "CC0-1.0", True),
    ("CC-BY-4.0", "CC-BY-4.0", "CC-BY-4.0", False),
    ("CC-BY-4.0", "MIT", "CC-BY-4.0", False),
]


def two(folder: Path, one: str, other: str, *, near: bool = False) -> Path:
    """Give a recipe over two sources that share three texts."""
    texts = [f"{LONG}{n}番目の話は{n * 17}年前に始まる。" for n in range(3)]
    changed = [text.replace("町の人", "町民") for text in texts] if near else texts
    rows = write_rows(folder / "a.jsonl", [*texts, "ここにしかない文章。"])
    first = rows | {"license": one, "priority": 1}
    second = write_rows(folder / "b.jsonl", changed) | {"license": other}
    dedup: Any = [{"use": "minhash", "threshold": 0.7}] if near else ["exact"]
    return write_recipe(folder, sources=[first, second], steps=[{"dedup": dedup}])


@pytest.mark.parametrize(("one", "other", "kept", "doubt"), PAIRS)
@pytest.mark.parametrize("near", [False, True])
def test_a_twin_under_another_licence(
    tmp_path: Path, one: str, other: str, kept: str, doubt: bool, near: bool
) -> None:
    go(two(tmp_path, one, other, near=near), tmp_path / "run")
    (twin,) = read_json(tmp_path / "run" / "audit" / "audit.json")["twins"]
    assert (twin["license"], twin["records"], twin["doubt"]) == (kept, 3, doubt)
    assert {twin["source"], twin["twin_source"]} == {"a", "b"}
    assert {twin["license"], twin["twin_license"]} == {one, other}
    assert twin["independent"]
    page = (tmp_path / "run" / "audit" / "AUDIT.md").read_text(encoding="utf-8")
    assert ("may be labelled wrongly" in page) == doubt
    assert "3 texts of" in page
    licenses = dict(published(tmp_path / "run").select("source", "license").unique().rows())
    assert licenses[twin["source"]] == kept


def test_a_source_made_of_the_other_is_no_witness(tmp_path: Path) -> None:
    path = two(tmp_path, "CC-BY-3.0", "CC-BY-SA-3.0")
    recipe = json.loads(path.read_text(encoding="utf-8"))
    recipe["sources"][0]["name"] = "databricks-dolly-15k-ja-google-trans"
    recipe["sources"][1]["name"] = "databricks-dolly-15k"
    recipe["on_denied"] = "drop"
    path.write_text(json.dumps(recipe, ensure_ascii=False), encoding="utf-8")
    go(path, tmp_path / "run")
    (twin,) = read_json(tmp_path / "run" / "audit" / "audit.json")["twins"]
    assert not twin["independent"]


def test_copies_within_a_source_are_no_twins(tmp_path: Path) -> None:
    rows = write_rows(tmp_path / "a.jsonl", [LONG, LONG, LONG + "続き。"])
    recipe = write_recipe(tmp_path, sources=[rows], steps=[{"dedup": ["exact"]}])
    go(recipe, tmp_path / "run")
    assert read_json(tmp_path / "run" / "audit" / "audit.json")["twins"] == []
