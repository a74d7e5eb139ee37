"""Waivers: who, why, scope and end; what is wider or older than that is refused."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from llmx_data.core.errors import LicenseDenied, RecipeError
from tests.road.help import go, published, write_recipe, write_rows

SOON = (date.today() + timedelta(days=30)).isoformat()
WAIVER: dict[str, Any] = {
    "source": "letters", "act": "redistribute_derived", "rule": "unknown_license",
    "who": "山田花子", "why": "The publisher allowed it by letter for these texts.",
    "until": SOON, "basis": "permission", "evidence": "letter of 2026-10-02",
}  # fmt: skip


def recipe(folder: Path, *waivers: dict[str, Any]) -> Path:
    letters = write_rows(folder / "letters.jsonl", ["手紙の文章。"])
    del letters["license"]
    room = folder / "licenses" / "waivers"
    room.mkdir(parents=True)
    for i, waiver in enumerate(waivers):
        (room / f"{i}.yaml").write_text(json.dumps(waiver, ensure_ascii=False, indent=1))
    return write_recipe(folder, sources=[letters])


def test_a_permission_lifts_a_denial_and_is_told_everywhere(tmp_path: Path) -> None:
    run = tmp_path / "run"
    summary = go(recipe(tmp_path, WAIVER), run)
    assert summary["verdict"]["result"] == "ALLOW_WITH"
    assert published(run).height == 1
    words = "waived by 山田花子 until " + SOON
    for file in ("audit/AUDIT.md", "report.html", "dataset/README.md"):
        assert words in (run / file).read_text(), file
    assert json.loads((run / "audit/audit.json").read_text())["waivers"][0]["who"] == "山田花子"


NARROW: list[tuple[str, dict[str, Any]]] = [
    ("a review does not lift a denial", {"basis": "review"}),
    ("another source", {"source": "others"}),
    ("another act", {"act": "redistribute"}),
    ("another rule", {"rule": "no_derivatives"}),
]


@pytest.mark.parametrize("change", [c for _, c in NARROW], ids=[n for n, _ in NARROW])
def test_nothing_wider_than_its_scope(tmp_path: Path, change: dict[str, Any]) -> None:
    with pytest.raises(LicenseDenied, match="letters"):
        go(recipe(tmp_path, WAIVER | change), tmp_path / "run")


YESTERDAY = (date.today() - timedelta(days=1)).isoformat()
REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("expired", {"until": YESTERDAY}, "ended on"),
    ("years ahead", {"until": "2099-01-01"}, "more than a year ahead"),
    ("every source", {"source": "*"}, "source"),
    ("no ground", {"why": "ok"}, "at least 20 characters"),
    ("nobody", {"who": ""}, "who"),
    ("a permission without evidence", {"evidence": None}, "needs evidence"),
    ("an unknown act", {"act": "everything"}, "act"),
    ("an unknown key", {"also": "x"}, "also"),
]


@pytest.mark.parametrize(("change", "words"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED])
def test_refused(tmp_path: Path, change: dict[str, Any], words: str) -> None:
    with pytest.raises(RecipeError, match=words) as caught:
        go(recipe(tmp_path, WAIVER | change), tmp_path / "run")
    assert "waivers/0.yaml:" in str(caught.value)


def test_an_ended_waiver_closes_a_finished_run_again(tmp_path: Path) -> None:
    path = recipe(tmp_path, WAIVER)
    go(path, tmp_path / "run")
    (tmp_path / "licenses/waivers/0.yaml").unlink()
    with pytest.raises(LicenseDenied):
        go(path, tmp_path / "run")
