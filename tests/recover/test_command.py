"""`llmx license recover`: the table, its errors, and a second run that carries the licences."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from llmx_data.cli import main
from llmx_data.core.storage import sha256_file
from llmx_data.core.tables import ORIGINS

POEM = "古い池のそばで蛙が水に飛びこむ音を聞き、静けさを詠んだ松尾芭蕉の句についての短い解説です。"
SOUP = "味噌汁は出汁を取り、豆腐とわかめを入れて温め、火を止めてから味噌を溶かすと香りが残ります。"
NEWS = "町の図書館が新しくなり、土曜日には夜八時まで開くことになったと役場が発表しました。"

KNOWN: dict[str, list[dict[str, Any]]] = {
    "poems": [{"instruction": "古池の句を説明して。", "input": "", "output": POEM}],
    "recipes": [{"instruction": "味噌汁の作り方は？", "input": "", "output": SOUP}],
}
MIX = [
    {"q": "味噌汁の作り方は？", "a": SOUP},
    {"q": "図書館はどう変わりましたか。", "a": NEWS},
    {"q": "古池の句を説明して。", "a": POEM[:42]},
]
RECIPE = """
name: mix
purpose: publish-data
on_denied: drop
sources:
  - {use: files, name: mix, path: mix.jsonl, form: alpaca, columns: {instruction: q, output: a}ORIGINS}
"""


def lines(path: Path, rows: list[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows), "utf-8")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Known files, a mix of them, and its finished run `run`."""
    monkeypatch.chdir(tmp_path)
    for name, rows in KNOWN.items():
        lines(tmp_path / f"{name}.jsonl", rows)
    lines(tmp_path / "mix.jsonl", MIX)
    (tmp_path / "mix.yaml").write_text(RECIPE.replace("ORIGINS", ""), "utf-8")
    assert main(["curate", "mix.yaml", "--out", "run", "--workers", "1"]) == 0
    return tmp_path


AGAINST = ["--against", "poems=poems.jsonl@CC-BY-4.0", "--against", "recipes=recipes.jsonl@CC0-1.0"]


