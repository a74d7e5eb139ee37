"""`llmx why --license`: every state of text, from declared to verdict, and why it goes or stays."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from llmx_data.clauses import license_story
from llmx_data.cli import main
from llmx_data.core.errors import DataError
from tests.road.help import drops, go, published, write_recipe

TEXT = "この文章は試験のために書かれた。連絡先は{}である。番号は{}。"
STATES = ("verbatim", "technical", "normalized", "translated", "rewritten", "generated")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Curate a source per state, one text each to be masked, and one without a licence."""
    folder = tmp_path_factory.mktemp("states")
    sources: list[dict[str, Any]] = []
    for state in STATES:
        rows = [
            {"k": f"{state}-0", "text": TEXT.format("ここ", "一"), "title": state},
            {"k": f"{state}-1", "text": TEXT.format("taro@example.jp", "二"), "title": state},
        ]
        path = folder / f"{state}.jsonl"
        path.write_text("\n".join(json.dumps(r, ensure_ascii=False) for r in rows))
        sources.append(
            {"use": "files", "name": state, "path": path.name, "key": "k", "adaptation": state}
            | {"license": "CC-BY-4.0" if state != "generated" else "CC0-1.0"}
            | ({"generator": "llama-3.1"} if state == "generated" else {})
        )
    bare = folder / "bare.jsonl"
    bare.write_text(json.dumps({"k": "bare", "text": TEXT.format("どこ", "三")}))
    sources.append({"use": "files", "name": "bare", "path": "bare.jsonl", "key": "k"})
    steps = [{"pii": {"mode": "mask"}}]
    go(write_recipe(folder, sources=sources, steps=steps, on_denied="split"), folder / "run")
    return folder / "run"


def ids(run: Path) -> dict[str, str]:
    frames = [published(run).select("source_key", "id"), _dropped(run)]
    return dict(pl.concat(frames).iter_rows())


def _dropped(run: Path) -> pl.DataFrame:
    gone = drops(run).filter(pl.col("id").is_not_null())["id"].to_list()
    records = pl.concat(
        [
            pl.read_parquet(f, columns=["source_key", "id"])
            for f in (run / "store/records").rglob("[0-9]*-[0-9].parquet")
        ]
    )
    return records.filter(pl.col("id").is_in(gone))


@pytest.mark.parametrize("state", STATES)
def test_every_state_is_told(run: Path, state: str) -> None:
    plain = license_story(run, ids(run)[f"{state}-0"])
    masked = license_story(run, ids(run)[f"{state}-1"])
    light = state in ("verbatim", "technical")
    assert plain["facts"]["adaptation"] == state
    assert masked["facts"]["adaptation"] == ("normalized" if light else state)
    assert (plain["edits"], masked["edits"]) == ([], ["email (01-pii)"])
    for found in (plain, masked):
        assert found["group"]["license_concluded"] == found["facts"]["license_declared"]
        assert all(r["section"] for r in found["group"]["reasons"])


def test_the_table_in_the_data_set_says_the_same(run: Path) -> None:
    """A reader of the files alone learns source, licence and state of every row."""
    for file in sorted((run / "dataset").rglob("train-*.parquet")):
        for row in pl.read_parquet(file).iter_rows(named=True):
            told = license_story(run, row["id"])
            assert told["facts"]["adaptation"] == row["adaptation"]
            assert told["group"]["license_concluded"] == row["license"]
            assert told["facts"]["generator"] == row["generator"]
            assert f"/{told['group']['config']}/" in f"/{told['published']}"


def test_what_stays_behind_says_why(run: Path) -> None:
    found = license_story(run, ids(run)["bare"])
    assert found["published"] is None
    assert [d["reason"] for d in found["drops"]] == ["licence_denied"]


PAGES = [
    ("normalized-1", "en", ["declared    CC-BY-4.0", "email (01-pii)", "owes", "goes out in"]),
    ("generated-0", "en", ["written by  llama-3.1", "CC0-1.0"]),
    ("bare", "en", ["does not go out: audit: licence_denied"]),
    ("bare", "ja", ["申告: ", "収録されない: "]),
]


@pytest.mark.parametrize(("key", "lang", "shown"), PAGES)
def test_page(
    run: Path, capsys: pytest.CaptureFixture[str], key: str, lang: str, shown: list[str]
) -> None:
    assert main(["why", str(run), ids(run)[key], "--license", "--lang", lang]) == 0
    out = capsys.readouterr().out
    assert [part for part in shown if part not in out] == []


def test_json(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["why", str(run), ids(run)["bare"], "--license", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["group"]["result"] == "DENY"


def test_a_run_without_an_audit(run: Path) -> None:
    audit = run / "audit" / "audit.json"
    away = audit.rename(run / "away.json")
    try:
        with pytest.raises(DataError, match=r"has no audit/audit\.json\n.*llmx curate"):
            license_story(run, ids(run)["bare"])
    finally:
        away.rename(audit)