def test_the_table_tells_origin_licence_and_method(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert main(["license", "recover", "run", *AGAINST, "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    table = pl.read_parquet("run/origins.parquet")
    assert table.schema == ORIGINS
    assert table.select("origin", "origin_key", "license", "method", "score").rows() == [
        ("recipes", "recipes.jsonl#1", "CC0-1.0", "exact", 1.0),
        (None, None, None, "unknown", None),
        ("poems", "poems.jsonl#1", "CC-BY-4.0", "prefix", 1.0),
    ]
    assert facts["methods"] == {"exact": 1, "prefix": 1, "minhash": 0, "ambiguous": 0, "unknown": 1}
    assert facts["origins"]["poems"]["licenses"] == {"CC-BY-4.0": 1}
    assert facts["table"] == sha256_file(folder / "run/origins.parquet")
    assert json.loads((folder / "run/origins.json").read_text("utf-8")) == facts


def test_people_read_a_line_per_origin(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["license", "recover", "run", *AGAINST]) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert rows[1:] == [
        ["poems", "1", "0.333", "0", "1", "0", "CC-BY-4.0"],
        ["recipes", "1", "0.333", "1", "0", "0", "CC0-1.0"],
        ["ambiguous", "0", "0.000"],
        ["unknown", "1", "0.333"],
        ["written:", "run/origins.parquet"],
    ]


def test_the_same_again_is_the_same_bytes_and_leaves_nothing_else(folder: Path) -> None:
    main(["license", "recover", "run", *AGAINST])
    before = {p: sha256_file(p) for p in folder.rglob("origins.*")}
    assert main(["license", "recover", "run", *AGAINST]) == 0
    assert {p: sha256_file(p) for p in folder.rglob("origins.*")} == before
    assert len(before) == 2
    assert list((folder / "run").glob(".known*")) == []
    assert main(["verify", "run"]) == 0


def test_a_list_of_sources_and_rows_with_their_own_licence(folder: Path) -> None:
    own = [row | {"rights": "CC-BY-SA-4.0"} for row in KNOWN["poems"]]
    lines(folder / "poems.jsonl", own)
    (folder / "known.yaml").write_text(
        "sources:\n  - {use: files, path: poems.jsonl, form: alpaca, license: MIT, generator: qwen,"
        " terms: [access], columns: {license: rights}}\n",
        "utf-8",
    )
    assert main(["license", "recover", "run", "--against", "known.yaml", "--source", "mix"]) == 0
    row = pl.read_parquet("run/origins.parquet").row(2, named=True)
    assert row["license"] == "CC-BY-SA-4.0"
    assert (row["generator"], row["terms"]) == ("qwen", ["access"])


def test_a_second_run_publishes_what_was_recovered(folder: Path) -> None:
    main(["license", "recover", "run", *AGAINST])
    (folder / "two.yaml").write_text(
        RECIPE.replace("ORIGINS", ", license: MIT, origins: run/origins.parquet"), "utf-8"
    )
    assert main(["curate", "two.yaml", "--out", "two", "--workers", "1"]) == 0
    files = sorted((folder / "two/dataset").rglob("*.parquet"))
    kept = pl.concat([pl.read_parquet(f) for f in files]).sort("license")
    assert kept["license"].to_list() == ["CC-BY-4.0", "CC0-1.0"]
    assert kept["license_basis"].unique().to_list() == ["computed"]
    drops = pl.read_parquet("two/drops/98-audit.parquet")
    assert drops["reason"].to_list() == ["licence_denied"]


def test_a_table_of_other_records_is_refused(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["license", "recover", "run", *AGAINST])
    other = RECIPE.replace("name: mix,", "name: other,")
    (folder / "two.yaml").write_text(
        other.replace("ORIGINS", ", origins: run/origins.parquet"), "utf-8"
    )
    assert main(["curate", "two.yaml", "--out", "two", "--workers", "1"]) == 3
    assert "holds none of the records of source 'other'" in capsys.readouterr().err
    (folder / "two.yaml").write_text(RECIPE.replace("ORIGINS", ", origins: none.parquet"), "utf-8")
    assert main(["curate", "two.yaml", "--out", "two", "--workers", "1"]) == 2


WRONG: list[tuple[list[str], int, str]] = [
    (["run"], 2, "recover against what?"),
    (["nowhere", *AGAINST], 2, "not a finished run"),
    (["half", *AGAINST], 2, "on_denied: drop"),
    (["run", *AGAINST, "--source", "mux"], 2, "did you mean 'mix'"),
    (["run", "--against", "poems"], 2, "wanted NAME=PATH"),
    (["run", "--against", "poems=none.jsonl@MIT"], 2, "no file matches none.jsonl"),
    (["run", "--against", "poems=poems.jsonl"], 2, "not in the catalogue"),
    (["run", "--against", "databricks-dolly-15k-jp=poems.jsonl"], 2, "did you mean 'databricks-dolly-15k-ja'"),
    (["run", "--against", "poems=poems.jsonl@NOT-A-LICENCE(("], 2, "NOT-A-LICENCE"),
    (["run", "--against", "databricks-dolly-15k-ja=poems.jsonl@MIT"], 2, "the catalogue says CC-BY-SA-3.0"),
    (["run", *AGAINST, "--against", "poems=recipes.jsonl@MIT"], 2, "'poems' stands twice"),
    (["run", "--against", "odd=odd.jsonl@MIT"], 2, "no form fits the columns x, y"),
    (["run", "--against", "known.yaml"], 2, "no licence is known"),
    (["run", "--against", "bad=bad.jsonl@MIT"], 3, "no row could be read"),
]  # fmt: skip


@pytest.mark.parametrize(("words", "code", "said"), WRONG, ids=[w[2] for w in WRONG])
def test_errors_say_how_to_go_on(
    words: list[str], code: int, said: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "half").mkdir()
    lines(folder / "odd.jsonl", [{"x": "1", "y": "2"}])
    lines(folder / "bad.jsonl", [{"instruction": "", "input": "", "output": ""}])
    (folder / "known.yaml").write_text(
        "sources:\n  - {use: files, path: poems.jsonl, form: alpaca}\n", "utf-8"
    )
    capsys.readouterr()
    assert main(["license", "recover", *words]) == code
    assert said in capsys.readouterr().err
    assert not (folder / "run/origins.parquet").exists()
